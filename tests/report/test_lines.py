from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from room_server.report.lines import broken, is_wide


def em(one: str) -> float:
    return 2 if is_wide(one) else 1


def test_chinese_breaks_anywhere_but_at_forbidden_places() -> None:
    assert broken("本院认为，双方当事人", 8, em) == ["本院认", "为，双方", "当事人"]
    assert broken("他说“可以”", 6, em) == ["他说", "“可以”"]
    assert broken("依据（通知五）", 12, em) == ["依据（通知", "五）"]
    assert broken("依据（通知五）", 6, em) == ["依据", "（通知", "五）"]


def test_latin_breaks_between_words_and_drops_the_space() -> None:
    assert broken("the original must be seen", 12, em) == ["the original", "must be seen"]
    assert broken("a  b", 1, em) == ["a", "b"]


def test_mixed_text_keeps_words_whole() -> None:
    assert broken("原件original必须seen", 9, em) == ["原件", "original", "必须seen"]


def test_a_word_longer_than_the_line_is_broken_inside() -> None:
    assert broken("A" * 7, 3, em) == ["AAA", "AAA", "A"]
    assert broken("宽", 1, em) == ["宽"]
    assert broken("。  ）a", 2, em) == ["。", "）", "a"]  # what cannot stay together takes no space along


def test_every_newline_begins_a_line() -> None:
    assert broken("一\n\n二", 20, em) == ["一", "", "二"]
    assert broken("", 20, em) == [""]


@example("。 ）", 2)
@given(st.text(alphabet="ab ，。（）“”甲乙丙\n-", max_size=200), st.integers(2, 12))
def test_nothing_is_lost_and_nothing_is_too_wide(text: str, width: int) -> None:
    lines = broken(text, width, em)
    assert "".join(lines).replace(" ", "") == text.replace("\n", "").replace(" ", "")
    assert all(sum(map(em, line)) <= width or len(line) == 1 for line in lines)
