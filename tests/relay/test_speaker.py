from __future__ import annotations

from room_server.relay.speaker import ActiveSpeaker


def talk(speaker: ActiveSpeaker, levels: dict[str, int], start_s: float, seconds: float) -> list[str | None]:
    """Each of `levels` sends a packet every 20 ms; a decision every 100 ms. Returns the changes."""
    changes: list[str | None] = []
    for tick in range(int(seconds * 50)):
        now_s = start_s + tick * 0.02
        for name, level in levels.items():
            speaker.hear(name, level, now_s)
        if tick % 5 == 4 and speaker.decide(now_s):
            changes.append(speaker.current)
    return changes


def test_the_first_voice_is_the_speaker() -> None:
    speaker = ActiveSpeaker()
    assert talk(speaker, {"judge": 30, "party": 127}, 0, 1) == ["judge"]


def test_a_noise_below_the_threshold_is_nobody() -> None:
    speaker = ActiveSpeaker()
    assert talk(speaker, {"judge": 70}, 0, 3) == []


def test_two_equal_voices_do_not_flicker() -> None:
    speaker = ActiveSpeaker()
    changes = talk(speaker, {"judge": 30}, 0, 1)
    for second in range(1, 6):
        changes += talk(speaker, {"judge": 30 + second % 2 * 4, "party": 32}, second, 1)
    assert changes == ["judge"]


def test_a_short_shout_does_not_take_over_but_a_louder_speech_does() -> None:
    speaker = ActiveSpeaker()
    talk(speaker, {"judge": 40}, 0, 1)
    assert talk(speaker, {"judge": 40, "party": 15}, 1, 0.3) == []
    talk(speaker, {"judge": 40, "party": 127}, 1.3, 1)
    assert talk(speaker, {"judge": 40, "party": 15}, 2.3, 1.5) == ["party"]


def test_after_silence_nobody_speaks() -> None:
    speaker = ActiveSpeaker()
    talk(speaker, {"judge": 30}, 0, 1)
    assert talk(speaker, {"judge": 127}, 1, 4) == [None]


def test_a_forgotten_voice_is_never_the_speaker() -> None:
    speaker = ActiveSpeaker()
    talk(speaker, {"judge": 30}, 0, 1)
    speaker.forget("judge")
    assert speaker.decide(1.1)
    assert speaker.current is None
