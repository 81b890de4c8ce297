from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from room_server.relay.channel import MAX_MESSAGE_BYTES, ChannelError, MessageDecoder, encode_message

messages = st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=20) | st.integers()), max_size=6)


@given(messages, st.integers(1, 17))
def test_messages_come_out_whole_however_they_are_cut(sent: list[dict[str, Any]], size: int) -> None:
    stream = b"".join(encode_message(message) for message in sent)
    decoder = MessageDecoder()
    received: list[dict[str, Any]] = []
    for start in range(0, len(stream), size):
        received += decoder.feed(stream[start : start + size])
    assert received == sent


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ((MAX_MESSAGE_BYTES + 1).to_bytes(4, "big"), "exceeds"),
        (b"\0\0\0\2[]", "not a JSON object"),
        (b"\0\0\0\1{", "not JSON"),
        (b"\0\0\0\1\xff", "not JSON"),
    ],
)
def test_broken_framing_is_an_error(data: bytes, message: str) -> None:
    with pytest.raises(ChannelError, match=message):
        MessageDecoder().feed(data)
