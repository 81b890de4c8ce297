"""The active speaker of a room, from audio levels (RFC 6464), with hysteresis. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

SPEAKING_LEVEL = 50  # dB below overload; smaller is louder
LEAD_DB = 6.0  # a challenger must be this much louder
HOLD_S = 0.5  # for this long
RELEASE_S = 2.0  # silence after which nobody is speaking
SMOOTHING_S = 0.2


@dataclass(slots=True)
class _Voice:
    level: float
    at_s: float
    loud_at_s: float = float("-inf")


@dataclass(slots=True)
class ActiveSpeaker:
    """Feed it levels as packets arrive, ask it a few times a second."""

    current: str | None = None
    _voices: dict[str, _Voice] = field(default_factory=dict)
    _challenger: str | None = None
    _challenge_since_s: float = 0.0

    def hear(self, participant: str, level: int, now_s: float) -> None:
        """One packet's level: 0 is the loudest, 127 silence."""
        voice = self._voices.get(participant)
        if voice is None:
            voice = self._voices[participant] = _Voice(127.0, now_s - SMOOTHING_S / 10)
        weight = min(1.0, max(0.0, now_s - voice.at_s) / SMOOTHING_S)
        voice.level += (level - voice.level) * weight
        voice.at_s = now_s
        if voice.level <= SPEAKING_LEVEL:
            voice.loud_at_s = now_s

    def forget(self, participant: str) -> None:
        """Muted, gone or not to be heard: never the speaker."""
        self._voices.pop(participant, None)

    def decide(self, now_s: float) -> bool:
        """Update `current`; True if it changed."""
        before = self.current
        loud = {
            name: voice.level
            for name, voice in self._voices.items()
            if voice.level <= SPEAKING_LEVEL and now_s - voice.at_s < 1.0
        }
        holder = self._voices.get(self.current) if self.current is not None else None
        if holder is None or now_s - holder.loud_at_s > RELEASE_S:
            self.current = None
        loudest = min(loud, key=lambda name: (loud[name], name), default=None)
        if loudest is None or loudest == self.current:
            self._challenger = None
        else:
            self._challenge(loudest, loud, now_s)
        return self.current != before

    def _challenge(self, loudest: str, loud: dict[str, float], now_s: float) -> None:
        if self.current is None:
            self.current, self._challenger = loudest, None
            return
        holding = loud.get(self.current)
        if holding is not None and holding - loud[loudest] < LEAD_DB:
            self._challenger = None
            return
        if self._challenger != loudest:
            self._challenger, self._challenge_since_s = loudest, now_s
        elif now_s - self._challenge_since_s >= HOLD_S:
            self.current, self._challenger = loudest, None
