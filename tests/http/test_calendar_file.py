"""The calendar file of a deadline, read back by RFC 5545."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from room_server.http.calendar_file import Appointment, calendar

DUE = datetime(2026, 12, 1, 18, 0, tzinfo=timezone(timedelta(hours=8)))


def appointment(summary: str = "请表明意见", description: str = "(2026)沪01民初1号") -> Appointment:
    return Appointment(
        uid="hrg_1.statement@court.example",
        at=DUE,
        made_at=datetime(2026, 11, 23, tzinfo=UTC),
        revision=7,
        summary=summary,
        description=description,
        url="https://court.example/p/par_1/statement",
        alarms_h=(24, 2),
    )


def properties(text: str) -> list[tuple[str, str]]:
    """Unfolded content lines as (name, value), as any calendar reads them."""
    assert text.endswith("\r\n")
    lines = text.replace("\r\n ", "").split("\r\n")[:-1]
    return [(name, value) for name, _, value in (line.partition(":") for line in lines)]


def unescaped(value: str) -> str:
    out, characters = [], iter(value)
    for one in characters:
        after = next(characters) if one == "\\" else None
        out.append(one if after is None else "\n" if after == "n" else after)
    return "".join(out)


def test_what_a_calendar_reads() -> None:
    found = properties(calendar(appointment()))
    assert found[0] == ("BEGIN", "VCALENDAR") and found[-1] == ("END", "VCALENDAR")
    values = dict(reversed(found))
    assert values["DTSTART"] == values["DTEND"] == "20261201T100000Z"
    assert (values["UID"], values["SEQUENCE"]) == ("hrg_1.statement@court.example", "7")
    assert values["URL"] == "https://court.example/p/par_1/statement"
    assert [value for name, value in found if name == "TRIGGER"] == ["-PT24H", "-PT2H"]
    assert [value for name, value in found if name == "BEGIN"] == ["VCALENDAR", "VEVENT", "VALARM", "VALARM"]


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_comes_back_and_no_line_is_too_long(summary: str, description: str) -> None:
    printable = "".join(one for one in summary if (one >= " " and one != "\x7f") or one == "\n")
    text = calendar(appointment(summary, description))
    lines = text.split("\r\n")
    assert all(len(line.encode(errors="surrogatepass")) <= 75 for line in lines)
    assert unescaped(dict(reversed(properties(text)))["SUMMARY"]) == printable
    assert properties(text)[-1] == ("END", "VCALENDAR"), "no text can break out of its line"
