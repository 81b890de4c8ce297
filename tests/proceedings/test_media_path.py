"""Which path is told: the relay's own observation before the page's word, except for what only the page knows."""

from __future__ import annotations

import pytest

from room_server.proceedings.media_path import MediaPath, path_named


@pytest.mark.parametrize(
    ("seen", "reported", "known"),
    [
        ("unknown", "unknown", "unknown"),
        ("unknown", "tcp", "tcp"),
        ("udp", "unknown", "udp"),
        ("tcp", "udp", "tcp"),
        ("udp", "tcp", "udp"),
        ("udp", "relay", "relay"),
        ("tcp", "relay", "relay"),
    ],
)
def test_the_known_path(seen: str, reported: str, known: str) -> None:
    assert MediaPath(path_named(seen), path_named(reported)).known == known


@pytest.mark.parametrize("word", [None, "", "sctp", "TCP"])
def test_a_word_that_names_no_path_is_unknown(word: str | None) -> None:
    assert path_named(word) == "unknown"
