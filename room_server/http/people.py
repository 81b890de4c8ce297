"""What may be entered about a person of a case. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from room_server.domain.model import PRINCIPALS, REPRESENTATIVES
from room_server.errors import CorrectTheRequest
from room_server.http.models import NewPerson
from room_server.store.cases import PersonRecord


def checked_text(field: str, value: str) -> str:
    """``value`` without spaces around it; blank is refused."""
    text = value.strip()
    if not text:
        raise _wrong(field, "不能为空", "must not be blank")
    return text


def checked_person(
    new: NewPerson, person_id: str, case_id: str, people: Sequence[PersonRecord]
) -> PersonRecord:
    """The record of a person new in the case, or changed. Raises :class:`CorrectTheRequest`.

    A party needs a side. Whoever speaks for a party names it, and is on its side.
    """
    side: str | None = new.side
    if new.role in PRINCIPALS and side is None:
        raise _wrong("side", "当事人须注明诉讼地位", f"a {new.role} needs a side")
    if new.role in REPRESENTATIVES:
        side = _represented(new, person_id, people).side
        if new.side is not None and new.side != side:
            raise _wrong("side", "须与被代理人一致", f"must be that of the party represented, {side}")
    elif new.represents is not None:
        allowed = ", ".join(sorted(REPRESENTATIVES))
        raise _wrong("represents", "该身份不代理他人", f"only for {allowed}")
    for other in people:
        if other.represents == person_id and new.role not in PRINCIPALS:
            raise _wrong(
                "role", f"{other.name}代理此人，身份须为当事人", f"{other.name} represents this party"
            )
    return PersonRecord(
        person_id, case_id, checked_text("name", new.name), new.role, side, new.represents, new.phone.strip()
    )


def _represented(new: NewPerson, person_id: str, people: Sequence[PersonRecord]) -> PersonRecord:
    parties = [person for person in people if person.role in PRINCIPALS and person.id != person_id]
    for party in parties:
        if party.id == new.represents:
            return party
    allowed = ", ".join(f"{party.id} ({party.name})" for party in parties) or "none yet"
    raise _wrong(
        "represents", f"须为本案当事人。可选：{allowed}", f"must be a party of the case; allowed: {allowed}"
    )


def _wrong(field: str, zh: str, en: str) -> CorrectTheRequest:
    return CorrectTheRequest("bad_request", f"{field}：{zh}。", f"{field}: {en}")
