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
SOURCE = Path(__file__).with_name("fanout.c")
SWITCH = "YUNTING_RELAY_PATH"
"""Environment variable: `python` leaves the compiled loop aside, `native` insists on it."""

_DECLARATIONS = """
typedef int (*protect_function)(void *context, void *packet, int *length);
struct sent { uint32_t at_us; uint16_t bytes, number; };
struct path {
    void *srtp; struct sent *sent; uint32_t numbers; int32_t descriptor; uint32_t address_length; uint8_t address[28]; uint64_t bytes_out;
};
struct target {
    struct path *path; uint64_t graph; int64_t highest_in, highest_out, delta;
    uint64_t forwarded, octets, forbidden; uint8_t head[13]; uint8_t interrupted, needs_key_frame, numbered;
};
struct outcome { uint32_t slow_count; uint32_t failures; uint16_t slow[1024]; };
void yunting_forward(const uint8_t *packet, int length, int64_t extended, int key_frame, struct target **targets,
                     uint32_t count, uint64_t graph, protect_function protect, struct outcome *outcome);
uint32_t yunting_layout(void);
const char *yunting_source(void);
"""
MOST_TARGETS = 1024


class NativeMissing(Exception):
    """There is no compiled loop that fits; the text says why."""


def load() -> tuple[FFI, Any]:
    """The FFI and the library. Raises NativeMissing."""
    ffi = FFI()
    ffi.cdef(_DECLARATIONS)
    if not LIBRARY.is_file():
        raise NativeMissing("it was not built: the package was installed without a C compiler")
    try:
        library: Any = ffi.dlopen(str(LIBRARY))
        layout = int(library.yunting_layout())
        source = bytes(ffi.string(library.yunting_source())).decode("ascii")
    except (OSError, AttributeError) as error:
        raise NativeMissing(f"it cannot be loaded: {error}") from error
    expected = ffi.sizeof("struct target") << 16 | ffi.sizeof("struct path")
    if layout != expected or source != hashlib.sha256(SOURCE.read_bytes()).hexdigest():
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
