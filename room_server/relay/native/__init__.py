"""The compiled inner loop of the fan-out, where a C compiler was there when the package was built; see `fanout.c`.

Loaded with cffi's ABI mode: the library needs neither Python's headers nor libsrtp's to be built, and no version of
either is built into it.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from cffi import FFI

LIBRARY = Path(__file__).with_name("fanout.so")
SOURCES = sorted(Path(__file__).parent.glob("*.[ch]"))
"""What the library is compiled from."""
DECLARATIONS = Path(__file__).with_name("relay.h")
SWITCH = "YUNTING_RELAY_PATH"
"""Environment variable: `python` leaves the compiled loop aside, `native` insists on it."""

MOST_TARGETS = 1024


class NativeMissing(Exception):
    """There is no compiled loop that fits; the text says why."""


def sources_digest() -> str:
    """SHA-256 over the library's sources by their names, hexadecimal."""
    return hashlib.sha256(b"".join(source.read_bytes() for source in SOURCES)).hexdigest()


def _declarations() -> str:
    """The C header without what is for the compiler alone."""
    lines = DECLARATIONS.read_text(encoding="ascii").splitlines()
    return "\n".join(line for line in lines if not line.startswith(("#include", "#pragma")))


def load() -> tuple[FFI, Any]:
    """The FFI and the library. Raises NativeMissing."""
    ffi = FFI()
    ffi.cdef(_declarations())
    if not LIBRARY.is_file():
        raise NativeMissing("it was not built: the package was installed without a C compiler")
    try:
        library: Any = ffi.dlopen(str(LIBRARY))
        source = bytes(ffi.string(library.yunting_source())).decode("ascii")
    except (OSError, AttributeError) as error:
        raise NativeMissing(f"it cannot be loaded: {error}") from error
    if source != sources_digest():
        raise NativeMissing("it was built from another version of its source: install the package again")
    return ffi, library


def wanted() -> bool:
    """Whether the environment leaves the compiled loop in use."""
    return os.environ.get(SWITCH, "") != "python"


def reason_against() -> str | None:
    """Why packets take the Python path, or None where they take the compiled one."""
    if not wanted():
        return f"{SWITCH}=python"
    try:
        load()
    except NativeMissing as missing:
        return str(missing)
    return None
