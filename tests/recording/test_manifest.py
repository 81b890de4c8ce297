"""The chain: whatever is appended reads back, whatever is altered does not."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recording.manifest import KINDS, Entry, ManifestError, canonical, follow, read_chain
from recording.model import RecordingError

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(max_size=20).filter(lambda t: t.isprintable()),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc中", max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
data = st.dictionaries(st.text("abcde", min_size=1, max_size=6), values, max_size=4)
contents = st.lists(st.tuples(st.sampled_from(sorted(KINDS - {"opened"})), data), max_size=6)


def chain(items: list[tuple[str, dict]]) -> list[Entry]:
    entries = [follow(None, "opened", "2026-11-23T10:00:00Z", {"recording_id": "rec_1"})]
    for kind, content in items:
        entries.append(follow(entries[-1], kind, "2026-11-23T10:00:01Z", content))
    return entries


def lines(entries: list[Entry]) -> list[bytes]:
    return [entry.line().rstrip(b"\n") for entry in entries]


@given(contents)
def test_a_chain_reads_back(items):
    entries = chain(items)
    assert read_chain(lines(entries)) == entries


@given(contents, st.integers(0, 10**6), st.integers(0, 7))
def test_no_bit_can_be_changed(items, place, bit):
    written = lines(chain(items))
    row = written[place % len(written)]
    changed = bytearray(row)
    changed[place % len(row)] ^= 1 << bit
    written[place % len(written)] = bytes(changed)
    with pytest.raises(ManifestError):
        read_chain(written)


@given(contents.filter(lambda items: len(items) >= 2), st.data())
def test_no_entry_can_be_moved_or_removed_from_the_middle(items, draw):
    written = lines(chain(items))
    index = draw.draw(st.integers(0, len(written) - 2))
    removed = written[:index] + written[index + 1 :]
    swapped = [*written[:index], written[index + 1], written[index], *written[index + 2 :]]
    doubled = [*written[: index + 1], *written[index:]]
    for tampered in (removed, swapped, doubled):
        with pytest.raises(ManifestError):
            read_chain(tampered)


def test_the_same_entry_written_another_way_is_refused():
    line = lines(chain([]))[0]
    loose = json.dumps(json.loads(line)).encode()
    with pytest.raises(ManifestError, match="canonical"):
        read_chain([loose])
    with pytest.raises(ManifestError, match="canonical"):
        read_chain([line.replace(b'"kind":"opened"', b'"kind":"closed","kind":"opened"')])


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**60, "\ud800", {1: 2}])
def test_what_json_cannot_carry_exactly_is_refused(value):
    with pytest.raises(RecordingError, match="canonical JSON"):
        canonical({"value": value})


def test_an_unknown_kind_is_refused():
    with pytest.raises(RecordingError, match="not a kind of entry"):
        follow(None, "party", "2026-11-23T10:00:00Z", {})
