"""Role x phase: denied by default, with a reason in both languages."""

from __future__ import annotations

from typing import Any

from room_server.domain import commands as c
from room_server.domain import permissions as p
from room_server.domain.model import Actor
from signaling.messages import REQUESTS


def allowed(court: Any, who: str) -> set[str]:
    found = p.actions(court.h, court.actor(who))
    for tag, answer in found.items():
        if isinstance(answer, p.Refused):
            assert answer.zh and answer.en, tag
    return {tag for tag, answer in found.items() if isinstance(answer, p.Allowed)}


OWN = {"set_microphone", "set_camera", "leave"}
DESK = {"change", "set_deadline", "cancel", "open_courtroom"}


def test_the_desk(court: Any) -> None:
    court.drafted()
    assert allowed(court, "desk") == DESK | {"determine"}
    assert allowed(court, "judge_desk") == {
        "rule",
        "set_deadline",
        "determine",
        "cancel",
        "open_courtroom",
        "take_off_list",
    }
    court.consented()
    court.do("desk", c.Determine())
    assert allowed(court, "desk") == DESK | {"determine", "schedule"}
    court.do("desk", c.ScheduleHearing())
    assert allowed(court, "desk") == DESK | {"open_lobby"}
    court.do("desk", c.OpenLobby())
    assert allowed(court, "desk") == DESK | {"enter"}


def test_the_room_in_session(court: Any) -> None:
    court.session()
    assert allowed(court, "judge") == OWN | {
        "lower_hand",
        "send_back",
        "approve_device",
        "mute",
        "unlock_microphone",
        "mute_all",
        "allow_screen",
        "start_screen",
        "recess",
        "suspend",
        "convert_offline",
        "remove",
        "close_hearing",
    }
    assert allowed(court, "clerk") == OWN | {
        "lower_hand",
        "begin_check",
        "verify_identity",
        "admit",
        "send_back",
        "approve_device",
        "note_present_at_court",
        "start_screen",
        "suspend",
    }
    assert allowed(court, "claimant") == OWN | {"raise_hand", "lower_hand", "lodge_objection"}
    court.connect("observer")
    assert allowed(court, "observer") == {"leave"}


def test_open_is_offered_when_ready_only(court: Any) -> None:
    court.lobby()
    refused = p.actions(court.h, court.actor("judge"))["open_session"]
    assert isinstance(refused, p.Refused) and "ready" in refused.en and "准备就绪" in refused.zh
    again = type(court)().ready()
    assert "open_session" in allowed(again, "judge")
    refused = p.actions(again.h, again.actor("clerk"))["open_session"]
    assert isinstance(refused, p.Refused) and refused.citation == "V; OLR 21"


def test_the_role_counts_that_the_hearing_names(court: Any) -> None:
    court.session()
    liar = Actor("participant", court.id("claimant"), "presiding_judge", "Zhang")
    assert court.refused(liar, c.Recess("r")).code == "not_permitted"
    stranger = Actor("participant", "par_stranger00", "presiding_judge", "X")
    assert court.refused(stranger, c.Recess("r")).code == "not_a_participant"
    nobody = Actor("staff", "acc_x", "administrator", "X")
    assert court.refused(nobody, c.CancelHearing("r")).code == "not_permitted"


def test_every_command_has_a_row_and_unknown_ones_none(court: Any) -> None:
    assert {c.tag(kind) for kind in c.COMMANDS} | {"enter"} == set(p.POWERS)
    court.session()
    assert isinstance(p.refusal(court.h, court.system, "burn_the_file"), p.CommandRefused)


def test_the_wire_names_the_same_room_commands() -> None:
    wire = {kind.__name__ for kind in REQUESTS}
    media = {"Sync", "ReportNetwork"} | {name for name in wire if "Transport" in name or "Consume" in name}
    media |= {"GetRouterCapabilities", "RestartIce", "Produce", "CloseProducer", "SetPreferredLayers"}
    assert wire - media == {kind.__name__ for kind in c.ROOM}
    assert {c.tag(kind) for kind in c.ROOM} == set(p.ROOM_TAGS)
    for kind in REQUESTS:
        ours = next((one for one in c.ROOM if one.__name__ == kind.__name__), None)
        if ours is not None:
            assert set(kind.model_fields) == set(ours.__dataclass_fields__), kind
