from __future__ import annotations

from room_server.report.layout import Cell, Page, Row, Style, pages

STYLE = Style(10)  # a leading of 15


def advance(_face: str, _one: str) -> float:
    return 1.0


def row(text: str, **more: object) -> Row:
    return Row((Cell(100, ((text, STYLE),)),), **more)  # type: ignore[arg-type]


def texts(page: Page) -> list[str]:
    return [line.text for _, setting in page.rows for _, lines in setting.cells for line in lines]


def test_rows_fill_one_page_and_go_on_with_the_next() -> None:
    found = pages([row(str(number)) for number in range(7)], 45, advance)
    assert [texts(page) for page in found] == [["0", "1", "2"], ["3", "4", "5"], ["6"]]


def test_a_row_that_does_not_fit_goes_on_over_as_many_pages_as_it_needs() -> None:
    long = "\n".join(str(number) for number in range(8))
    found = pages([row("head"), row(long)], 60, advance)
    assert [texts(page) for page in found] == [["head", "0", "1", "2"], ["3", "4", "5", "6"], ["7"]]


def test_a_few_lines_are_not_begun_at_the_foot_of_a_page() -> None:
    found = pages([row("a\nb\nc"), row("1\n2\n3\n4")], 60, advance)
    assert [texts(page) for page in found] == [["a", "b", "c"], ["1", "2", "3", "4"]]


def test_no_heading_stands_alone() -> None:
    found = pages([row("a\nb"), row("heading", needs=45), row("text")], 60, advance)
    assert [texts(page) for page in found] == [["a", "b"], ["heading", "text"]]


def test_column_heads_stand_on_each_page_that_goes_on() -> None:
    head = row("时间")
    found = pages([head, *(row(str(number), columns=head) for number in range(4)), row("end")], 45, advance)
    assert [texts(page) for page in found] == [["时间", "0", "1"], ["时间", "2", "3"], ["end"]]


def test_space_above_does_not_stand_at_the_top_of_a_page() -> None:
    found = pages([row("a", above=10), row("b", above=20), row("c", above=20)], 50, advance)
    assert [[offset for offset, _ in page.rows] for page in found] == [[0, 35], [0]]
