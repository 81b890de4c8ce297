"""The recorder process: `python -m recording.recorder`.

Commands come as JSON lines on stdin, events go as JSON lines to stdout, logs to stderr; media come as datagrams on the
Unix socket named in `start`. Exit status: 0 closed, 2 could not start, 3 lost its server (the recording can be resumed).
"""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import stat
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final, Literal

from recording import keys
from recording.commands import Start, read_command
from recording.model import JsonObject, RecordingError
from recording.session import CannotStart, Session

_LOG: Final = logging.getLogger("recording.recorder")
_LONGEST_LINE: Final = 4 * 1024 * 1024
_LONGEST_DATAGRAM: Final = 4096
_BATCH: Final = 64
_BACKLOG_BYTES: Final = 64 * 1024 * 1024
_TICK_S: Final = 0.1
_RECEIVE_BUFFER: Final = 4 * 1024 * 1024

EXIT_CLOSED: Final = 0
EXIT_CANNOT_START: Final = 2
EXIT_LOST_SERVER: Final = 3

_Item = tuple[Literal["line"], bytes] | tuple[Literal["media"], list[bytes]] | tuple[Literal["lost"], str]


class _Output:
    """Writes events in a thread of its own, so that a server slow to read never holds up the media."""

    def __init__(self) -> None:
        self._lines: SimpleQueue[bytes | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()

    def emit(self, event: JsonObject) -> None:
        self._lines.put(
            json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode(errors="replace") + b"\n"
        )

    def close(self) -> None:
        self._lines.put(None)
        self._thread.join(timeout=5)

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                sys.stdout.buffer.write(line)
                sys.stdout.buffer.flush()
            except OSError:
                return  # the server is gone; stdin says so too


def _clock(epoch_ns: int | None) -> Callable[[], int]:
    """The time, in nanoseconds since the Unix epoch."""
    if epoch_ns is None:
        return time.time_ns
    return lambda: epoch_ns + time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class Recorder:
    """The process's shell: two reading threads feed one queue, the main thread does everything else."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[_Item] = SimpleQueue()
        self._output = _Output()
        self._session: Session | None = None
        self._socket: socket.socket | None = None
        self._socket_path: Path | None = None
        # Each counter is written by one thread only; their difference is what waits.
        self._received_bytes = 0
        self._handled_bytes = 0
        self._overflowed = 0

    def run(self) -> int:
        """Until closed, failed to start, or alone."""
        signal.signal(signal.SIGTERM, lambda *_: self._queue.put(("lost", "SIGTERM")))
        signal.signal(
            signal.SIGINT, signal.SIG_IGN
        )  # Ctrl-C in a terminal is for the server, which then says close
        threading.Thread(target=self._read_commands, daemon=True).start()
        try:
            return self._loop()
        finally:
            self._unbind()
            self._output.close()

    def _loop(self) -> int:
        next_tick = time.monotonic() + _TICK_S
        while True:
            try:
                item = self._queue.get(timeout=max(0.0, next_tick - time.monotonic()))
            except Empty:
                item = None
            if item is not None:
                status = self._take(item)
                if status is not None:
                    return status
            if time.monotonic() >= next_tick:
                next_tick = time.monotonic() + _TICK_S
                if self._session is not None:
                    self._guard(self._session.tick)

    def _take(self, item: _Item) -> int | None:
        if item[0] == "media":
            for datagram in item[1]:
                self._handled_bytes += len(datagram)
                self._media(datagram)
            return None
        if item[0] == "line":
            return self._command(item[1])
        _LOG.warning("recorder lost its server: %s", item[1])
        if self._session is not None:
            session, reason = self._session, item[1]
            self._guard(lambda: session.lose_server(reason))
        return EXIT_LOST_SERVER

    def _command(self, line: bytes) -> int | None:
        if not line.strip():
            return None
        try:
            if line == b"overlong":
                raise RecordingError(f"a command may have at most {_LONGEST_LINE} bytes")
            command = read_command(line)
            if self._session is not None:
                self._session.apply(command)
            elif isinstance(command, Start):
                self._begin(command)
            else:
                raise RecordingError("do: the first command must be start")
        except CannotStart as error:
            self._output.emit({"event": "failed", "reason": error.reason, "message": str(error)})
            return EXIT_CANNOT_START
        except RecordingError as error:
            self._output.emit({"event": "error", "message": str(error)})
        except Exception as error:
            _LOG.exception("command failed")
            self._output.emit({"event": "error", "message": f"{type(error).__name__}: {error}"})
        return EXIT_CLOSED if self._session is not None and self._session.closed else None

    def _begin(self, start: Start) -> None:
        try:
            key = keys.load(Path(start.key_file))
        except RecordingError as error:
            raise CannotStart("key", str(error)) from error
        session = Session(start, key, _clock(start.epoch_ns), self._output.emit)
        try:
            self._bind(Path(start.socket))
        except OSError as error:
            raise CannotStart("socket", f"{start.socket}: {error.strerror or error}") from error
        session.open()
        self._session = session
        threading.Thread(target=self._read_media, daemon=True).start()

    def _media(self, datagram: bytes) -> None:
        session = self._session
        if session is not None:
            self._guard(lambda: session.media(datagram))

    def _guard(self, act: object) -> None:
        """A fault in one packet or tick is logged and told, and never ends the recording."""
        assert callable(act)
        try:
            act()
        except RecordingError as error:
            self._output.emit({"event": "error", "message": str(error)})
        except Exception as error:
            _LOG.exception("recorder fault")
            self._output.emit({"event": "error", "message": f"{type(error).__name__}: {error}"})

    def _bind(self, path: Path) -> None:
        if path.exists() and stat.S_ISSOCK(path.stat().st_mode):
            path.unlink()
        media = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        media.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        mask = os.umask(0o177)
        try:
            media.bind(str(path))
        finally:
            os.umask(mask)
        self._socket, self._socket_path = media, path

    def _unbind(self) -> None:
        if self._socket is not None and self._socket_path is not None:
            self._socket_path.unlink(missing_ok=True)

    def _read_commands(self) -> None:
        # Not sys.stdin: its lock, held by a waiting thread, would abort the interpreter at exit.
        waiting, overlong = b"", False
        while True:
            try:
                chunk = os.read(0, 65536)
            except OSError:
                chunk = b""
            if not chunk:
                self._queue.put(("lost", "stdin closed"))
                return
            *lines, waiting = (waiting + chunk).split(b"\n")
            for line in lines:
                # Of a line that was too long only the end is left: no command, and reported as such.
                self._queue.put(("line", b"overlong" if overlong else line))
                overlong = False
            if len(waiting) > _LONGEST_LINE:
                waiting, overlong = b"", True

    def _read_media(self) -> None:
        """Unix datagram queues are short (ten by default): take what is there at once, think about it elsewhere."""
        media = self._socket
        assert media is not None
        while True:
            try:
                batch = [media.recv(_LONGEST_DATAGRAM)]
                while len(batch) < _BATCH:
                    batch.append(media.recv(_LONGEST_DATAGRAM, socket.MSG_DONTWAIT))
            except BlockingIOError:
                pass
            except OSError:
                return
            if self._received_bytes - self._handled_bytes > _BACKLOG_BYTES:
                self._overflowed += len(batch)
                continue
            self._received_bytes += sum(len(datagram) for datagram in batch)
            self._queue.put(("media", batch))


def main() -> int:
    """Run one recorder."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    sys.setswitchinterval(0.0005)  # the socket's short queue must be emptied while the main thread computes
    return Recorder().run()


if __name__ == "__main__":
    sys.exit(main())
