"""The test picture: planes of the right size, a readable clock, something that moves, and colours that differ."""

from __future__ import annotations

import itertools

import pytest

from room_server.synthetic.picture import (
    FONT,
    Bitmap,
    Picture,
    PictureSource,
    chroma_of,
    hue_distance,
    hue_of,
    spread_hues,
    written,
)


def glyphs_in(picture: Picture, source: PictureSource) -> str:
    """Read the clock back from the luma plane by comparing with the font, square by square."""
    scale = source._clock_scale
    left = (source.width - 8 * 6 * scale) // 2
    text = ""
    for place in range(8):
        rows = tuple(
            "".join(
                "1"
                if picture.luma[
                    (source._clock_top + row * scale + scale // 2) * source.width
                    + left
                    + (place * 6 + column) * scale
                    + scale // 2
                ]
                > 128
                else "0"
                for column in range(5)
            )
            for row in range(7)
        )
        text += next((character for character, glyph in FONT.items() if glyph == rows), "?")
    return text


@pytest.mark.parametrize(("width", "height"), [(640, 480), (320, 240), (1280, 720), (160, 120), (322, 242)])
def test_planes_have_the_size_of_yuv_420(width: int, height: int) -> None:
    picture = PictureSource("WANG", width=width, height=height).draw(7, "12:34:56")
    assert len(picture.luma) == width * height
    assert len(picture.blue) == len(picture.red) == width * height // 4


@pytest.mark.parametrize("clock", ["00:00:00", "12:34:56", "17:08:59"])
@pytest.mark.parametrize("width", [640, 320, 160])
def test_the_clock_can_be_read(clock: str, width: int) -> None:
    source = PictureSource("COUNSEL", width=width, height=width * 3 // 4)
    assert glyphs_in(source.draw(3, clock), source) == clock


def test_the_clock_is_large() -> None:
    assert 8 * 6 * PictureSource(width=640)._clock_scale > 640 * 0.75


def test_each_picture_differs_from_the_one_before() -> None:
    source = PictureSource("A", fps=15)
    pictures = [source.draw(number, "12:00:00").luma for number in range(150)]
    assert all(one != other for one, other in itertools.pairwise(pictures))


def test_the_ball_stays_in_the_picture_for_long() -> None:
    source = PictureSource(width=320, height=240, fps=10)
    size = len(source.draw(0, "12:00:00").luma)
    assert {len(source.draw(number, "12:00:00").luma) for number in range(0, 100_000, 997)} == {size}


def test_the_label_is_under_the_clock() -> None:
    plain, labelled = PictureSource(""), PictureSource("LI NA")
    one, other = plain.draw(0, "12:00:00").luma, labelled.draw(0, "12:00:00").luma
    rows = {i // 640 for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b}
    assert rows and min(rows) > plain._clock_top + 7 * plain._clock_scale
    assert max(rows) < plain._ball_top


def test_a_label_drawn_elsewhere_is_cut_to_the_picture() -> None:
    bitmap = Bitmap(1000, 400, bytes((200,)) * 400_000)
    assert len(PictureSource(bitmap, width=320, height=240).draw(0, "12:00:00").luma) == 320 * 240


def test_writing() -> None:
    bitmap = written("I", 2)
    assert (bitmap.width, bitmap.height, len(bitmap.luma)) == (10, 14, 140)
    assert written("", 2).width == 0
    assert written("王", 1).luma == written(" ", 1).luma


@pytest.mark.parametrize("size", [{"width": 641}, {"height": 100}, {"width": 10}, {"fps": 0}, {"fps": 100}])
def test_sizes_and_rates_that_are_not_allowed(size: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="allowed are"):
        PictureSource("A", **size)


def test_hues_survive_and_differ() -> None:
    hues = spread_hues(6)
    for hue in hues:
        seen = hue_of(*chroma_of(hue))
        assert seen is not None and hue_distance(seen, hue) < 0.01
    assert min(hue_distance(a, b) for a, b in itertools.combinations(hues, 2)) == pytest.approx(1 / 6)
    assert hue_of(128, 128) is None and hue_of(130, 120) is None
    assert hue_distance(0.95, 0.05) == pytest.approx(0.1)
