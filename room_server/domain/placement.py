"""Who receives whom: the forwarding graph, derived from places and phase and from nothing else. Deny by default."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import permutations

from room_server.domain.model import SILENT, Hearing, Participant
from room_server.domain.phases import CHECK_HELD, is_recorded
from room_server.domain.screens import shown_by

Edge = tuple[str, str]
"""(from, to): what `from` sends is forwarded to `to`; both are participant ids."""


@dataclass(frozen=True, slots=True)
class Forwarding:
    """`edges`: the only pairs that media may flow along. `muted`: (participant, "microphone" | "camera" | "screen")
    whose packets are neither forwarded nor recorded whatever the edges: every screen but the one that is shared.
    `recorded`: whose other packets are recorded.
    """

    edges: frozenset[Edge]
    muted: frozenset[tuple[str, str]]
    recorded: frozenset[str]


def forwarding(hearing: Hearing) -> Forwarding:
    """The graph of this moment (table of phases in the rules; REC 1 and 3 for what is recorded).

    While forwarding is paused because a side is missing, nothing is forwarded but the recording goes on: REC 3 lets
    it pause for recess, in-camera evidence and mediation only.
    """
    online = [one for one in hearing.participants.values() if _takes_part(one)]
    main = [one for one in online if one.place == "main" and (hearing.gallery or one.role != "observer")]
    edges: set[Edge] = set()
    if hearing.phase in CHECK_HELD and hearing.check is not None:
        inside = [
            one
            for one in online
            if one.place == "check" and one.id in (hearing.check, hearing.checking_clerk)
        ]
        edges |= _all_pairs(inside)
    if hearing.forwarding_paused is None:
        edges |= _in_main(hearing, main)
    recorded = is_recorded(hearing)
    return Forwarding(
        edges=frozenset(edges),
        muted=frozenset(_muted(hearing.participants.values(), shown_by(hearing))),
        recorded=frozenset(one.id for one in main if recorded and one.role not in SILENT),
    )


def _takes_part(person: Participant) -> bool:
    return person.connected and person.attends == "online" and not person.removed


def _in_main(hearing: Hearing, main: list[Participant]) -> set[Edge]:
    if hearing.phase in ("in_session", "transcript_review", "court_mediation"):
        return _all_pairs(main)
    if hearing.phase == "in_camera":
        return _all_pairs([one for one in main if one.role != "observer"])
    return set()


def _all_pairs(people: list[Participant]) -> set[Edge]:
    """Everyone to everyone else, save that observers and technicians send nothing and technicians get nothing."""
    return {
        (sender.id, receiver.id)
        for sender, receiver in permutations(people, 2)
        if sender.role not in SILENT and receiver.role != "court_technician"
    }


def _muted(people: Iterable[Participant], shown: str | None) -> set[tuple[str, str]]:
    found = set()
    for person in people:
        if person.id != shown:
            found.add((person.id, "screen"))
        if not person.microphone_on:
            found.add((person.id, "microphone"))
        if not person.camera_on:
            found.add((person.id, "camera"))
    return found
