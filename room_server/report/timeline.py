"""The entries of the record as a table: when, what, by whom, on which source, and its place in the chain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from room_server.domain.context import SHANGHAI
from room_server.domain.eligibility_history import Entry
from room_server.report import words
from room_server.report.layout import BRASS, SOFT, STOP, Cell, Row, Style
from room_server.report.speech import Speech, moment

PLAIN = Style()
SMALL = Style(8)
NOTE = Style(8, SOFT)
CITED = Style(8, BRASS)
LATE = Style(8, STOP)
NAME = Style(9, strong=True)
COLUMNS = (55.0, 222.0, 62.0, 78.0, 36.0)
GAP = 10.0


class Timeline(Speech):
    """Its rows, the first of which are the heads of its columns."""

    def rows(self, entries: Iterable[Entry]) -> list[Row]:
        heads = (
            self.say("时间", "Time"),
            self.say("事项", "What happened"),
            self.say("何人", "By whom"),
            self.say("依据", "Source"),
            self.say("哈希", "Hash"),
        )
        cells = tuple(Cell(width, ((head, NOTE),)) for width, head in zip(COLUMNS, heads, strict=True))
        columns = Row(cells, above=6, gap=GAP)
        return [columns, *(self._line(entry, columns) for entry in entries)]

    def _line(self, entry: Entry, columns: Row) -> Row:
        at = entry.at.astimezone(SHANGHAI)
        time_width, what_width, who_width, cite_width, hash_width = COLUMNS
        what = ((self.pair(entry.text), self._weight(entry)), *self._remarks(entry))
        cells = (
            Cell(time_width, ((f"{at:%Y-%m-%d}\n{at:%H:%M:%S}", SMALL),)),
            Cell(what_width, what),
            Cell(who_width, ((self.actor(entry), SMALL),)),
            Cell(cite_width, ((self.cite(entry.citations), CITED),)),
            Cell(hash_width, ((f"{entry.sequence}\n{entry.hash[:8]}", Style(7, SOFT)),)),
        )
        return Row(cells, above=6, ruled=True, columns=columns, gap=GAP)

    def _weight(self, entry: Entry) -> Style:
        if entry.kind == "determination":
            return Style(9, words.COLOURS.get(entry.detail["outcome"], SOFT), strong=True)
        return NAME if entry.kind in ("ruling", "opened") else PLAIN

    def _remarks(self, entry: Entry) -> list[tuple[str, Style]]:
        detail = entry.detail
        if entry.kind == "statement":
            return self._about_statement(detail)
        if entry.kind == "determination":
            return [(line, NOTE) for line in self._changes(detail["changes"])]
        if entry.kind == "ruling":
            known = [(self.say("裁定理由见后文。", "The reasons are given below."), NOTE)]
            if detail["superseded_by"] is not None:
                known.append((self.replaced(detail["superseded_by"]), NOTE))
            return known
        if entry.kind == "opened":
            return [
                (self.say(f"依据结论 {detail['determination']}", f"Under {detail['determination']}"), NOTE)
            ]
        if entry.kind == "file_changed":
            return [(self._file_change(detail), NOTE)]
        return []

    def _about_statement(self, detail: Mapping[str, Any]) -> list[tuple[str, Style]]:
        found: list[tuple[str, Style]] = []
        if detail["after_opening"]:
            found.append((self.say("开庭后提出", "After the opening"), LATE))
        elif detail["late"]:
            found.append((self.say("逾期提出", "After the deadline"), LATE))
        if detail["how"] != "link":
            how = self.of(words.HOW, detail["how"])
            entered = self.say(
                f"{how}，{detail['entered_by']}录入", f"{how}, entered by {detail['entered_by']}"
            )
            found.append((entered, NOTE))
        if detail["note"]:
            found.append((self.say(f"备注：{detail['note']}", f"Note: {detail['note']}"), NOTE))
        if detail["replaced_by"] is not None:
            found.append((self.replaced(detail["replaced_by"]), NOTE))
        return found

    def _file_change(self, detail: Mapping[str, Any]) -> str:
        parts = []
        if "stage" in detail:
            parts.append(self.say("程序阶段：", "stage: ") + self.of(words.STAGES, detail["stage"]))
        if "case_type" in detail:
            parts.append(
                self.say("案件类型：", "type of case: ") + self.of(words.CASE_TYPES, detail["case_type"])
            )
        if "scheduled_at" in detail:
            at = moment(datetime.fromisoformat(detail["scheduled_at"]))
            parts.append(self.say(f"开庭时间：{at}", f"time: {at}"))
        if "participants" in detail:
            who = self.people(detail["participants"])
            parts.append(self.say(f"参加人：{who}", f"people: {who}"))
        for key, label in (("case_number", ("案号：", "case: ")), ("title", ("案件：", "title: "))):
            if key in detail:
                parts.append(self.pair(label) + str(detail[key]))
        return self.say("；", "; ").join(parts)

    def _changes(self, changes: Mapping[str, Any] | None) -> list[str]:
        """What a determination says other than the one before it, a line each."""
        if changes is None:
            return [self.say("首次审核。", "The first determination.")]
        if changes["same"]:
            facts = self.say("（事实有变动）", " (of other facts)") if changes["facts"] else ""
            return [self.say(f"结论与前一次相同{facts}。", f"The same conclusion as before{facts}.")]
        lines = []
        if changes["outcome"] is not None:
            before, after = (self.of(words.OUTCOMES, changes["outcome"][key]) for key in ("from", "to"))
            lines.append(self.say(f"结论：{before} → {after}", f"Outcome: {before} → {after}"))
        if changes["ruleset"] is not None:
            lines.append(
                self.say("规则：", "Rule set: ")
                + f"{changes['ruleset']['from']} → {changes['ruleset']['to']}"
            )
        if changes["gallery"] is not None:
            lines.append(
                self.say("恢复旁听。", "The gallery is open again.")
                if changes["gallery"]["to"]
                else self.say("取消旁听。", "The gallery is closed.")
            )
        if changes["final"] is not None:
            lines.append(
                self.say("裁定不能解除。", "No ruling lifts it.")
                if changes["final"]["to"]
                else self.say("裁定可以解除。", "A ruling may lift it.")
            )
        return lines + self._changed_findings(changes["findings"])

    def _changed_findings(self, findings: Mapping[str, Any]) -> list[str]:
        lines = []
        for sign, key in (("＋", "added"), ("－", "removed"), ("±", "moved")):
            lines += [f"{sign} {self.text(found['text'])}（{found['rule']}）" for found in findings[key]]
        return lines
