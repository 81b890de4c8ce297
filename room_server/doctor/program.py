"""What the program itself is made of: interpreter, packages, the page, the relay, ffmpeg and the fonts."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from room_server.doctor.report import Check
from room_server.domain.context import SHANGHAI

PACKAGES = ("room_server", "signaling", "recording", "eligibility")
DISTRIBUTION = "yunting"
OLDEST_PYTHON = (3, 11)
FFMPEG_TIMEOUT_S = 30.0
_NEEDED_OF_FFMPEG = (("-encoders", "libx264"), ("-encoders", "aac"), ("-filters", "drawtext"))
_ASSET = re.compile(r"""(?:src|href)="/(assets/[^"]+)\"""")


def python_version(version: Sequence[int] = sys.version_info[:3]) -> Check:
    """The interpreter that runs this."""
    found = f"Python {'.'.join(str(part) for part in version[:3])}"
    if tuple(version[:2]) < OLDEST_PYTHON:
        return Check("python", "wrong", found, "Install Python 3.11 or newer, and make the environment anew.")
    return Check("python", "ok", found)


def import_names(root: Path, search_path: Iterable[str] = ()) -> Check:
    """Whether our packages' names, some of which others use on PyPI too, lead to our own files and no others.

    ``root`` is the folder that holds ``room_server``; ``search_path`` is where Python looks (``sys.path``).
    """
    name = "import names"
    foreign = []
    for package in PACKAGES:
        spec = importlib.util.find_spec(package)
        origin = None if spec is None or spec.origin is None else Path(spec.origin).resolve()
        if origin != (root / package / "__init__.py").resolve():
            foreign.append(f"{package} is {origin or 'missing'}")
    for distribution in importlib.metadata.distributions(path=list(search_path or sys.path)):
        title = distribution.metadata["Name"] or "?"
        if title.lower() == DISTRIBUTION:
            continue
        tops = {
            Path(str(file)).parts[0] for file in distribution.files or () if Path(str(file)).suffix == ".py"
        }
        foreign += [f"{title} also installs {package}" for package in PACKAGES if package in tops]
    if foreign:
        return Check(
            name,
            "wrong",
            "; ".join(sorted(set(foreign))),
            "Yunting needs an environment of its own: make a new virtual environment and install only Yunting into it.",
        )
    return Check(name, "ok", f"{', '.join(PACKAGES)} are ours alone")


def page(web_root: Path) -> Check:
    """The built page: its document, and every file the document loads."""
    index = web_root / "index.html"
    todo = "Build it: start ./yunting demo once, or install the wheel, which holds the page."
    try:
        document = index.read_text(encoding="utf-8")
    except OSError as error:
        return Check("page", "wrong", f"{index} cannot be read: {error.strerror}", todo)
    wanted = sorted(set(_ASSET.findall(document)))
    missing = [asset for asset in wanted if not (web_root / asset).is_file()]
    if missing or not wanted:
        return Check(
            "page", "wrong", f"the page is incomplete: {', '.join(missing) or 'it loads nothing'}", todo
        )
    return Check("page", "ok", f"built, {len(wanted)} files loaded at the start")


def relay_path() -> Check:
    """Which implementation forwards media, and whether the libraries it reaches into are the ones it knows."""
    try:
        from room_server.relay import native, transport

        missing = transport.missing_hooks()
    except Exception as error:  # whatever an unfit library raises while it is imported
        return Check("relay", "wrong", f"the relay cannot be loaded: {error}", _reinstall())
    if missing:
        return Check("relay", "wrong", f"aiortc or pylibsrtp lack {', '.join(missing)}", _reinstall())
    against = native.reason_against()
    if against is None:
        return Check("relay", "ok", 'the path "native" forwards media')
    return Check(
        "relay", "ok", f'the path "python" forwards media, at a higher cost; "native" does not: {against}'
    )


def _reinstall() -> str:
    return "Install Yunting anew into a fresh environment; its versions of aiortc and pylibsrtp are pinned."


def ffmpeg() -> Check:
    """The ffmpeg that composes recordings runs, and can do what composing needs."""
    todo = "Install imageio-ffmpeg anew; it carries a static ffmpeg for this kind of machine."
    try:
        import imageio_ffmpeg

        program = imageio_ffmpeg.get_ffmpeg_exe()
        first = _ask(program, "-version").splitlines()[0]
        missing = sorted(
            word for option, word in _NEEDED_OF_FFMPEG if not re.search(rf"\b{word}\b", _ask(program, option))
        )
    except (ImportError, RuntimeError, OSError, IndexError, subprocess.SubprocessError) as error:
        return Check("ffmpeg", "wrong", f"does not run: {error}", todo)
    version = " ".join(first.split()[:3])
    if missing:
        return Check("ffmpeg", "wrong", f"{version} lacks {', '.join(missing)}", todo)
    return Check("ffmpeg", "ok", f"{version} with libx264, aac and drawtext")


def _ask(program: str, option: str) -> str:
    done = subprocess.run(
        [program, "-hide_banner", option],
        capture_output=True,
        text=True,
        timeout=FFMPEG_TIMEOUT_S,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return done.stdout


def chinese_font() -> Check:
    """The font of name plates and clock in composed recordings."""
    todo = "Install pylopdf-fonts-zh-cn anew; names would be empty boxes without it."
    try:
        import pylopdf_fonts_zh_cn

        path = Path(str(pylopdf_fonts_zh_cn.sans_path()))
        size = path.stat().st_size
    except (ImportError, OSError) as error:
        return Check("chinese font", "wrong", f"not found: {error}", todo)
    if size < 1 << 20:
        return Check("chinese font", "wrong", f"{path} is cut off ({size} bytes)", todo)
    return Check("chinese font", "ok", path.name)


def ruleset(name: str) -> Check:
    """The court's rule set loads, as of today in the court's time zone."""
    from eligibility import DocumentError, RulesetError, load_ruleset

    today = datetime.now(SHANGHAI).date()
    try:
        load_ruleset(name, today)
    except (DocumentError, RulesetError, OSError) as error:
        return Check("rule set", "wrong", f"{name} cannot be used: {error}", "Install Yunting anew.")
    return Check("rule set", "ok", f"{name}, as it stands on {today.isoformat()}")
