"""One appointment as an iCalendar file (RFC 5545), for a party's own calendar. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

_LONGEST_LINE_BYTES = 75


@dataclass(frozen=True, slots=True)
class Appointment:
    """A moment with alarms before it. A file of the same ``uid`` and a higher ``revision`` replaces an earlier one."""

    uid: str
    at: datetime
    made_at: datetime
    revision: int
    summary: str
    description: str
    url: str
    alarms_h: tuple[int, ...]


def calendar(appointment: Appointment) -> str:
    """The whole file: UTC times, CRLF line ends, lines folded at 75 bytes."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Yunting//Statement deadline//ZH",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{_text(appointment.uid)}",
        f"DTSTAMP:{_time(appointment.made_at)}",
        f"SEQUENCE:{appointment.revision}",
        f"DTSTART:{_time(appointment.at)}",
        f"DTEND:{_time(appointment.at)}",
        f"SUMMARY:{_text(appointment.summary)}",
        f"DESCRIPTION:{_text(appointment.description)}",
        f"URL:{appointment.url}",
        "TRANSP:TRANSPARENT",
    ]
    for hours in appointment.alarms_h:
        lines += [
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            f"TRIGGER:-PT{hours}H",
            f"DESCRIPTION:{_text(appointment.summary)}",
            "END:VALARM",
        ]
    lines += ["END:VEVENT", "END:VCALENDAR"]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    """RFC 5545, 3.3.11: backslash, semicolon, comma and line break are escaped; other control characters go."""
    escaped = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "".join(one for one in escaped.replace("\n", "\\n") if one >= " " and one != "\x7f")


def _folded(line: str) -> str:
    """RFC 5545, 3.1: continuation lines begin with a space, and no character is cut in two."""
    parts, size, start = [], 0, 0
    for index, character in enumerate(line):
        width = len(character.encode())
        if size + width > _LONGEST_LINE_BYTES:
            parts.append(line[start:index])
            start, size = index, 1
        size += width
    return "\r\n ".join((*parts, line[start:]))
