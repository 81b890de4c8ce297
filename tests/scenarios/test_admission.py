"""Who may connect, and what a person who waits is told."""

from __future__ import annotations

import secrets
from datetime import timedelta

import pytest

from room_server.clock import SystemClock
from room_server.synthetic.channel import Channel, ConnectRefused
from room_server.synthetic.participant import SyntheticParticipant
from room_server.synthetic.stage import id_of
from room_server.synthetic.visitor import ApiRefused
from signaling.tokens import RoomClaims, TokenKey, mint
from tests.scenarios.story import PATIENCE_S, Story

pytestmark = pytest.mark.scenario


async def _connect(a_story: Story, token: str) -> str:
    """The code with which this token is refused; "" where it is let in."""
    channel = Channel(lambda view: None, lambda last: None)
    try:
        await channel.open(a_story.stage.server.url, "/rt", token)
    except ConnectRefused as refused:
        assert refused.error is not None and refused.error.text.zh
        return refused.error.code
    finally:
        await channel.close()
    return ""


async def test_tokens_open_nothing_but_their_own_place(a_story: Story) -> None:
    stage = a_story.stage
    cast = await stage.cast_hearing(2, with_waiting=False)
    await stage.pass_the_gate()
    await stage.invite_and_join()
    party, stranger = cast.parties
    key = TokenKey.load(stage.server.config.keys / "token.pem")
    foreign_key = TokenKey.load_or_create(stage.server.config.data / "foreign.pem")
    now = SystemClock().now()

    def claims(**changes: object) -> RoomClaims:
        values: dict[str, object] = {
            "participant": id_of(party),
            "proceeding": cast.hearing,
            "role": "party",
            "side": "claimant",
            "grants": (),
            "epoch": 0,
            "device": "dev_" + "a" * 16,
            "jti": "tok_" + secrets.token_hex(8),
        }
        return RoomClaims(**{**values, **changes})  # type: ignore[arg-type]

    hearing = await stage.hearing()
    epoch = hearing.participants[id_of(party)].epoch
    refused = {
        "expired": mint(claims(epoch=epoch), key, now - timedelta(seconds=600), 180),
        "foreign key": mint(claims(epoch=epoch), foreign_key, now, 180),
        "wrong room": mint(claims(epoch=epoch, proceeding="hrg_" + "a" * 16), key, now, 180),
        "foreign participant": mint(claims(epoch=epoch, participant="par_" + "a" * 16), key, now, 180),
        "old epoch": mint(claims(epoch=epoch + 1), key, now, 180),
        "another device": mint(claims(epoch=epoch), key, now, 180),
        "garbage": "not.a.token",
    }
    codes = {name: await _connect(a_story, token) for name, token in refused.items()}
    assert codes == {
        "expired": "token_expired",
        "foreign key": "token_unknown_key",
        "wrong room": "not_found",
        "foreign participant": "not_found",
        "old epoch": "token_outdated",
        "another device": "device_waits",
        "garbage": "token_malformed",
    }
    with pytest.raises(ApiRefused) as foreign:
        await stranger.visitor.token(id_of(party))
    assert foreign.value.status in (401, 403, 404)

    kept = (await party.visitor.token(id_of(party))).token
    await stage.desk("DELETE", f"participants/{id_of(party)}/invitation")
    last = await party.wait_terminated(PATIENCE_S)
    assert last.reason == "revoked" and not last.may_return
    assert await _connect(a_story, kept) == "token_outdated"
    with pytest.raises(ApiRefused) as revoked:
        await party.visitor.token(id_of(party))
    assert revoked.value.error.code == "revoked"


async def test_who_waits_is_told_of_nobody_else(a_story: Story) -> None:
    stage = a_story.stage
    await a_story.in_session(2, with_waiting=True)
    cast = stage.cast
    witness = cast.waiting
    assert witness is not None
    second = await _another_waits(a_story)
    view = witness.view
    assert view.me.place == "lobby"
    others = [*cast.parties, second]
    told = view.model_dump_json()
    assert not [person.name for person in others if id_of(person) in told]
    assert {one.id for one in view.participants} <= {id_of(p) for p in (witness, cast.clerk, cast.judge)}
    assert view.producers == [] and view.log == [] and view.hands == [] and view.speaker is None
    assert view.desk is None and view.determination is None and view.readiness is None and view.notices == []
    assert await witness.packets_received() == {}

    await cast.judge.request("mute", {"participant_id": id_of(cast.parties[0])})
    await cast.clerk.request("begin_check", {"participant_id": id_of(witness)})
    await witness.wait_for(lambda view: view.me.place == "check")
    checked = witness.view
    assert {producer.participant for producer in checked.producers} <= {id_of(cast.clerk)}
    assert checked.log == [] and checked.desk is None and checked.determination is None
    assert not [person.name for person in others if id_of(person) in checked.model_dump_json()]
    seen = second.view.model_dump_json()
    assert id_of(witness) not in seen, "who waits is not told of the check either"


async def _another_waits(a_story: Story) -> SyntheticParticipant:
    """A party is sent back by the clerk, and waits beside the witness."""
    stage, cast = a_story.stage, a_story.stage.cast
    sent_back = cast.parties.pop()
    await cast.clerk.request("send_back", {"participant_id": id_of(sent_back)})
    await sent_back.wait_for(lambda view: view.me.place == "lobby")
    assert (await stage.hearing()).participants[id_of(sent_back)].connected
    return sent_back
