"""The printed record, read back from the PDF: what is in it, and that no text whatever breaks it."""

from __future__ import annotations

import io
import re
import time
from typing import Any

import pypdf
import pytest

from room_server.domain import model as m
from room_server.report.eligibility import eligibility_pdf
from room_server.report.speech import Language

COURT = {"zh": "云州市青石区人民法院", "en": "Qingshi District Court of Yunzhou"}
SIGNATURE = m.RulingSignature("Ed25519", "rk_0123456789abcdef", "ab" * 64)


def printed(file: Any, language: Language = "zh", signed: bool | None = True) -> pypdf.PdfReader:
    content = eligibility_pdf(file.record(signed), COURT, file.now, language)
    return pypdf.PdfReader(io.BytesIO(content))


def text_of(document: pypdf.PdfReader) -> str:
    """All text without line breaks, and without what stands at the foot and head of each page."""
    pages = []
    for page in document.pages:
        lines = page.extract_text().splitlines()
        pages += [
            line for line in lines if not re.search(r"末条哈希 \w+ 第|chain head \w+ ?page|号 · ", line)
        ]
    return "".join(pages)


def test_it_says_where_it_stands_and_how_it_came_to_it(file: Any) -> None:
    found = text_of(printed(file))
    for expected in (
        COURT["zh"],
        "（2026）示0103民初1847号",
        "何秀兰诉北屿制冷设备有限公司",
        "shanghai-2020@2020-02-26",
        "由spc-2021 取代",
        "▲ 须待法官裁定",
        "罗启明不同意在线审理，理由：须当庭核对合同原件",
        "书面，叶晓录入",
        "在线诉讼规则 21(1)",
        "结论：可以在线进行 → 须待法官裁定",
        "首次审核",
    ):
        assert expected.replace(" ", "") in found.replace(" ", ""), expected


def test_times_are_those_of_shanghai_and_each_entry_has_its_place_in_the_chain(file: Any) -> None:
    document, record = printed(file), file.record()
    found = text_of(document)
    assert "2026-11-2309:00:07" in found.replace(" ", "")
    for entry in record.entries:
        assert entry.hash[:8] in found
    assert record.head in found
    for number, page in enumerate(document.pages, start=1):
        assert f"第 {number} 页，共 {len(document.pages)} 页" in page.extract_text()


def test_in_english_the_words_are_english_and_what_people_wrote_stays(file: Any) -> None:
    found = text_of(printed(file, "en"))
    assert "Record of eligibility to be held online" in found and COURT["en"] in found
    assert "须当庭核对合同原件" in found and "Notice V; OLR 21(1)" in found.replace("OLR21", "OLR 21")


def test_two_documents_of_one_process_have_each_their_own_characters(file: Any) -> None:
    """The PDF library registers a font by its name once and for all."""
    first = text_of(printed(file))
    file.position("罗启明", "objects", "齉龘靐齾爩鱻麤龗灪吁龖厵滟爨癵驫麣纞虋讟")
    second = text_of(printed(file))
    assert "齉龘靐" not in first and "齉龘靐齾爩鱻麤龗灪吁龖厵滟爨癵驫麣纞虋讟" in second


@pytest.mark.parametrize(
    "reasons",
    [
        "长" * 4000,
        "A" * 4000,
        "本院认为，OLR 21(1)所称双方当事人明确表示不同意，" * 130,
        "\n".join("一二三" for _ in range(900)),
    ],
    ids=["chinese", "latin", "mixed", "lines"],
)
def test_reasons_of_any_length_stand_in_full(file: Any, reasons: str) -> None:
    file.ruled(reasons, SIGNATURE)
    document = printed(file)
    assert reasons.replace("\n", "").replace(" ", "") in text_of(document).replace(" ", "")
    widths = [float(page.mediabox.width) for page in document.pages]
    assert {round(width) for width in widths} == {595}


def test_what_the_font_lacks_is_shown_and_told(file: Any) -> None:
    file.ruled("当事人𠮷野😀付\u202e001\u202c元\x00\x08", SIGNATURE)
    found = text_of(printed(file))
    assert "当事人〔U+20BB7〕野〔U+1F600〕付〔U+202E〕001〔U+202C〕元" in found
    assert "没有下列字符" in found and "没有下列字符" not in text_of(printed_without(file))


def printed_without(file: Any) -> pypdf.PdfReader:
    """The record before that ruling."""
    earlier = type(file)(file.hearing, file.now, file.log[:-1])
    return printed(earlier)


@pytest.mark.parametrize(("signed", "words"), [(True, "电子签名有效"), (False, "电子签名不符：内容不能信赖")])
def test_a_ruling_says_whether_its_signature_holds(file: Any, signed: bool, words: str) -> None:
    file.ruled("理由", SIGNATURE)
    found = text_of(printed(file, signed=signed))
    assert words in found and SIGNATURE.key_id in found and SIGNATURE.value in found.replace(" ", "")


def test_a_ruling_from_before_there_were_signatures_says_so(file: Any) -> None:
    file.ruled("理由")
    assert "此裁定作出时尚无电子签名" in text_of(printed(file))


def test_five_hundred_entries_are_set_on_as_many_pages_as_they_need(file: Any) -> None:
    for number in range(170):
        file.position(
            "罗启明", "objects" if number % 2 else "consents", f"第{number}次" if number % 2 else ""
        )
    record = file.record()
    assert len(record.entries) >= 500
    begun = time.monotonic()
    document = printed(file)
    assert time.monotonic() - begun < 60
    assert len(document.pages) > 30
    found = text_of(document)
    assert all(entry.hash[:8] in found for entry in record.entries)
    assert "第169次" in found


def test_the_file_itself_says_what_it_is_and_names_nobody(file: Any) -> None:
    document = printed(file)
    assert document.metadata is not None
    assert document.metadata.title == "（2026）示0103民初1847号 在线审理条件审核记录"
    assert document.metadata.author == COURT["zh"]
    assert document.trailer["/Root"]["/Lang"] == "zh-CN"  # type: ignore[index]
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in document.pages
        for font in page["/Resources"]["/Font"].values()  # type: ignore[index]
    }
    assert fonts and all("Yunting" in font for font in fonts), fonts
