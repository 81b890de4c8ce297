"""The eligibility record of a proceeding as a document for the file: where it stands, what happened, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from room_server.domain.eligibility_history import Entry
from room_server.report import words
from room_server.report.characters import code_of
from room_server.report.layout import SOFT, Cell, Row, Style
from room_server.report.press import WIDTH, Furniture, missing_characters, printed
from room_server.report.record import EligibilityRecord, title_of
from room_server.report.speech import Language, Speech, moment
from room_server.report.timeline import CITED, GAP, LATE, NAME, NOTE, PLAIN, Timeline

HEADING = Style(12.5, strong=True)


class EligibilityReport(Speech):
    """Builds the rows of the document, section by section, in one language."""

    def __init__(
        self,
        record: EligibilityRecord,
        court: Mapping[str, str],
        generated_at: datetime,
        language: Language,
    ) -> None:
        super().__init__(language)
        self.record = record
        self.court = court
        self.generated_at = generated_at

    def pdf(self) -> bytes:
        """The file. Characters that the font does not have are shown by their number and listed at the end."""
        rows = self.rows()
        missing = missing_characters(rows)
        if missing:
            rows += self._missing(missing)
        return printed(rows, self._furniture())

    def rows(self) -> list[Row]:
        zone = self.say("（北京时间，UTC+8）", " (Asia/Shanghai, UTC+8)")
        return [
            *self._head(),
            *self._now(),
            self._heading(f"经过{zone}", f"What happened{zone}"),
            *Timeline(self.language).rows(self.record.entries),
            *self._determinations(),
            *self._rulings(),
            *self._chain(),
        ]

    # ── sections ───────────────────────────────────────────────────────────────────────────────────────────────

    def _furniture(self) -> Furniture:
        title = self.say("在线审理条件审核记录", "Record of eligibility to be held online")
        number = self.record.hearing.case_number
        head = self.record.head[:16]
        return Furniture(
            head=f"{number} · {title}",
            foot=self.say(
                f"生成于 {moment(self.generated_at)} · 末条哈希 {head}",
                f"Generated {moment(self.generated_at)} · chain head {head}",
            ),
            page=self.say("第 {page} 页，共 {pages} 页", "page {page} of {pages}"),
            title=f"{number} {title}",
            author=self.text(self.court),
            language=self.say("zh-CN", "en"),
        )

    def _head(self) -> list[Row]:
        hearing = self.record.hearing
        last = self.record.determinations[-1] if self.record.determinations else None
        facts: list[tuple[str, str]] = [
            (self.say("案号", "Case"), hearing.case_number),
            (self.say("案件", "Title"), hearing.title),
            (self.say("案由", "Cause"), hearing.cause),
            (
                self.say("程序", "Proceeding"),
                f"{self.of(words.KINDS, hearing.kind)} · {self.of(words.STAGES, hearing.stage)} · "
                f"{self.of(words.CASE_TYPES, hearing.case_type)}",
            ),
        ]
        if last is not None:
            facts += self._basis(last)
        facts.append((self.say("记录", "Record"), self._chain_state()))
        return [
            _row(Style(11, SOFT, "serif"), self.text(self.court)),
            _row(
                Style(19, face="serif", strong=True),
                self.say("在线审理条件审核记录", "Record of eligibility to be held online"),
                above=2,
            ),
            *(
                self._fact(label, value, above=8 if not index else 2)
                for index, (label, value) in enumerate(facts)
            ),
        ]

    def _basis(self, last: Entry) -> list[tuple[str, str]]:
        version, sha256 = last.detail["ruleset"], last.detail["ruleset_sha256"]
        title = title_of(version, sha256)
        named = version if title is None else f"{self.text(title)}（{version}）"
        if self.language == "en" and title is not None:
            named = f"{self.text(title)} ({version})"
        successor = last.detail["superseded_by"]
        if successor is not None:
            named += self.say(
                f"；自 {successor['from']} 起由 {successor['ruleset']} 取代",
                f"; superseded by {successor['ruleset']} from {successor['from']}",
            )
        found = [(self.say("适用规则", "Rule set"), named)]
        if sha256:
            found.append((self.say("规则摘要", "Its digest"), f"SHA-256 {sha256}"))
        return [*found, (self.say("事实摘要", "Facts"), f"SHA-256 {last.detail['facts_sha256']}")]

    def _chain_state(self) -> str:
        record = self.record
        if record.first_bad is None:
            return self.say(
                f"共 {record.version} 条，哈希链完整", f"{record.version} entries; the hash chain holds"
            )
        return self.say(
            f"哈希链在第 {record.first_bad} 条不符：该条起的内容不能信赖",
            f"the hash chain breaks at entry {record.first_bad}: nothing from there on can be relied on",
        )

    def _fact(self, label: str, value: str, above: float = 2) -> Row:
        cells = (Cell(84, ((label, Style(9, SOFT)),)), Cell(WIDTH - 84 - GAP, ((value, PLAIN),)))
        return Row(cells, above=above, gap=GAP)

    def _heading(self, zh: str, en: str) -> Row:
        return _row(HEADING, self.say(zh, en), above=20, needs=70)

    def _now(self) -> list[Row]:
        rows = [self._heading("当前结论", "Where it stands")]
        if not self.record.determinations:
            nothing = self.say("尚未作出审核结论。", "Nothing has been determined yet.")
            return [*rows, _row(PLAIN, nothing, above=4)]
        return [*rows, *self._determination(self.record.determinations[-1], in_full=True)]

    def _determination(self, entry: Entry, in_full: bool) -> list[Row]:
        detail = entry.detail
        colour = words.COLOURS.get(detail["outcome"], SOFT)
        said = [(self.outcome(detail["outcome"]), Style(10.5, colour, strong=True))]
        if detail["final"]:
            said.append(
                (
                    self.say("任何裁定不能解除，事实变动除外。", "No ruling lifts it, only changed facts."),
                    NOTE,
                )
            )
        said += [(text, PLAIN) for text in self._consequences(detail)]
        said.append((self._when_decided(entry), NOTE))
        rows = [Row((Cell(WIDTH - 10, tuple(said)),), above=6, bar=colour, indent=10, needs=60)]
        if in_full:
            rows += [self._finding(found) for found in detail["findings"]]
        return rows

    def _when_decided(self, entry: Entry) -> str:
        detail = entry.detail
        return self.say(
            f"{moment(entry.at)} 作出，适用日期 {detail['on']}，规则 {detail['ruleset']}，"
            f"记录第 {entry.sequence} 条，{entry.hash[:16]}",
            f"Determined {moment(entry.at)} as of {detail['on']} under {detail['ruleset']}; "
            f"entry {entry.sequence} of the record, {entry.hash[:16]}",
        )

    def _consequences(self, detail: Mapping[str, Any]) -> list[str]:
        found = []
        if detail["in_person"]:
            who = self.people(detail["in_person"])
            found.append(self.say(f"到法院参加：{who}。", f"At court: {who}."))
        if detail["awaiting"]:
            grounds = self.say("、", "; ").join(self.text(one["text"]) for one in detail["awaiting"])
            found.append(self.say(f"等待裁定：{grounds}。", f"Rulings awaited: {grounds}."))
        if not detail["gallery"]:
            found.append(self.say("不设旁听。", "No public gallery."))
        if detail["observers_out"]:
            who = self.people(detail["observers_out"])
            found.append(self.say(f"旁听人员退出：{who}。", f"Observers put out: {who}."))
        return found

    def _finding(self, found: Mapping[str, Any]) -> Row:
        mark = words.MARKS.get(found["outcome"], "")
        colour = words.COLOURS.get(found["outcome"], SOFT)
        cells = (
            Cell(10, ((mark, Style(9, colour)),)),
            Cell(300, ((self.text(found["text"]), PLAIN),)),
            Cell(WIDTH - 330, ((self.cite([found["citation"]]), CITED), (found["rule"], Style(7, SOFT)))),
        )
        return Row(cells, above=5, indent=10, gap=5)

    # ── each determination and ruling in full ──────────────────────────────────────────────────────────────────

    def _determinations(self) -> list[Row]:
        if len(self.record.determinations) < 2:
            return []
        rows = [self._heading("历次审核结论", "All determinations")]
        for entry in self.record.determinations:
            rows += self._determination(entry, in_full=True)
        return rows

    def _rulings(self) -> list[Row]:
        entries = [entry for entry in self.record.entries if entry.kind == "ruling"]
        if not entries:
            return []
        rows = [self._heading("裁定", "Rulings")]
        for entry in entries:
            rows += self._ruling(entry)
        return rows

    def _ruling(self, entry: Entry) -> list[Row]:
        detail = entry.detail
        held = self.say("成立", "made out") if detail["held"] else self.say("不成立", "not made out")
        about = self.text(detail["about"])
        title = self.say(f"{about}：{held}", f"{about[:1].upper()}{about[1:]}: {held}")
        index = 0 if self.language == "zh" else 1
        by = f"{detail['by']} · {words.role_in_words(detail['role'], None, index)} · {moment(entry.at)}"
        parts = [(title, NAME), (by, NOTE), (self.cite([detail["article"]]), CITED)]
        if detail["superseded_by"] is not None:
            parts.append((self.replaced(detail["superseded_by"]), LATE))
        if detail["supersedes"] is not None:
            words_of = self.say("取代第 {} 条", "Supersedes entry {}").format(detail["supersedes"])
            parts.append((words_of, NOTE))
        rows = [Row((Cell(WIDTH - 10, tuple(parts)),), above=10, needs=70, indent=10)]
        rows.append(_row(PLAIN, detail["reasons"], above=2, indent=10))
        return [*rows, _row(Style(7.5, SOFT), self._signature(entry), above=2, indent=10)]

    def _signature(self, entry: Entry) -> str:
        signature = entry.detail["signature"]
        holds = self.record.signed[entry.sequence]
        state = {
            True: self.say("电子签名有效。", "The signature holds."),
            False: self.say(
                "电子签名不符：内容不能信赖。", "The signature does NOT hold: do not rely on this text."
            ),
            None: self.say("此裁定作出时尚无电子签名。", "Made before rulings were signed."),
        }[holds]
        if signature is None:
            return state
        key = self.say("密钥", "key")
        return f"{state} {signature['algorithm']}, {key} {signature['key_id']}\n{signature['value']}"

    def _chain(self) -> list[Row]:
        record = self.record
        check = self.say(
            "每一条记录的哈希是该条内容（含前一条的哈希）的 RFC 8785 规范 JSON 的 SHA-256。改动、删除或插入任何一条，"
            "其后各条的哈希都会改变。同时导出的 JSON 文件载有全部原始内容，可据以重新计算。",
            "The hash of an entry is the SHA-256 of its content as RFC 8785 canonical JSON, which holds the hash of the "
            "entry before it. Changing, removing or inserting any entry changes the hash of every later one. The JSON "
            "export holds all of the stored content from which the hashes can be worked out again.",
        )
        return [
            self._heading("记录的完整性", "Integrity of the record"),
            self._fact(self.say("状态", "State"), self._chain_state(), above=4),
            self._fact(self.say("末条哈希", "Chain head"), f"SHA-256 {record.head}"),
            self._fact(self.say("生成时间", "Generated"), moment(self.generated_at)),
            _row(NOTE, check, above=6),
        ]

    def _missing(self, missing: Sequence[str]) -> list[Row]:
        shown = self.say("、", ", ").join(code_of(one) for one in missing)
        text = self.say(
            f"本文件所用字体没有下列字符，正文以其 Unicode 编号代替：{shown}。原字符见同时导出的 JSON 文件。",
            f"The font of this document lacks these characters, which are shown by their Unicode number: {shown}. "
            "The JSON export has them as they were written.",
        )
        return [_row(NOTE, text, above=8)]


def eligibility_pdf(
    record: EligibilityRecord,
    court: Mapping[str, str],
    generated_at: datetime,
    language: Language = "zh",
) -> bytes:
    """The whole record as a PDF file. `court`: its name, `{"zh", "en"}`. Takes a moment: see `workshop`."""
    return EligibilityReport(record, court, generated_at, language).pdf()


def _row(style: Style, text: str, above: float = 0, needs: float = 0, indent: float = 0) -> Row:
    return Row((Cell(WIDTH - indent, ((text, style),)),), above=above, needs=needs, indent=indent)
