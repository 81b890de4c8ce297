"""The packets of a video stream since its last key frame, for viewers who come between two key frames. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from struct import unpack_from

from room_server.relay.rtp.sequence import unwrap_step

MAX_AGE_S = 1.2
"""By then the publisher may be asked for a key frame again (one a second), and that costs the viewer less."""
MAX_PACKETS = 400
MAX_BYTES = 500_000
FRAME_STEP = 90
"""RTP timestamp units (1 ms at 90 kHz) between the frames of a run that is sent all at once."""


@dataclass(frozen=True, slots=True)
class RunPacket:
    """A kept packet: its extended number, the RTP timestamp to send it with, and itself (None: only padding)."""

    extended: int
    rtp_timestamp: int
    packet: bytes | None


@dataclass(slots=True)
class PictureRun:
    """Everything that arrived since the first packet of the newest key frame, within the limits above.

    A run that exceeds them, or that is cut, is gone until the next key frame. `began_s` is when that frame's first
    packet arrived: every packet in the run arrived then or later.
    """

    began_s: float = float("-inf")
    _first: int | None = None
    _highest: int = -1
    _bytes: int = 0
    _key_timestamp: int = 0
    _packets: dict[int, bytes | None] = field(default_factory=dict)

    def cut(self) -> None:
        """Forget it all: what follows does not continue it, or is for others."""
        self._first = None
        self._packets.clear()
        self._bytes = 0

    def note(self, extended: int, packet: bytes, now_s: float, *, key_frame: bool) -> None:
        """A forwarded packet (RTP, timestamp in bytes 4 to 8); `key_frame`: a key frame begins with it."""
        if key_frame:
            (timestamp,) = unpack_from(">I", packet, 4)
            # H.264 announces one key frame several times: parameter sets, then the picture.
            same = self._first is not None and timestamp == self._key_timestamp
            if not same and (self._first is None or extended > self._first):
                self.cut()
                self._first = self._highest = extended
                self._key_timestamp, self.began_s = timestamp, now_s
        self._keep(extended, packet, now_s)

    def note_padding(self, extended: int, now_s: float) -> None:
        """A packet that carries nothing: not a gap."""
        self._keep(extended, None, now_s)

    def _keep(self, extended: int, packet: bytes | None, now_s: float) -> None:
        if self._first is None or extended < self._first:
            return
        self._packets[extended] = packet
        self._bytes += len(packet or b"")
        self._highest = max(self._highest, extended)
        if now_s - self.began_s > MAX_AGE_S or len(self._packets) > MAX_PACKETS or self._bytes > MAX_BYTES:
            self.cut()

    def usable(self, now_s: float, *, allowed_since_s: float, sent_up_to: int) -> bool:
        """Whether a viewer may and can begin with this run now.

        Not with a gap in it, not when it is old; not when the viewer's edge was opened after the run began (then
        they were not placed to see its first frames); not when the viewer was sent any of it before.
        """
        return (
            self._first is not None
            and now_s - self.began_s <= MAX_AGE_S
            and allowed_since_s < self.began_s
            and sent_up_to < self._first
            and len(self._packets) == self._highest - self._first + 1
        )

    def packets(self) -> list[RunPacket]:
        """The run in order, its frames moved together in time up to the newest one, which keeps its timestamp.

        A receiver takes the arrival of the first frame for the stream's pace: sent at once with their own times,
        the frames of a second would make it show the live ones a second late.
        """
        if self._first is None:
            return []
        times = {
            number: unpack_from(">I", packet, 4)[0] for number, packet in self._packets.items() if packet
        }
        newest = times[max(times)]
        ages = sorted({-unwrap_step(time, newest, 32) for time in times.values()})
        moved = {age: min(age, place * FRAME_STEP) for place, age in enumerate(ages)}
        run: list[RunPacket] = []
        for number in sorted(self._packets):
            age = moved[-unwrap_step(times[number], newest, 32)] if number in times else 0
            run.append(RunPacket(number, (newest - age) & 0xFFFFFFFF, self._packets[number]))
        return run
