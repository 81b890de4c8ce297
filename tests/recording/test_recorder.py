"""The recorder process as the server sees it: commands, media, faults."""

from __future__ import annotations

import os
import signal
import time

import av
import pytest

from recording import keys
from recording.composition import compose
from recording.journal import read_manifest
from recording.model import iso_from_wall
from recording.timeline import Timeline
from recording.verify import verify

NS = 1_000_000_000


def test_a_hearing_with_a_recess_is_written_hashed_and_closed(hearing):
    folder, closed = hearing()
    timeline = Timeline.from_entries(read_manifest(folder))
    assert timeline.closed and closed["recorded_s"] == pytest.approx(6, abs=0.01)
    assert closed["segments"] == len(timeline.segments) == len(list((folder / "segments").iterdir()))
    assert {s.track for s in timeline.segments} == {1, 2, 3}
    for segment in timeline.segments:
        with av.open(str(folder / segment.path)) as file:
            frames = list(file.decode())
        assert frames, segment.path
        assert segment.lost == 0 and segment.packets > 0
    recorded = {
        n: sum(s.end_ns - s.start_ns for s in timeline.segments if s.track == n) / NS for n in (1, 2, 3)
    }
    assert recorded[2] == pytest.approx(6, abs=0.1) and recorded[1] == pytest.approx(6, abs=0.5)


def test_killed_in_the_middle_it_is_resumed_with_nothing_dropped(recorder, key_file, picture, tones, studio):
    first = recorder()
    first.start(key_file, segment_s=60)
    first.add_track(1, "par_j", True)
    first.add_track(2, "par_j", False)
    video, audio = studio.Stream(1, picture, 90000, 96), studio.Stream(2, tones[440], 48000, 111)
    origin = time.time_ns() - 60 * NS
    first.say(do="phase", phase="in_session", recording=True, reason=None, at=iso_from_wall(origin))
    sent = video.datagrams(origin, origin, 0, 3000) + audio.datagrams(origin, origin, 0, 3000)
    first.send(sent)
    first.settle(len(sent))
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait(10)
    manifest = first.folder / "manifest.jsonl"
    with manifest.open("ab") as file:
        file.write(b'{"at":"2026-')  # the line that was being written
    empty = first.folder / "segments" / "0002-000009-1795460000000.mkv"
    empty.write_bytes(b"")

    second = recorder()
    ready = second.start(key_file, segment_s=60)
    assert ready["resumed"] is True
    entries = read_manifest(first.folder)
    recovered = [e for e in entries if e.kind == "segment"]
    assert {e.data["track"] for e in recovered} == {1, 2} and all(e.data["recovered"] for e in recovered)
    for entry in recovered:
        assert entry.data["frames"] >= (23 if entry.data["track"] == 1 else 120)
    assert [e.data["path"] for e in entries if e.kind == "segment_unreadable"] == [f"segments/{empty.name}"]
    gap = next(e for e in entries if e.kind == "gap")
    assert gap.data["cause"] == "recorder_restart" and gap.data["detail"] == {"torn_bytes": 12}
    # The tracks and the phase are known without being told again.
    sent = video.datagrams(origin, origin, 5000, 7000) + audio.datagrams(origin, origin, 5000, 7000)
    second.send(sent)
    second.settle(len(sent))
    second.close(origin + 7 * NS)
    assert verify(first.folder, keys.load(key_file).public_raw).ok
    composed = compose(first.folder, first.folder / "composed.mp4", keys.load(key_file))
    assert composed.expected_s == pytest.approx(7, abs=0.001)
    assert composed.duration_s == pytest.approx(7, abs=0.1)


def test_killed_again_and_again_the_chain_still_holds(recorder, key_file):
    for round_number in range(3):
        process = recorder()
        ready = process.start(key_file, resume_cause="server_restart")
        assert ready["resumed"] is (round_number > 0)
        process.say(do="event", event={"type": "Note", "n": round_number, "at": "2026-11-23T10:00:00+08:00"})
        process.say(do="health")
        process.expect("health")
        process.process.kill()
        process.process.wait(10)
    entries = read_manifest(process.folder)
    assert [e.data["n"] for e in entries if e.kind == "event"] == [0, 1, 2]
    assert [e.data["cause"] for e in entries if e.kind == "gap"] == ["server_restart"] * 2


def test_without_its_server_it_finishes_and_can_be_resumed(recorder, key_file, tones, studio):
    for way in ("stdin", "sigterm"):
        process = recorder()
        process.start(key_file)
        process.add_track(1 if way == "stdin" else 2, "par_j", False)
        process.say(
            do="phase", phase="in_session", recording=True, reason=None, at=iso_from_wall(time.time_ns() - NS)
        )
        stream = studio.Stream(1 if way == "stdin" else 2, tones[440], 48000, 111)
        now = time.time_ns()
        sent = stream.datagrams(now, now, 0, 500)
        process.send(sent)
        process.settle(len(sent))
        if way == "stdin":
            process.process.stdin.close()
        else:
            process.process.send_signal(signal.SIGTERM)
        assert process.process.wait(10) == 3
        last = [e.kind for e in read_manifest(process.folder)][-4:]
        assert last == ["segment", "head", "server_lost", "head"]
        assert not process.socket_path.exists()
    report = verify(process.folder, keys.load(key_file).public_raw)
    assert [p["where"] for p in report.problems] == ["manifest.jsonl"] and "never closed" in str(
        report.first_problem
    )


def test_nothing_is_recorded_while_recording_is_off(recorder, key_file, tones, studio):
    process = recorder()
    process.start(key_file)
    process.add_track(2, "par_j", False)
    stream = studio.Stream(2, tones[440], 48000, 111)
    origin = time.time_ns() - 30 * NS
    before = stream.datagrams(origin, origin, 0, 1000)
    process.send(before)
    assert process.settle(len(before))["packets"] == 0
    process.say(
        do="phase", phase="in_session", recording=True, reason=None, at=iso_from_wall(origin + 1 * NS)
    )
    process.expect("head")
    process.say(
        do="phase", phase="recess", recording=False, reason="recess", at=iso_from_wall(origin + 2 * NS)
    )
    process.expect("head")
    paused = stream.datagrams(origin, origin, 2000, 3000)
    process.send(paused)
    health = process.settle(len(before) + len(paused))
    assert health["packets"] == 0 and health["recording"] is False
    closed = process.close(origin + 3 * NS)
    assert closed["segments"] == 0 and closed["recorded_s"] == 1.0
    assert list((process.folder / "segments").iterdir()) == []


def test_a_full_disk_is_told_before_the_start(recorder, key_file, tmp_path):
    process = recorder()
    process.say(
        do="start", recording_id="rec_1", proceeding="prc_1", directory=str(process.folder), key_file=str(key_file),
        socket=str(process.socket_path), min_free_bytes=1 << 60,
    )  # fmt: skip
    assert "bytes are free" in process.expect("failed", reason="disk_full")["message"]
    assert process.process.wait(10) == 2


def test_a_closed_recording_another_recorders_folder_and_a_foreign_key_are_refused(
    recorder, key_file, tmp_path
):
    def refused(reason: str, **fields: str) -> str:
        other = recorder()
        command = {
            "recording_id": "rec_1",
            "proceeding": "prc_1",
            "directory": str(process.folder),
            "key_file": str(key_file),
            "socket": str(other.socket_path),
        }
        other.say(do="start", **{**command, **fields})
        message = other.expect("failed", reason=reason)["message"]
        assert other.process.wait(10) == 2
        return message

    process = recorder()
    process.start(key_file)
    assert "another recorder" in refused("manifest")
    process.close(time.time_ns())
    assert "was closed" in refused("closed")
    keys.create(tmp_path / "other.key")
    assert "not signed by" in refused("manifest", key_file=str(tmp_path / "other.key"))
    assert "cannot be read" in refused("key", key_file=str(tmp_path / "none.key"))
    manifest = process.folder / "manifest.jsonl"
    manifest.write_bytes(manifest.read_bytes().replace(b"rec_1", b"rec_2"))
    assert "was changed" in refused("manifest")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"not json", "JSON"),
        (b"[]", "command"),
        (b'{"do":"dance"}', "dance"),
        (b'{"do":"track","track":1}', "participant: Field required"),
        (b'{"do":"end_track","track":99}', "99 is not a live track"),
        (b'{"do":"event","event":{"type":"x"}}', "'at'"),
        (b'{"do":"event","event":{"at":"2026-11-23T10:00:00Z","n":12345678901234567890}}', "canonical"),
        (b'{"do":"phase","phase":"recess","recording":"no","reason":null,"at":"2026-11-23T10:00:00Z"}', "recording"),
        (b'{"do":"phase","phase":"recess","recording":false,"reason":null,"at":"2026-11-23T10:00:00"}', "needs its offset"),
        (b'{"do":"close","reason":"x"}', "at: Field required"),
        (b'{"do":"health","extra":1}', "extra"),
        (b'{"do":"track","track":5,"participant":"par_j","source":"camera","kind":"video","mime_type":"video/AV1",'
         b'"clock_rate":90000,"channels":1,"payload_type":96}', "cannot be recorded"),
        (b'{"do":"track","track":5,"participant":"par_x","source":"camera","kind":"video","mime_type":"video/VP8",'
         b'"clock_rate":90000,"channels":1,"payload_type":96}', "'par_x' is not in this recording"),
        (b"\xff\xfe", "JSON"),
    ],
)  # fmt: skip
def test_a_bad_command_is_told_and_survived(recorder, key_file, line, told):
    process = recorder()
    process.start(key_file)
    process.say_raw(line)
    assert told in process.expect("error")["message"]
    process.close(time.time_ns())


def test_a_command_before_the_start_is_refused(recorder, key_file):
    process = recorder()
    process.say(do="health")
    assert "first command must be start" in process.expect("error")["message"]
    process.start(key_file)
    process.say(do="start", recording_id="r", proceeding="p", directory="d", key_file="k", socket="s")
    assert "started already" in process.expect("error")["message"]
    process.close(time.time_ns())


def test_malformed_and_foreign_media_are_counted_and_dropped(recorder, key_file, tones, seeded, studio):
    process = recorder()
    process.start(key_file)
    process.add_track(2, "par_j", False)
    origin = time.time_ns() - 10 * NS
    process.say(do="phase", phase="in_session", recording=True, reason=None, at=iso_from_wall(origin))
    process.expect("head")
    good = studio.Stream(2, tones[440], 48000, 111).datagrams(origin, origin, 0, 1000)
    bad = [(0, b""), (0, b"\x00"), (0, bytes(13)), (0, b"\x09" + bytes(30)), (0, b"\x01" + bytes(13))]
    bad += [
        (0, b"\x00" + (2).to_bytes(4, "big") + origin.to_bytes(8, "big") + seeded.randbytes(40))
        for _ in range(200)
    ]
    foreign = studio.Stream(44, tones[440], 48000, 111).datagrams(origin, origin, 0, 200)
    everything = good + bad + foreign
    process.send(everything)
    health = process.settle(len(everything))
    assert health["malformed"] >= 5 and health["dropped"] >= len(foreign)
    process.close(origin + NS)
    segments = [e.data for e in read_manifest(process.folder) if e.kind == "segment"]
    assert sum(s["packets"] for s in segments) >= 50


def test_a_key_frame_is_asked_for_at_the_boundary_and_the_cut_is_there(recorder, key_file, studio):
    picture = studio.encode_vp8(9, 10, 320, 240, 90, 30)  # a key frame every 3 s, segments of 2 s
    process = recorder()
    process.start(key_file)
    process.add_track(1, "par_j", True)
    origin = time.time_ns() - 30 * NS
    process.say(do="phase", phase="in_session", recording=True, reason=None, at=iso_from_wall(origin))
    process.expect("head")
    stream = studio.Stream(1, picture, 90000, 96)
    process.send(stream.datagrams(origin, origin, 0, 2500))
    process.expect("key_frame_wanted", track=1)
    process.send(stream.datagrams(origin, origin, 2500, 9000))
    process.expect("segment", track=1)
    process.close(origin + 9 * NS)
    segments = [e.data for e in read_manifest(process.folder) if e.kind == "segment"]
    assert len(segments) == 3
    for segment in segments:
        with av.open(str(process.folder / segment["path"])) as file:
            packets = [p for p in file.demux() if p.size]
            assert packets[0].is_keyframe and len(packets) == 30


def test_a_disk_that_fills_up_is_told_and_recovered_from(recorder, key_file, tones, tmp_path, studio):
    state = os.statvfs(tmp_path)
    floor = state.f_bavail * state.f_frsize - 300 * 2**20
    process = recorder()
    process.start(key_file, min_free_bytes=floor)
    process.add_track(2, "par_j", False)
    origin = time.time_ns() - 10 * NS
    process.say(do="phase", phase="in_session", recording=True, reason=None, at=iso_from_wall(origin))
    process.expect("head")
    stream = studio.Stream(2, tones[440], 48000, 111)
    before = stream.datagrams(origin, origin, 0, 1000)
    process.send(before)
    process.settle(len(before))
    ballast = tmp_path / "ballast"
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, 600 * 2**20)
    assert "bytes are free" in process.expect("failed", reason="disk_full")["message"]
    during = stream.datagrams(origin, origin, 1000, 2000)
    process.send(during)
    health = process.settle(len(before) + len(during))
    assert health["dropped"] == len(during) and health["recording"] is False
    process.say(do="event", event={"type": "StillTold", "at": iso_from_wall(origin)})
    ballast.unlink()
    process.expect("recovered", reason="disk_full")
    after = stream.datagrams(origin, origin, 2000, 3000)
    process.send(after)
    assert process.settle(len(before) + len(during) + len(after))["packets"] == len(before) + len(after)
    process.close(time.time_ns())
    entries = read_manifest(process.folder)
    assert [e.data["cause"] for e in entries if e.kind == "gap"] == ["disk_full"]
    assert "StillTold" in [e.data.get("type") for e in entries]
    assert len([e for e in entries if e.kind == "segment"]) == 2


def test_disorder_doubles_and_loss_on_the_way(recorder, key_file, picture, studio, seeded):
    process = recorder()
    process.start(key_file, segment_s=60)
    process.add_track(1, "par_j", True)
    process.add_track(3, "par_c", True)
    origin = time.time_ns() - 30 * NS
    process.say(do="phase", phase="in_session", recording=True, reason=None, at=iso_from_wall(origin))
    process.expect("head")
    shuffled, lossy = studio.Stream(1, picture, 90000, 96), studio.Stream(3, picture, 90000, 96)
    sent = shuffled.datagrams(origin, origin, 0, 5000)
    first, rest = sent[:1], sent[1:]
    rest = sorted(rest, key=lambda pair: pair[0] + seeded.randrange(150_000_000))
    rest += rest[::7]
    holes = lossy.datagrams(origin, origin, 0, 5000)
    kept = [d for number, d in enumerate(holes) if number % 40 != 39]
    for _, datagram in [*first, *rest, *kept]:
        process.media.send(datagram)
    process.settle(len(sent) + len(sent[1::7]) + len(kept) - 1)
    process.close(origin + 5 * NS)
    segments = {e.data["track"]: e.data for e in read_manifest(process.folder) if e.kind == "segment"}
    assert segments[1]["lost"] == 0
    assert segments[3]["lost"] == pytest.approx(len(holes) - len(kept), abs=1)
    for number, least, most in ((1, 50, 50), (3, 30, 49)):
        with av.open(str(process.folder / segments[number]["path"])) as file:
            times = [int(p.pts) for p in file.demux() if p.size]
        assert least <= len(times) <= most and times == sorted(set(times))


def test_a_track_ends_a_person_comes_and_a_number_is_never_used_twice(recorder, key_file, tones, studio):
    process = recorder()
    process.start(key_file)
    process.say(do="participant", id="par_w", role="witness", name="孙证人", side=None, seat=9)
    process.add_track(7, "par_w", False)
    process.add_track(7, "par_w", False)  # said again after a reconnect: nothing new
    origin = time.time_ns() - 10 * NS
    process.say(do="phase", phase="in_session", recording=True, reason=None, at=iso_from_wall(origin))
    process.expect("head")
    sent = studio.Stream(7, tones[440], 48000, 111).datagrams(origin, origin, 0, 1000)
    process.send(sent)
    process.settle(len(sent))
    process.say(do="end_track", track=7, reason="left")
    process.expect("segment", track=7)
    process.add_track(7, "par_w", False)
    assert "needs a new number" in process.expect("error")["message"]
    process.say(
        do="gap",
        **{"cause": "relay_restart", "from": iso_from_wall(origin), "to": iso_from_wall(origin + NS)},
    )
    process.close(origin + 2 * NS)
    kinds = [e.kind for e in read_manifest(process.folder)]
    assert (
        kinds.count("track")
        == kinds.count("track_ended")
        == kinds.count("participant")
        == kinds.count("gap")
        == 1
    )


def test_a_line_too_long_is_refused_and_the_next_is_taken(recorder, key_file):
    process = recorder()
    process.start(key_file)
    process.say_raw(b'{"do":"event","event":{"at":"' + b"x" * (5 * 2**20) + b'"}}')
    assert "at most" in process.expect("error")["message"]
    process.close(time.time_ns())
