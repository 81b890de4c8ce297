import { Armchair, ScanFace, ShieldCheck, Undo2, UserCheck } from "lucide-react";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { COURT } from "../../core/roles";
import { useDates } from "../../i18n";
import type { ParticipantView, View } from "../../protocol";
import { Button, Emblem } from "../../ui";
import { phaseLabel, phaseReason, useRoleLabel } from "../labels";
import { CourtroomSeat } from "./courtroom/CourtroomSeat";
import { PersonTools } from "./PersonTools";
import { VerifyDialog } from "./IdentityDialog";
import { ScreenStage } from "./screen/ScreenStage";
import { screenShown } from "./screen/ScreenTile";
import { everybody, seatsOf } from "./seats";
import { Tile } from "./Tile";
import { useAllowed, useRoomContext } from "./useRoom";

export function Seat({ participant, className }: { participant: ParticipantView; className?: string }) {
  return (
    <Tile participant={participant} {...(className ? { className } : {})}>
      <PersonTools participant={participant} />
    </Tile>
  );
}

/** The courtroom as a plan: bench across the top, the sides facing, clerk and witness stand, the table between. */
export function Stage() {
  const { t } = useTranslation();
  const { view } = useRoomContext();
  const dates = useDates();
  const seats = seatsOf(everybody(view));
  const today = view.phase.opened_at ?? view.hearing.scheduled_at ?? view.phase.since;
  const screen = screenShown(view);
  if (screen && view.me.place === "main") return <ScreenStage owner={screen} people={everybody(view)} />;
  return (
    <section className="stage" aria-label={t("stage.label")}>
      <div className="dais">
        <div className="dais__note">
          <b>{t("stage.bench")}</b>
          <span>{t(seats.bench.length > 1 ? "stage.panel" : "stage.single", { count: seats.bench.length })}</span>
        </div>
        <div className="dais__seats">
          {seats.bench.map((person) => (
            <Seat
              key={person.id}
              participant={person}
              className={person.role === "presiding_judge" ? "tile--presiding" : "tile--judge"}
            />
          ))}
        </div>
        <div className="dais__note dais__note--end">
          <b>{dates.shortDay(today)}</b>
          <span>{t(`stage.kind.${view.hearing.stage}`)}</span>
        </div>
      </div>
      <div className="side side--claimant" role="group" aria-label={t("stage.claimants")}>
        {seats.claimants.map((person) => (
          <Seat key={person.id} participant={person} />
        ))}
      </div>
      <div className="side side--respondent" role="group" aria-label={t("stage.respondents")}>
        {seats.respondents.map((person) => (
          <Seat key={person.id} participant={person} />
        ))}
      </div>
      <div className="seat-clerk">
        {seats.clerks.map((person) => (
          <Seat key={person.id} participant={person} />
        ))}
      </div>
      <WitnessStand stand={seats.stand} />
      <div className="table">
        <Table />
        {seats.strip.length > 0 || seats.courtroom.length > 0 ? (
          <div className="strip" role="group" aria-label={t(seats.courtroom.length > 0 ? "stage.courtroom" : "stage.strip")}>
            {seats.courtroom.map((courtroom) => (
              <CourtroomSeat key={courtroom.id} participant={courtroom} />
            ))}
            {seats.strip.map((person) => (
              <Seat key={person.id} participant={person} />
            ))}
          </div>
        ) : null}
      </div>
    </section>
  );
}

function WitnessStand({ stand }: { stand: ParticipantView[] }) {
  const { t } = useTranslation();
  const { view } = useRoomContext();
  const called =
    stand.find((person) => person.place === "main" && person.state !== "left") ??
    stand.find((person) => person.attends === "at_court" && person.at_court);
  const waiting = view.desk?.find((person) => person.role === "witness" && person.place === "lobby");
  if (called) {
    return (
      <div className="seat-witness">
        <Seat participant={called} />
      </div>
    );
  }
  return (
    <div className="seat-witness seat-empty">
      <Armchair size={24} aria-hidden="true" />
      <b>{t("stage.witnessEmpty")}</b>
      <span>{waiting ? t("stage.witnessWaiting", { name: waiting.name }) : t("stage.witnessNone")}</span>
    </div>
  );
}

/** Who has last spoken: the picture stays with them in a pause instead of jumping about. */
export function useSpeaker(view: View): ParticipantView | null {
  const last = useRef<string | null>(null);
  const [, redraw] = useState(0);
  useEffect(() => {
    if (view.speaker && view.speaker !== last.current) {
      last.current = view.speaker;
      redraw((count) => count + 1);
    }
  }, [view.speaker]);
  const find = (id: string | null) => view.participants.find((person) => person.id === id && person.place === "main");
  return (
    find(view.speaker) ??
    find(last.current) ??
    view.participants.find((person) => person.role === "presiding_judge" || person.role === "mediator") ??
    null
  );
}

const STOPPED: ReadonlySet<string> = new Set(["recess", "suspended_technical"]);
const IN_SESSION: ReadonlySet<string> = new Set(["in_session", "in_camera", "court_mediation", "transcript_review"]);

function Table() {
  const { view } = useRoomContext();
  const speaker = useSpeaker(view);
  const checked =
    view.me.role === "clerk" && everybody(view).find((person) => person.place === "check" && !COURT.has(person.role));
  if (checked) return <CheckPanel participant={checked} />;
  if (STOPPED.has(view.phase.name)) return <Stopped />;
  if (IN_SESSION.has(view.phase.name)) {
    if (speaker?.role === "courtroom") return <CourtroomSeat participant={speaker} enlarged className="tile--stage" />;
    return speaker ? <Tile participant={speaker} enlarged className="tile--stage" /> : null;
  }
  return <NotOpen />;
}

/** The table while nothing is passed on: why, since when, and what is to be done. */
export function Stopped() {
  const { t } = useTranslation();
  const { view } = useRoomContext();
  const dates = useDates();
  const name = view.phase.name;
  return (
    <div className="calm" data-testid="stopped">
      <Emblem size={64} />
      <h1>{phaseLabel(t, name)}</h1>
      {view.phase.reason ? <p>{phaseReason(t, view.phase.reason)}</p> : null}
      <p className="soft">{t(`stopped.${name === "recess" ? "recess" : "suspended"}`, { time: dates.time(view.phase.since) })}</p>
    </div>
  );
}

function NotOpen(): ReactNode {
  const { t } = useTranslation();
  const { view } = useRoomContext();
  const dates = useDates();
  const closed = view.phase.opened_at !== null;
  const key = closed ? "closed" : view.phase.name === "ready" ? "ready" : "lobby";
  return (
    <div className="calm" data-testid="not-open">
      <Emblem size={64} />
      <h1>{phaseLabel(t, view.phase.name)}</h1>
      <p>{t(`notOpen.${key}`)}</p>
      {!closed && view.hearing.scheduled_at ? (
        <p className="soft">{t("notOpen.scheduled", { when: dates.dayAndTime(view.hearing.scheduled_at) })}</p>
      ) : null}
    </div>
  );
}

/** The clerk alone with one waiting person: they see and hear each other, nobody else does. */
export function CheckPanel({ participant }: { participant: ParticipantView }) {
  const { t } = useTranslation();
  const { view, act } = useRoomContext();
  const role = useRoleLabel();
  const allowed = useAllowed();
  const [verifying, setVerifying] = useState(false);
  const person = view.desk?.find(({ id }) => id === participant.id);
  const verify = allowed("verify_identity");
  const admit = allowed("admit");
  const admitReason =
    admit.reason ??
    (!person?.identity_verified ? t("waiting.needsIdentity") : !person.declared ? t("waiting.needsDeclaration") : null);
  return (
    <div className="check-panel" data-testid="check-panel">
      <header className="row between wrap">
        <h2 className="row">
          <ScanFace size={20} aria-hidden="true" />
          {t("check.with", { name: participant.name, role: role(participant.role, participant.side) })}
        </h2>
        <span className="small soft">{t("check.private")}</span>
      </header>
      <Tile participant={participant} className="tile--stage" />
      <div className="row wrap">
        {verify.shown && !person?.identity_verified ? (
          <Button variant="primary" reason={verify.reason} onPress={() => setVerifying(true)} testId="check-verify">
            <ShieldCheck size={18} aria-hidden="true" />
            {t("waiting.verify")}
          </Button>
        ) : null}
        {admit.shown ? (
          <Button
            variant={admitReason ? "plain" : "primary"}
            reason={admitReason}
            onPress={() => void act("admit", { participant_id: participant.id })}
            testId="check-admit"
          >
            <UserCheck size={18} aria-hidden="true" />
            {t("waiting.admit")}
          </Button>
        ) : null}
        <Button reason={allowed("end_check").reason} onPress={() => void act("end_check", {})} testId="check-end">
          <Undo2 size={18} aria-hidden="true" />
          {t("check.end")}
        </Button>
      </div>
      {verifying ? <VerifyDialog person={participant} onClose={() => setVerifying(false)} /> : null}
    </div>
  );
}
