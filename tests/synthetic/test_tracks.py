"""The tracks give frames at their pace, with time stamps that follow it, and end when stopped."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, VideoFrame

from room_server.synthetic.picture import PictureSource, hue_distance
from room_server.synthetic.reception import Reception, receive
from room_server.synthetic.tone import Tone
from room_server.synthetic.tracks import PictureTrack, ToneTrack

NOW = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)


@pytest.mark.parametrize("width", [320, 322])
async def test_pictures_reach_the_frame_whatever_its_padding(width: int) -> None:
    source = PictureSource("A", width=width, height=240, fps=30, hue=0.25)
    track = PictureTrack(source, lambda: NOW)
    first, second = await track.recv(), await track.recv()
    assert isinstance(first, VideoFrame) and (first.width, first.height) == (width, 240)
    assert (first.pts, second.pts) == (0, 3000)
    plane = first.planes[0]
    rows = [bytes(plane)[row * plane.line_size : row * plane.line_size + width] for row in range(240)]
    assert b"".join(rows) == source.draw(0, "09:02:03").luma, "the clock shows the court's time"
    track.stop()
    with pytest.raises(MediaStreamError):
        await track.recv()


async def test_sound_is_paced_in_20_ms() -> None:
    track = ToneTrack(Tone(440))
    frames = [await track.recv() for _ in range(3)]
    assert [frame.pts for frame in frames] == [0, 960, 1920]
    assert bytes(frames[1].planes[0])[:1920] == Tone(440).frame(1)
    track.stop()
    with pytest.raises(MediaStreamError):
        await track.recv()


async def test_reception_counts_pictures_and_sees_their_colour() -> None:
    source = PictureSource("A", width=320, height=240, fps=60, hue=0.6)
    track = PictureTrack(source, lambda: NOW)
    reception = Reception("pro_1", "par_aaaaaaaa", "camera")
    for number in range(20):
        frame = await track.recv()
        reception.picture(frame, 100.0 + number)
    assert (reception.frames, reception.width, reception.height) == (20, 320, 240)
    assert reception.hue is not None and hue_distance(reception.hue, 0.6) < 0.02
    assert reception.moved >= 3
    assert (reception.first_frame_at_s, reception.last_frame_at_s) == (100.0, 119.0)


async def test_a_standing_picture_is_not_moving() -> None:
    frame = await PictureTrack(PictureSource("A", width=320, height=240), lambda: NOW).recv()
    reception = Reception("pro_1", "par_aaaaaaaa", "camera")
    for number in range(10):
        reception.picture(frame, float(number))
    assert reception.moved == 1


async def test_reading_a_track_to_its_end_measures_its_tone() -> None:
    class Short(ToneTrack):
        async def recv(self) -> AudioFrame:
            frame = await super().recv()
            if frame.pts >= 960 * 6:
                self.stop()
            return frame

    reception = Reception("pro_1", "par_aaaaaaaa", "microphone")
    await receive(Short(Tone(650, amplitude=0.4)), reception, lambda: 1.0, (550, 650))
    assert reception.ended and reception.frames == 7
    assert reception.tones[650] == pytest.approx(0.4, abs=0.02) and reception.tones[550] < 0.02
