"""The control channel between server and worker: JSON messages, each after its length in four big-endian bytes.

Requests are {id, method, params}, answers {id, result} or {id, error: {code, message}}, notifications {event, ...}.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

MAX_MESSAGE_BYTES = 8 << 20
MAX_DEPTH = 32
"""How deep objects and lists may nest: more than any message of ours does, far less than a JSON parser stands."""
_LENGTH_BYTES = 4


class RelayError(Exception):
    """A refused request. `code` names what the caller must do, the message says it to a person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    def __str__(self) -> str:
        return f"{self.code}: {self.args[0]}"


class ChannelError(ValueError):
    """The peer broke the framing; the channel cannot go on."""


def encode_message(message: dict[str, Any]) -> bytes:
    """Length and JSON of one message. Raises ChannelError for one that the other side could not read."""
    if _too_deep(message):
        raise ChannelError(f"message is nested deeper than {MAX_DEPTH} levels")
    try:
        body = json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()
    except ValueError as error:
        raise ChannelError(f"message cannot be written as JSON in UTF-8: {error}") from None
    if len(body) > MAX_MESSAGE_BYTES:
        raise ChannelError(f"message of {len(body)} bytes exceeds {MAX_MESSAGE_BYTES}")
    return len(body).to_bytes(_LENGTH_BYTES, "big") + body


def _too_deep(value: object) -> bool:
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH + 1):
        inner: list[Any] = []
        for entry in level:
            if isinstance(entry, dict):
                inner += entry.values()
            elif isinstance(entry, list | tuple):
                inner += entry
        if not inner:
            return False
        level = inner
    return True


class MessageDecoder:
    """Feed it bytes as they come, take whole messages out."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """The messages completed by `data`. Raises ChannelError on an oversized or malformed one."""
        self._buffer += data
        messages: list[dict[str, Any]] = []
        while len(self._buffer) >= _LENGTH_BYTES:
            length = int.from_bytes(self._buffer[:_LENGTH_BYTES], "big")
            if length > MAX_MESSAGE_BYTES:
                raise ChannelError(f"message of {length} bytes exceeds {MAX_MESSAGE_BYTES}")
            end = _LENGTH_BYTES + length
            if len(self._buffer) < end:
                break
            try:
                message = json.loads(self._buffer[_LENGTH_BYTES:end])
            except (ValueError, RecursionError) as error:
                raise ChannelError(f"message is not JSON: {error}") from None
            if not isinstance(message, dict):
                raise ChannelError("message is not a JSON object")
            del self._buffer[:end]
            messages.append(message)
        return messages


class Channel:
    """A channel over a connected stream socket. Writes are queued; reading returns None once the peer is gone."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._decoder = MessageDecoder()
        self._ready: list[dict[str, Any]] = []

    def send(self, message: dict[str, Any]) -> None:
        """Queue one message; silently nothing when the peer is gone, which reading reports. Raises ChannelError."""
        if not self._writer.is_closing():
            self._writer.write(encode_message(message))

    async def receive(self) -> dict[str, Any] | None:
        """The next message, or None at the end of the channel."""
        while not self._ready:
            try:
                data = await self._reader.read(1 << 16)
            except ConnectionError:
                return None
            if not data:
                return None
            self._ready = self._decoder.feed(data)
        return self._ready.pop(0)

    def close(self) -> None:
        """Close the socket."""
        self._writer.close()
