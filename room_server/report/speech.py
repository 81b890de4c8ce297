"""The words of a document in one of its two languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

from room_server.domain.context import SHANGHAI
from room_server.domain.eligibility_history import Entry
from room_server.report import words

Language = Literal["zh", "en"]


def moment(at: datetime) -> str:
    """Always in the court's time, Asia/Shanghai."""
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


class Speech:
    """Says things in one language. Base of what writes sections of a document."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language

    def say(self, zh: str, en: str) -> str:
        return zh if self.language == "zh" else en

    def pair(self, pair: tuple[str, str]) -> str:
        return self.say(*pair)

    def of(self, table: Mapping[str, tuple[str, str]], key: str) -> str:
        return self.pair(table[key]) if key in table else key

    def text(self, text: Mapping[str, str]) -> str:
        return text[self.language]

    def cite(self, citations: Iterable[str]) -> str:
        index = 0 if self.language == "zh" else 1
        return "\n".join(words.citation_in_words(one, index) for one in citations)

    def person(self, person: Mapping[str, Any]) -> str:
        index = 0 if self.language == "zh" else 1
        role = words.role_in_words(person["role"], person["side"], index)
        return self.say(f"{role}{person['name']}", f"{person['name']} ({role})" if role else person["name"])

    def people(self, people: Iterable[Mapping[str, Any]]) -> str:
        return self.say("、", ", ").join(map(self.person, people))

    def actor(self, entry: Entry) -> str:
        if entry.actor.kind == "system":
            return self.say("系统", "System")
        index = 0 if self.language == "zh" else 1
        return f"{entry.actor.name}\n{words.role_in_words(entry.role, entry.side, index)}"

    def outcome(self, outcome: str) -> str:
        return f"{words.MARKS.get(outcome, '')} {self.of(words.OUTCOMES, outcome)}"

    def replaced(self, sequence: int) -> str:
        return self.say(f"已由第 {sequence} 条取代", f"Superseded by entry {sequence}")
