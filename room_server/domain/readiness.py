"""What has to be there before the presiding judge can open: the conditions, each done or not, with its words."""

from __future__ import annotations

from dataclasses import dataclass

from room_server.domain.context import Context
from room_server.domain.courtroom import attending_at_court, courtroom_of
from room_server.domain.mediation import is_taken_on
from room_server.domain.model import BENCH, CALLED_LATER, PRINCIPALS, SILENT, Hearing, Participant
from room_server.domain.opening import is_valid


@dataclass(frozen=True, slots=True)
class ReadinessItem:
    """`key`: bench | mediator | clerk | participant:<id> | side:<id> | courtroom | recorder | determination."""

    key: str
    done: bool
    zh: str
    en: str


def summoned(hearing: Hearing) -> list[Participant]:
    """The people who are waited for: not the court, not witnesses and experts, not the gallery, not who attends at court."""
    return [
        person
        for person in sorted(hearing.participants.values(), key=lambda one: one.seat)
        if not person.is_court
        and person.role not in CALLED_LATER | SILENT
        and person.attends == "online"
        and not person.removed
    ]


def readiness(hearing: Hearing, ctx: Context) -> list[ReadinessItem]:
    """All conditions for `lobby_open` -> `ready`, in the order in which a clerk goes through them."""
    if hearing.kind == "mediation":
        return _of_mediation(hearing, ctx)
    bench = list(hearing.with_role(*BENCH))
    clerks = list(hearing.with_role("clerk"))
    items = [
        ReadinessItem(
            "bench", all(one.connected for one in bench), "审判组织成员全部到庭", "The whole bench is present"
        ),
        ReadinessItem("clerk", all(one.connected for one in clerks), "书记员到庭", "The clerk is present"),
    ]
    items += [_of_person(person) for person in summoned(hearing)]
    items += _at_court(hearing)
    armed = hearing.recorder.state in ("armed", "recording")
    items.append(ReadinessItem("recorder", armed, "录音录像设备就绪", "The recorder is ready"))
    valid = is_valid(hearing, ctx)
    items.append(
        ReadinessItem("determination", valid, "在线审理条件审核结论有效", "The determination still holds")
    )
    return items


def _at_court(hearing: Hearing) -> list[ReadinessItem]:
    """Whoever attends in person is noted present or absent; the courtroom is connected if one of them can come.

    Witnesses and experts are not waited for, but the courtroom is: it is where they will be heard.
    """
    people = attending_at_court(hearing)
    items = [_of_attendant(person) for person in people if person.role not in CALLED_LATER | SILENT]
    if any(not person.absent_noted for person in people):
        courtroom = courtroom_of(hearing)
        connected = courtroom is not None and courtroom.connected
        zh = "法庭现场已接通" if connected else "法庭现场尚未接通"
        en = "The courtroom is connected" if connected else "The courtroom is not connected yet"
        items.append(ReadinessItem("courtroom", connected, zh, en))
    return items


def _of_attendant(person: Participant) -> ReadinessItem:
    key, name = f"participant:{person.id}", person.name
    if person.at_court is not None:
        return ReadinessItem(key, True, f"{name}已到法庭现场", f"{name} is present at court")
    if person.absent_noted:
        return ReadinessItem(key, True, f"{name}未到庭，已记明", f"{name} is absent, which is noted")
    return ReadinessItem(
        key, False, f"{name}：须到法庭现场，尚未记明到庭", f"{name}: to attend at court, not noted as present"
    )


def _of_mediation(hearing: Hearing, ctx: Context) -> list[ReadinessItem]:
    """The mediator, everybody asked, and of every side somebody: with one side alone there is nothing to mediate. A
    clerk may help and is not waited for. No recorder: a mediation is not recorded."""
    here = all(one.connected for one in hearing.with_role("mediator")) and is_taken_on(hearing)
    words = ("调解员已接受并到场", "The mediator has accepted and is present")
    items = [ReadinessItem("mediator", here, *words)]
    items += [_of_person(person) for person in summoned(hearing)]
    items += _at_court(hearing)
    items += [_of_side(hearing, party) for party in hearing.with_role(*PRINCIPALS)]
    valid = is_valid(hearing, ctx)
    zh, en = "各方同意，在线调解条件审核结论有效", "All agree, and the determination still holds"
    return [*items, ReadinessItem("determination", valid, zh, en)]


def _of_side(hearing: Hearing, party: Participant) -> ReadinessItem:
    there = any(one.admitted or one.at_court is not None for one in hearing.side_of(party))
    if there:
        return ReadinessItem(
            f"side:{party.id}", True, f"{party.name}一方有人在场", f"{party.name}'s side is there"
        )
    return ReadinessItem(
        f"side:{party.id}",
        False,
        f"{party.name}一方还没有人在场",
        f"Nobody of {party.name}'s side is there yet",
    )


def is_ready(hearing: Hearing, ctx: Context) -> bool:
    return all(item.done for item in readiness(hearing, ctx))


def _of_person(person: Participant) -> ReadinessItem:
    key = f"participant:{person.id}"
    if person.absent_noted:
        return ReadinessItem(
            key, True, f"{person.name}未到庭，已记明", f"{person.name} is absent, which is noted"
        )
    missing = [
        words
        for lacks, words in (
            (not person.declared, ("声明", "the declaration")),
            (person.identity is None, ("身份核验", "the identity check")),
            (not person.admitted, ("准许进入", "admission")),
        )
        if lacks
    ]
    if not missing:
        return ReadinessItem(
            key, True, f"{person.name}已核验并进入", f"{person.name} is identified and admitted"
        )
    zh, en = "、".join(zh for zh, _ in missing), ", ".join(en for _, en in missing)
    return ReadinessItem(key, False, f"{person.name}：还缺{zh}", f"{person.name}: {en} still to come")
