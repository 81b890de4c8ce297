"""Decides what each viewer may see. A wire message is never a domain event. Pure.

The rule: what a person is not placed to hear they are not told. People who wait see themselves and whether the court
is there, nobody else; only staff of the hearing see the lobby, identities, devices and the determination.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from eligibility import DocumentError
from room_server.domain.context import Context
from room_server.domain.model import CALLED_LATER, CONDUCTING, Actor, Hearing, Participant, ParticipantState
from room_server.domain.opening import evaluate, mismatch, named
from room_server.domain.permissions import Allowed, Refused, actions, in_its_words
from room_server.domain.placement import Forwarding
from room_server.domain.readiness import readiness
from room_server.domain.screens import shown_by
from room_server.errors import CommandRefused
from room_server.proceedings.eligibility_view import eligibility, eligibility_notices, own_objection
from room_server.proceedings.live import LiveHearing, RecordLine, recording_info
from room_server.proceedings.media_path import PathKind
from room_server.proceedings.mediation_view import mediation_view
from signaling import messages as m

SHOWN_LINES = 40


@dataclass(frozen=True, slots=True)
class CourtName:
    zh: str
    en: str


@dataclass(frozen=True)
class Scene:
    """All that a presentation is made from: the hearing, its live part, who hears whom now, the court's name.

    What several viewers are shown alike is made once.
    """

    hearing: Hearing
    live: LiveHearing
    forwarding: Forwarding
    court: CourtName
    context: Context

    @cached_property
    def determination(self) -> m.DeterminationView | None:
        """The stored determination, for the bench and the clerk."""
        return determination_view(self.hearing, self.context)

    @cached_property
    def readiness(self) -> list[m.ReadinessItem] | None:
        """The conditions for opening, while the hearing waits for it."""
        if self.hearing.phase not in ("scheduled", "lobby_open", "ready"):
            return None
        return [
            m.ReadinessItem(
                key=item.key,
                done=item.done,
                text=_in_its_words(self.hearing, m.BiText(zh=item.zh, en=item.en)),
            )
            for item in readiness(self.hearing, self.context)
        ]


def present(scene: Scene, viewer_id: str) -> m.View:
    """The whole view of one participant of the hearing. Raises KeyError for anyone else."""
    hearing = scene.hearing
    viewer = hearing.participants[viewer_id]
    visible = [person for person in _by_seat(hearing) if _sees(viewer, person)]
    shown = {person.id for person in visible}
    staff = is_staff(viewer)
    inside = is_inside(viewer)
    recording = recording_info(hearing, scene.live)
    return m.View(
        me=_me(hearing, viewer, _path(scene, viewer)),
        hearing=_hearing_info(scene),
        phase=m.PhaseInfo(
            name=hearing.phase,
            since=hearing.phase_since.isoformat(),
            # Words of the judge or the clerk are for those who are in the room.
            reason=hearing.phase_reason if inside else None,
            opened_at=hearing.opened_at.isoformat() if hearing.opened_at else None,
        ),
        participants=[_participant(scene, viewer, person) for person in visible],
        desk=[_desk(scene, person) for person in _by_seat(hearing)] if staff else None,
        producers=_producers(scene, viewer_id),
        hands=[hand for hand in _hands(hearing) if inside and hand.participant in shown],
        screen=_screen(hearing) if inside else None,
        recording=recording if inside else recording.model_copy(update={"reason": None}),
        actions=_actions(hearing, viewer),
        notices=_notices(hearing, viewer),
        eligibility=eligibility(hearing, viewer),
        own_objection=own_objection(hearing, viewer),
        mediation=mediation_view(hearing, viewer),
        log=_log(scene, viewer),
        speaker=_speaker(scene, viewer_id),
        readiness=scene.readiness if staff else None,
        determination=scene.determination if staff else None,
        media=m.MediaInfo(generation=scene.live.media_generation),
    )


def _by_seat(hearing: Hearing) -> Iterable[Participant]:
    return sorted(hearing.participants.values(), key=lambda person: (person.seat, person.id))


def is_inside(viewer: Participant) -> bool:
    """Whether the viewer is told what happens in the main room: the court, and whoever has been let in."""
    return viewer.is_court or (viewer.admitted and viewer.place == "main" and not viewer.removed)


def is_staff(viewer: Participant) -> bool:
    """Whether the viewer conducts the hearing. The screen in the courtroom is the court's, but the public sees it."""
    return viewer.is_court and viewer.role != "courtroom"


def may_see_less(earlier: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether a view (as JSON) belongs to another place than the one shown before it, so that what the viewer was
    told there must not be told again."""
    return any(earlier["me"][key] != now["me"][key] for key in ("place", "admitted"))


def _sees(viewer: Participant, person: Participant) -> bool:
    if person.id == viewer.id:
        return True
    if is_inside(viewer):
        # Those admitted see the court, everyone who has been let in, and who attends in person; never the lobby.
        return person.is_court or (
            not person.removed
            and (_sits_at_court(person) or (person.admitted and person.place in ("main", "outside")))
        )
    if viewer.place == "check":
        return person.role == "clerk" or person.role in CONDUCTING
    return viewer.place == "lobby" and is_staff(person)


def _sits_at_court(person: Participant) -> bool:
    """Whoever is called only later has a seat in the courtroom from when the clerk notes them there (OLR 26)."""
    return person.attends == "at_court" and (person.at_court is not None or person.role not in CALLED_LATER)


def _path(scene: Scene, person: Participant) -> PathKind:
    """How this person's media come now; who is not connected has no path."""
    path = scene.live.paths.get(person.id) if person.connected else None
    return path.known if path is not None else "unknown"


def _me(hearing: Hearing, me: Participant, path: PathKind) -> m.Me:
    return m.Me(
        id=me.id,
        role=me.role,
        side=me.side,
        name=me.name,
        state=me.state,
        place=me.place,
        admitted=me.admitted or me.is_court,
        identity_verified=me.identity is not None or me.is_court,
        declared=me.declared or me.is_court,
        hand_raised_at=me.hand_raised_at.isoformat() if me.hand_raised_at else None,
        hand_place=hearing.hands.index(me.id) + 1 if me.id in hearing.hands else None,
        microphone_on=me.microphone_on,
        microphone_locked=me.microphone_locked,
        muted_by_court=me.muted_by_court,
        camera_on=me.camera_on,
        attends=me.attends,
        path=path,
    )


def _hearing_info(scene: Scene) -> m.HearingInfo:
    hearing = scene.hearing
    return m.HearingInfo(
        id=hearing.id,
        kind=hearing.kind,
        case_number=hearing.case_number,
        title=hearing.title,
        cause=hearing.cause,
        court=m.BiText(zh=scene.court.zh, en=scene.court.en),
        courtroom=m.BiText(zh=hearing.courtroom_zh, en=hearing.courtroom_en),
        stage=hearing.stage,
        scheduled_at=hearing.scheduled_at.isoformat() if hearing.scheduled_at else None,
        gallery=hearing.gallery,
        ruleset=hearing.ruleset,
    )


def _state(scene: Scene, person: Participant) -> ParticipantState:
    """As the record has it; who gives no sign of life is shown as gone before the record notes it."""
    return "disconnected" if person.connected and person.id in scene.live.silence else person.state


def _participant(scene: Scene, viewer: Participant, person: Participant) -> m.ParticipantView:
    waiting = not is_inside(viewer) and person.id != viewer.id
    return m.ParticipantView(
        id=person.id,
        role=person.role,
        side=person.side,
        name=person.name,
        seat=person.seat,
        state=_state(scene, person),
        place=person.place,
        connected=person.connected and person.id not in scene.live.silence,
        attends=person.attends,
        at_court=person.at_court is not None,
        microphone_on=person.microphone_on,
        microphone_locked=person.microphone_locked,
        muted_by_court=person.muted_by_court,
        camera_on=person.camera_on,
        screen_allowed=person.screen_allowed and not waiting,
        hand_raised_at=None
        if waiting or person.hand_raised_at is None
        else person.hand_raised_at.isoformat(),
        network=0 if waiting else person.network,
    )


def _desk(scene: Scene, person: Participant) -> m.DeskParticipant:
    return m.DeskParticipant(
        id=person.id,
        role=person.role,
        side=person.side,
        name=person.name,
        state=_state(scene, person),
        place=person.place,
        connected=person.connected and person.id not in scene.live.silence,
        waiting_since=person.waiting_since.isoformat() if person.waiting_since else None,
        identity_verified=person.identity is not None,
        identity_method=person.identity.method if person.identity else None,
        declared=person.declared,
        equipment=person.equipment,
        attends=person.attends,
        at_court=person.at_court is not None,
        second_device_waiting=person.waiting_device is not None,
        network=person.network,
        last_disconnect_cause=person.last_disconnect.cause if person.last_disconnect else None,
        path=_path(scene, person),
    )


def _producers(scene: Scene, viewer_id: str) -> list[m.ProducerView]:
    """Tracks the viewer may consume now: exactly those of people with an edge to the viewer."""
    may_hear = {sender for sender, receiver in scene.forwarding.edges if receiver == viewer_id}
    listed = [
        m.ProducerView.model_validate(
            {"id": track.id, "participant": track.participant, "kind": track.kind, "source": track.source}
        )
        for track in scene.live.producers.values()
        if track.participant in may_hear
        and (track.source != "screen" or (track.participant, "screen") not in scene.forwarding.muted)
    ]
    return sorted(listed, key=lambda track: track.id)


def _hands(hearing: Hearing) -> list[m.HandView]:
    raised = ((place, hearing.participants[who]) for place, who in enumerate(hearing.hands, start=1))
    return [
        m.HandView(participant=person.id, place=place, raised_at=person.hand_raised_at.isoformat())
        for place, person in raised
        if person.hand_raised_at is not None
    ]


def _screen(hearing: Hearing) -> m.ScreenView | None:
    if hearing.screen is None or shown_by(hearing) is None:
        return None
    return m.ScreenView(participant=hearing.screen.participant, since=hearing.screen.since.isoformat())


def _actions(hearing: Hearing, viewer: Participant) -> dict[str, m.ActionInfo]:
    return action_infos(hearing, Actor("participant", viewer.id, viewer.role, viewer.name))


def action_infos(hearing: Hearing, actor: Actor) -> dict[str, m.ActionInfo]:
    """Each command of this actor with whether it may be given now, and the rule against it if not."""
    return {tag: _action_info(verdict) for tag, verdict in actions(hearing, actor).items()}


@lru_cache(maxsize=1024)
def _action_info(verdict: Allowed | Refused) -> m.ActionInfo:
    if isinstance(verdict, Refused):
        reason = m.BiText(zh=verdict.zh, en=verdict.en)
        return m.ActionInfo(allowed=False, reason=reason, citation=verdict.citation)
    return m.ActionInfo(allowed=True)


_RECORDER_LOST = m.BiText(
    zh="录制出现问题，已记入案卷。请等待审判长决定。",
    en="The recorder has a problem; it is on the record. Please wait for the presiding judge.",
)
_DISK_FULL = m.BiText(
    zh="录音录像存储空间已满，已记入案卷。请等待审判长决定。",
    en="The disk for the recording is full; it is on the record. Please wait for the presiding judge.",
)


def _notices(hearing: Hearing, viewer: Participant) -> list[m.Notice]:
    if not is_inside(viewer):
        return []
    notices = []
    if hearing.recorder.state == "lost" and hearing.recorder.since is not None:
        notices.append(
            m.Notice(
                id="recorder",
                level="stop",
                text=_DISK_FULL if hearing.recorder.cause == "disk_full" else _RECORDER_LOST,
                at=hearing.recorder.since.isoformat(),
            )
        )
    if hearing.relay_lost_since is not None:
        notices.append(
            m.Notice(
                id="relay",
                level="warning",
                text=m.BiText(
                    zh="音视频服务正在恢复，请稍候。", en="Picture and sound are being restored. One moment."
                ),
                at=hearing.relay_lost_since.isoformat(),
            )
        )
    pause = hearing.forwarding_paused
    if pause is not None:
        sides = [hearing.participants[who] for who in pause.sides if who in hearing.participants]
        notices.append(
            m.Notice(
                id="side_absent",
                level="warning",
                text=_side_absent(hearing, sides),
                at=pause.since.isoformat(),
            )
        )
    said = [*notices, *eligibility_notices(hearing, viewer)]
    return [one.model_copy(update={"text": _in_its_words(hearing, one.text)}) for one in said]


def _in_its_words(hearing: Hearing, text: m.BiText) -> m.BiText:
    zh, en = in_its_words(hearing, (text.zh, text.en))
    return m.BiText(zh=zh, en=en)


def _side_absent(hearing: Hearing, sides: list[Participant]) -> m.BiText:
    names = [person.name for person in sides]
    members = [member for person in sides for member in hearing.side_of(person)]
    if any(member.at_court is not None for member in members):
        return m.BiText(
            zh=f"法庭现场的连接中断，{'、'.join(names)}一方看不见、听不见庭审，庭审暂停传送。等待恢复，或由审判长决定。",
            en=f"The courtroom is not connected: {', '.join(names)} cannot see or hear the hearing. "
            "It waits for the courtroom, or for the judge.",
        )
    return m.BiText(
        zh=f"{'、'.join(names)}一方没有人在线，庭审暂停传送。等待其回来，或由审判长决定。",
        en=f"Nobody is connected for {', '.join(names)}. The hearing waits for them, or for the judge.",
    )


def _log(scene: Scene, viewer: Participant) -> list[m.LogLine]:
    lines = scene.live.lines
    if is_staff(viewer):
        chosen = list(lines)
    elif is_inside(viewer):
        # Not the history before the person was let in.
        since = scene.live.admitted_at.get(viewer.id, 0)
        chosen = [line for line in lines if line.public and line.sequence >= since]
    else:
        chosen = []
    return [_line(line) for line in chosen[-SHOWN_LINES:]]


@lru_cache(maxsize=4096)
def _line(line: RecordLine) -> m.LogLine:
    """The same line is shown to everyone, again and again, for as long as it is among the latest."""
    return m.LogLine(
        sequence=line.sequence, at=line.at, type=line.type, text=m.BiText(zh=line.zh, en=line.en)
    )


def _speaker(scene: Scene, viewer_id: str) -> str | None:
    speaker = scene.live.speaker
    if speaker is None or (speaker != viewer_id and (speaker, viewer_id) not in scene.forwarding.edges):
        return None
    return speaker


def determination_view(hearing: Hearing, context: Context) -> m.DeterminationView | None:
    """The stored determination, and whether it still is about the current facts and rule set."""
    stored = hearing.determination
    if stored is None:
        return None
    return m.DeterminationView.model_validate(
        {
            "id": stored.id,
            "outcome": stored.outcome,
            "current": is_current(hearing, context),
            "ruleset": stored.ruleset,
            "on": stored.on,
            "facts_sha256": stored.facts_sha256,
            "findings": [
                {
                    "rule": finding["rule"],
                    "about": finding["about"],
                    "outcome": finding["outcome"],
                    "citation": finding["citation"],
                    "text": {lang: named(hearing, text) for lang, text in finding["text"].items()},
                }
                for finding in stored.findings
            ],
        }
    )


def is_current(hearing: Hearing, context: Context) -> bool:
    """Whether the stored determination decided the facts as they stand, under the rule set in force today."""
    stored = hearing.determination
    if stored is None:
        return False
    try:
        return mismatch(stored, evaluate(hearing, context)) is None
    except (CommandRefused, DocumentError):
        return False
