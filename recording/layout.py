"""Where everything stands in the composed picture: a header, then tiles in rows, each with a plate under it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from recording.model import Participant

HEADER_HEIGHT: Final = 48
PLATE_HEIGHT: Final = 52
# Tiles are 4:3, the shape of a camera's 640x480; (largest number of tiles, columns, tile width, tile height).
_GRIDS: Final = (
    (1, 1, 800, 600),
    (2, 2, 640, 480),
    (4, 2, 480, 360),
    (6, 3, 426, 320),
    (9, 3, 426, 320),
    (16, 4, 320, 240),
    (25, 5, 256, 192),
    (49, 7, 184, 138),
)
MOST_TILES: Final = _GRIDS[-1][0]

_ROLES: Final[dict[str, tuple[str, str]]] = {
    "presiding_judge": ("审判长", "Presiding judge"),
    "judge": ("审判员", "Judge"),
    "panel_judge": ("审判员", "Panel judge"),
    "peoples_assessor": ("人民陪审员", "People's assessor"),
    "people_assessor": ("人民陪审员", "People's assessor"),
    "judge_assistant": ("法官助理", "Judge's assistant"),
    "judges_assistant": ("法官助理", "Judge's assistant"),
    "clerk": ("书记员", "Clerk"),
    "party": ("当事人", "Party"),
    "claimant": ("原告", "Claimant"),
    "respondent": ("被告", "Respondent"),
    "third_party": ("第三人", "Third party"),
    "defendant": ("被告人", "Defendant"),
    "legal_representative": ("法定代理人", "Legal representative"),
    "agent": ("委托诉讼代理人", "Agent"),
    "counsel": ("诉讼代理人", "Counsel"),
    "prosecutor": ("公诉人", "Prosecutor"),
    "defender": ("辩护人", "Defender"),
    "witness": ("证人", "Witness"),
    "expert": ("鉴定人", "Expert"),
    "interpreter": ("翻译人员", "Interpreter"),
    "mediator": ("调解员", "Mediator"),
    "observer": ("旁听人员", "Observer"),
    "court_technician": ("技术人员", "Court technician"),
    "courtroom": ("法庭现场", "Courtroom"),
}
_SIDED: Final = frozenset({"agent", "counsel", "legal_representative", "defender"})


@dataclass(frozen=True, slots=True)
class Layout:
    """Sizes in pixels, all even (4:2:0 pictures need that)."""

    width: int
    height: int
    tile_width: int
    tile_height: int
    positions: tuple[tuple[int, int], ...]


def layout(tiles: int) -> Layout:
    """A grid for 1 to MOST_TILES tiles; more tiles are smaller. Raises ValueError."""
    if not 1 <= tiles <= MOST_TILES:
        raise ValueError(f"a picture holds 1 to {MOST_TILES} tiles, not {tiles}")
    _, columns, width, height = next(grid for grid in _GRIDS if tiles <= grid[0])
    rows = -(-tiles // columns)
    pitch = height + PLATE_HEIGHT
    positions = []
    for index in range(tiles):
        row, column = divmod(index, columns)
        in_row = min(columns, tiles - row * columns)
        indent = (columns - in_row) * width // 4 * 2  # a last row that is not full stands in the middle
        positions.append((indent + column * width, HEADER_HEIGHT + row * pitch))
    return Layout(columns * width, HEADER_HEIGHT + rows * pitch, width, height, tuple(positions))


def role_text(participant: Participant) -> str:
    """The role in Chinese and English, a party's by its side: `原告 Claimant`. Unknown words stay as they are."""
    role = participant.role
    if role == "party" and participant.side in _ROLES:
        role = str(participant.side)
    chinese, english = _ROLES.get(role, (role, ""))
    if role in _SIDED and participant.side in _ROLES:
        side_chinese, side_english = _ROLES[str(participant.side)]
        chinese, english = f"{side_chinese}{chinese}", f"{english} ({side_english})"
    return f"{chinese} {english}".strip()


def fitted(text: str, width: int, size: int) -> str:
    """`text` on one line, cut with an ellipsis where it would be wider than `width` at that font size."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    room = width / size
    used = 0.0
    for index, character in enumerate(line):
        used += 1.0 if ord(character) >= 0x2E80 else 0.62
        if used > room - (1 if index < len(line) - 1 else 0):
            return line[:index] + "…"
    return line
