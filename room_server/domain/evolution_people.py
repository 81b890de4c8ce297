"""How the events about single people change a hearing: links, connections, the check, admission, the floor."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from room_server.domain import events as e
from room_server.domain.model import (
    Attends,
    Disconnection,
    EquipmentTest,
    Hearing,
    IdentityCheck,
    Participant,
    Place,
    PresenceAtCourt,
    Recorder,
    SharedScreen,
)

Step = Callable[[Hearing, Any, datetime], Hearing]
COURTROOM_SEAT = 500
"""After everybody who is named in a hearing."""


def seated(new: e.SeatedPerson, before: Participant | None = None) -> Participant:
    """A participant as the record now names them; what they already did is kept."""
    start = before or Participant(new.id, new.role, new.name)
    return replace(
        start,
        role=new.role,
        name=new.name,
        seat=new.seat,
        person=new.person,
        account=new.account,
        side=new.side,
        represents=new.represents,
    )


def change_participant(hearing: Hearing, participant_id: str, **changes: Any) -> Hearing:
    person = replace(hearing.participants[participant_id], **changes)
    return replace(hearing, participants={**hearing.participants, participant_id: person})


def end_check(hearing: Hearing) -> Hearing:
    """The clerk back to the main room, the person checked back to the lobby."""
    checked, clerk = hearing.check, hearing.checking_clerk
    for key, home in ((checked, "lobby"), (clerk, "main")):
        person = hearing.participants.get(key) if key is not None else None
        if person is not None and person.place == "check":
            place = home if person.connected or home == "main" else "outside"
            hearing = change_participant(hearing, person.id, place=place)
    return replace(hearing, check=None, checking_clerk=None)


def _without_hand(hearing: Hearing, participant_id: str) -> Hearing:
    hands = tuple(one for one in hearing.hands if one != participant_id)
    return replace(change_participant(hearing, participant_id, hand_raised_at=None), hands=hands)


def _gone(hearing: Hearing, participant_id: str, cause: str, at: datetime, **changes: Any) -> Hearing:
    """The person's connection is over. Whoever was admitted, or is of the court, keeps the place in the main room."""
    if participant_id in (hearing.check, hearing.checking_clerk):
        hearing = end_check(hearing)
    person = hearing.participants[participant_id]
    admitted = changes.get("admitted", person.admitted)
    kept: Place = "main" if person.is_court or admitted else "outside"
    gone: dict[str, Any] = {"connected": False, "place": kept, "waiting_since": None, "network": 0}
    gone["screen_allowed"] = person.screen_allowed and admitted
    if person.connected:
        gone["last_disconnect"] = Disconnection(at, cause)
    return change_participant(hearing, participant_id, **{**gone, **changes})


def _invitation(hearing: Hearing, event: e.InvitationNoted, at: datetime) -> Hearing:
    person = hearing.participants[event.participant_id]
    link = replace(person.invitation, state=event.state)
    if event.state == "issued":
        link = replace(link, issued_at=at, opened_at=None)
    if event.state == "opened":
        link = replace(link, opened_at=link.opened_at or at)
    if event.state != "revoked":
        return change_participant(hearing, person.id, invitation=link)
    hearing = _gone(
        hearing, person.id, "revoked", at, admitted=False, identity=None, device=None, waiting_device=None
    )
    hearing = change_participant(hearing, person.id, invitation=link, epoch=person.epoch + 1)
    return _without_hand(hearing, person.id)


def _equipment(hearing: Hearing, event: e.EquipmentRecorded, at: datetime) -> Hearing:
    test = EquipmentTest(
        at, event.result, event.camera, event.microphone, event.speaker, event.network, event.browser
    )
    tests = (*hearing.participants[event.participant_id].tests, test)
    return change_participant(hearing, event.participant_id, equipment=event.result, tests=tests)


def _declared(hearing: Hearing, event: e.DeclarationMade, at: datetime) -> Hearing:
    return change_participant(
        hearing, event.participant_id, declared_at=at, declaration_version=event.text_version
    )


def _connected(hearing: Hearing, event: e.ParticipantConnected, at: datetime) -> Hearing:
    person = hearing.participants[event.participant_id]
    waiting = event.place in ("lobby", "check")
    after = change_participant(
        hearing,
        person.id,
        connected=True,
        place=event.place,
        device=event.device,
        waiting_device=None if person.waiting_device == event.device else person.waiting_device,
        waiting_since=(person.waiting_since or at) if waiting else None,
        absent_noted=False,
        departure=None,
    )
    if event.place != "main":
        return after
    return _back(after, person)


def _back(hearing: Hearing, person: Participant) -> Hearing:
    """The judge no longer goes on without the side of this person; with the courtroom come those present in it."""
    back = {
        principal.id
        for principal in hearing.with_role("party", "prosecutor")
        if any(_comes_with(person, member) for member in hearing.side_of(principal))
    }
    return replace(hearing, continued_without=hearing.continued_without - back)


def _comes_with(person: Participant, member: Participant) -> bool:
    return member.id == person.id or (person.role == "courtroom" and member.at_court is not None)


def attending(hearing: Hearing, at_court: Collection[str], at: datetime) -> Hearing:
    """These people attend at court from now on, everybody else online.

    Who has to come to court loses the place online at once, and every earlier token with it.
    """
    for person in tuple(hearing.participants.values()):
        attends: Attends = "at_court" if person.id in at_court else "online"
        if attends == person.attends:
            continue
        if attends == "at_court":
            hearing = _gone(
                hearing, person.id, "attends_at_court", at, admitted=False, device=None, waiting_device=None
            )
            hearing = _without_hand(hearing, person.id)
            hearing = change_participant(hearing, person.id, epoch=person.epoch + 1)
        hearing = change_participant(
            hearing, person.id, attends=attends, at_court=None, left_court_at=None, absent_noted=False
        )
    return hearing


def _disconnected(hearing: Hearing, event: e.ParticipantDisconnected, at: datetime) -> Hearing:
    return _gone(hearing, event.participant_id, event.cause, at)


def _device_waiting(hearing: Hearing, event: e.SecondDeviceWaiting, at: datetime) -> Hearing:
    return change_participant(hearing, event.participant_id, waiting_device=event.device)


def _device_approved(hearing: Hearing, event: e.SecondDeviceApproved, at: datetime) -> Hearing:
    epoch = hearing.participants[event.participant_id].epoch + 1
    hearing = _gone(hearing, event.participant_id, "device_changed", at)
    return change_participant(
        hearing, event.participant_id, device=event.device, waiting_device=None, epoch=epoch
    )


def _device_refused(hearing: Hearing, event: e.SecondDeviceRefused, at: datetime) -> Hearing:
    return change_participant(hearing, event.participant_id, waiting_device=None)


def _check_begun(hearing: Hearing, event: e.CheckBegun, at: datetime) -> Hearing:
    hearing = change_participant(hearing, event.participant_id, place="check")
    hearing = change_participant(hearing, event.clerk_id, place="check")
    return replace(hearing, check=event.participant_id, checking_clerk=event.clerk_id)


def _check_ended(hearing: Hearing, event: e.CheckEnded, at: datetime) -> Hearing:
    return end_check(hearing)


def _identity(hearing: Hearing, event: e.IdentityVerified, at: datetime) -> Hearing:
    check = IdentityCheck(event.method, event.by.id, at, event.note)
    return change_participant(hearing, event.participant_id, identity=check)


def _admitted(hearing: Hearing, event: e.ParticipantAdmitted, at: datetime) -> Hearing:
    person = hearing.participants[event.participant_id]
    after = change_participant(hearing, person.id, admitted=True, place="main", waiting_since=None)
    return _back(after, person)


def _sent_back(hearing: Hearing, event: e.ParticipantSentBack, at: datetime) -> Hearing:
    connected = hearing.participants[event.participant_id].connected
    place: Place = "lobby" if connected else "outside"
    waiting_since = at if connected else None
    hearing = change_participant(
        hearing,
        event.participant_id,
        admitted=False,
        screen_allowed=False,
        place=place,
        waiting_since=waiting_since,
    )
    return _without_hand(hearing, event.participant_id)


def _absent(hearing: Hearing, event: e.AbsenceNoted, at: datetime) -> Hearing:
    return change_participant(hearing, event.participant_id, absent_noted=True, left_court_at=None)


def _left(hearing: Hearing, event: e.ParticipantLeft, at: datetime) -> Hearing:
    person = hearing.participants[event.participant_id]
    without = event.how == "left_without_permission"
    hearing = _gone(
        hearing,
        person.id,
        "left",
        at,
        departure=event.how,
        admitted=person.admitted and not without,
        times_left_without_permission=person.times_left_without_permission + without,
    )
    return _without_hand(hearing, person.id)


def _removed(hearing: Hearing, event: e.ParticipantRemoved, at: datetime) -> Hearing:
    epoch = hearing.participants[event.participant_id].epoch + 1
    hearing = _gone(hearing, event.participant_id, "removed", at, admitted=False, removed=True, epoch=epoch)
    return _without_hand(
        change_participant(hearing, event.participant_id, waiting_device=None), event.participant_id
    )


def _microphone(hearing: Hearing, event: e.MicrophoneSwitched, at: datetime) -> Hearing:
    muted = hearing.participants[event.participant_id].muted_by_court and not event.on
    return change_participant(hearing, event.participant_id, microphone_on=event.on, muted_by_court=muted)


def _camera(hearing: Hearing, event: e.CameraSwitched, at: datetime) -> Hearing:
    return change_participant(hearing, event.participant_id, camera_on=event.on)


def _hand_raised(hearing: Hearing, event: e.HandRaised, at: datetime) -> Hearing:
    after = change_participant(hearing, event.participant_id, hand_raised_at=at)
    return replace(after, hands=(*hearing.hands, event.participant_id))


def _hand_lowered(hearing: Hearing, event: e.HandLowered, at: datetime) -> Hearing:
    return _without_hand(hearing, event.participant_id)


def _mute(hearing: Hearing, participant_id: str, lock: bool) -> Hearing:
    locked = lock or hearing.participants[participant_id].microphone_locked
    return change_participant(
        hearing, participant_id, microphone_on=False, muted_by_court=True, microphone_locked=locked
    )


def _muted(hearing: Hearing, event: e.ParticipantMuted, at: datetime) -> Hearing:
    return _mute(hearing, event.participant_id, event.lock)


def _all_muted(hearing: Hearing, event: e.EveryoneMuted, at: datetime) -> Hearing:
    for participant_id in event.participant_ids:
        hearing = _mute(hearing, participant_id, event.lock)
    return hearing


def _unlocked(hearing: Hearing, event: e.MicrophoneUnlocked, at: datetime) -> Hearing:
    return change_participant(hearing, event.participant_id, microphone_locked=False)


def _screen_allowed(hearing: Hearing, event: e.ScreenAllowed, at: datetime) -> Hearing:
    return change_participant(hearing, event.participant_id, screen_allowed=event.allowed)


def _screen_shared(hearing: Hearing, event: e.ScreenShared, at: datetime) -> Hearing:
    return replace(hearing, screen=SharedScreen(hearing.participants[event.participant_id].id, at))


def _screen_ended(hearing: Hearing, event: e.ScreenShareEnded, at: datetime) -> Hearing:
    return replace(hearing, screen=None)


def _restarted(hearing: Hearing, event: e.ServerRestartNoted, at: datetime) -> Hearing:
    """Everybody's connection and the recorder process went down with the server; the phase and all places stay."""
    for person in tuple(hearing.participants.values()):
        if person.connected:
            hearing = _gone(hearing, person.id, "server_restart", at)
    running = hearing.recorder.state == "recording"
    if running:
        return replace(hearing, recorder=Recorder("lost", at, "server_restart"))
    return replace(hearing, recorder=Recorder("off", at)) if hearing.recorder.state == "armed" else hearing


def _courtroom(hearing: Hearing, event: e.CourtroomOpened, at: datetime) -> Hearing:
    before = hearing.participants.get(event.participant_id)
    if before is None:
        courtroom = Participant(event.participant_id, "courtroom", event.name, seat=COURTROOM_SEAT)
        hearing = replace(hearing, participants={**hearing.participants, courtroom.id: courtroom})
    else:
        # Another computer takes over: whoever was the courtroom until now is it no longer.
        hearing = _gone(hearing, before.id, "device_changed", at)
        hearing = change_participant(hearing, before.id, name=event.name, epoch=before.epoch + 1)
    account = event.by.id if event.by.kind == "staff" else None
    return change_participant(hearing, event.participant_id, account=account, device=event.device)


def _present_at_court(hearing: Hearing, event: e.PresenceAtCourtNoted, at: datetime) -> Hearing:
    if not event.present:
        return change_participant(hearing, event.participant_id, at_court=None, left_court_at=at)
    method = event.method or "known_to_court"
    there = PresenceAtCourt(at, event.by.id, method, event.note)
    hearing = change_participant(
        hearing, event.participant_id, at_court=there, left_court_at=None, absent_noted=False
    )
    return _back(hearing, hearing.participants[event.participant_id])


PEOPLE: dict[type[e.Event], Step] = {
    e.CourtroomOpened: _courtroom,
    e.PresenceAtCourtNoted: _present_at_court,
    e.InvitationNoted: _invitation,
    e.EquipmentRecorded: _equipment,
    e.DeclarationMade: _declared,
    e.ParticipantConnected: _connected,
    e.ParticipantDisconnected: _disconnected,
    e.SecondDeviceWaiting: _device_waiting,
    e.SecondDeviceApproved: _device_approved,
    e.SecondDeviceRefused: _device_refused,
    e.CheckBegun: _check_begun,
    e.CheckEnded: _check_ended,
    e.IdentityVerified: _identity,
    e.ParticipantAdmitted: _admitted,
    e.ParticipantSentBack: _sent_back,
    e.AbsenceNoted: _absent,
    e.ParticipantLeft: _left,
    e.ParticipantRemoved: _removed,
    e.MicrophoneSwitched: _microphone,
    e.CameraSwitched: _camera,
    e.HandRaised: _hand_raised,
    e.HandLowered: _hand_lowered,
    e.ParticipantMuted: _muted,
    e.EveryoneMuted: _all_muted,
    e.MicrophoneUnlocked: _unlocked,
    e.ScreenAllowed: _screen_allowed,
    e.ScreenShared: _screen_shared,
    e.ScreenShareEnded: _screen_ended,
    e.ServerRestartNoted: _restarted,
}
