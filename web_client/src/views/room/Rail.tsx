import { Check, CircleAlert, CircleCheck, Hourglass, ScanFace, ShieldCheck, UserCheck, UserX } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useDates, useText } from "../../i18n";
import type { DeskParticipant } from "../../protocol";
import { Button, Card, Dialog, Tag } from "../../ui";
import { COURT } from "../../core/roles";
import { phaseLabel, phaseReason, useOrdinal, useRoleLabel } from "../labels";
import { AtCourtCard } from "./courtroom/AtCourtCard";
import { DeterminationPanel } from "./Determination";
import { VerifyDialog } from "./IdentityDialog";
import { PathWord } from "./NetworkPath";
import { MattersCard } from "./objection/MattersCard";
import { useAllowed, useRoomContext, useServerClock } from "./useRoom";

/**
 * The side of the room where the hearing is conducted: phase, people waiting, hands, and what went on the record.
 * `matters`, `waiting`: false where the page shows these cards in a place of their own.
 */
export function Rail({ matters = true, waiting = true }: { matters?: boolean; waiting?: boolean }) {
  const { t } = useTranslation();
  const { view } = useRoomContext();
  return (
    <aside className="rail" aria-label={t("rail.label")}>
      <PhaseCard />
      {matters ? <MattersCard /> : null}
      {view.desk ? <AtCourtCard desk={view.desk} /> : null}
      {view.desk && waiting ? <WaitingCard desk={view.desk} /> : null}
      {view.hands.length > 0 || !view.desk ? <HandsCard /> : null}
      <LogCard />
    </aside>
  );
}

const BEFORE_OPENING: ReadonlySet<string> = new Set(["scheduled", "lobby_open", "ready", "checking", "eligible", "hybrid"]);

function PhaseCard() {
  const { t } = useTranslation();
  const { view, state } = useRoomContext();
  const dates = useDates();
  const now = useServerClock(state.offsetMs);
  const [details, setDetails] = useState(false);
  const before = BEFORE_OPENING.has(view.phase.name);
  return (
    <Card
      className="phase-card"
      title={t("rail.phase")}
      aside={<time className="kicker">{dates.clock(new Date(now).toISOString())}</time>}
    >
      <div className="stack">
        <p className="phase-card__name" data-testid="phase" data-phase={view.phase.name}>
          {phaseLabel(t, view.phase.name)}
        </p>
        <p className="small soft">
          {t("rail.since", { time: dates.time(view.phase.since) })}
          {view.phase.reason ? t("rail.reason", { reason: phaseReason(t, view.phase.reason) }) : null}
        </p>
        {before && view.readiness ? <ReadinessList /> : null}
        {view.determination ? (
          <Button onPress={() => setDetails(true)} testId="determination">
            <ShieldCheck size={18} aria-hidden="true" />
            {t("rail.determination", { outcome: t(`outcome.${view.determination.outcome}`) })}
            {view.determination.current ? null : t("rail.outdated")}
          </Button>
        ) : null}
      </div>
      {details && view.determination ? (
        <Dialog title={t("determination.title")} onClose={() => setDetails(false)} testId="dialog-determination">
          <DeterminationPanel determination={view.determination} />
          <div className="dialog__acts">
            <Button onPress={() => setDetails(false)}>{t("action.close")}</Button>
          </div>
        </Dialog>
      ) : null}
    </Card>
  );
}

/** What still stands between now and the opening, for bench and clerk. */
export function ReadinessList() {
  const { t } = useTranslation();
  const { view } = useRoomContext();
  const text = useText();
  return (
    <ul className="ready-list" data-testid="readiness">
      {(view.readiness ?? []).map((item) => (
        <li key={item.key} data-key={item.key} data-done={item.done} className={item.done ? "ready-list__yes" : "ready-list__no"}>
          {item.done ? <CircleCheck size={18} aria-hidden="true" /> : <CircleAlert size={18} aria-hidden="true" />}
          <span>
            {text(item.text)}
            <span className="sr">{t(item.done ? "rail.done" : "rail.open")}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}

function isExpected(person: DeskParticipant): boolean {
  if (COURT.has(person.role) || person.state === "removed" || person.attends === "at_court") return false;
  return person.place !== "main";
}

/** Everybody who is not in the room: the clerk checks and admits, the bench sees it too. */
export function WaitingCard({ desk }: { desk: readonly DeskParticipant[] }) {
  const { t } = useTranslation();
  const expected = desk.filter(isExpected);
  const devices = desk.filter((person) => person.second_device_waiting);
  const waiting = expected.filter((person) => person.connected && person.place !== "outside");
  // Those who wait first, in the order of their coming; then those who are still away.
  const ordered = [...expected].sort((first, second) => rank(first) - rank(second) || since(first).localeCompare(since(second)));
  return (
    <Card
      className="waiting-card"
      title={t("waiting.title")}
      aside={<span className={waiting.length ? "count count--hot" : "count"}>{waiting.length}</span>}
      testId="waiting"
    >
      {devices.map((person) => (
        <SecondDevice key={person.id} person={person} />
      ))}
      {ordered.length === 0 ? <p className="small soft">{t("waiting.none")}</p> : null}
      <ul className="people">
        {ordered.map((person) => (
          <WaitingPerson key={person.id} person={person} />
        ))}
      </ul>
    </Card>
  );
}

function rank(person: DeskParticipant): number {
  if (person.place === "check") return 0;
  return person.connected ? 1 : 2;
}

function since(person: DeskParticipant): string {
  return person.waiting_since ?? "9";
}

function WaitingPerson({ person }: { person: DeskParticipant }) {
  const { t } = useTranslation();
  const { act, ask } = useRoomContext();
  const role = useRoleLabel();
  const dates = useDates();
  const allowed = useAllowed();
  const [verifying, setVerifying] = useState(false);
  const check = allowed("begin_check");
  const verify = allowed("verify_identity");
  const admit = allowed("admit");
  const absent = allowed("note_absent");
  const here = person.connected && person.place !== "outside";
  const checking = person.place === "check";
  const admitReason =
    admit.reason ??
    (!person.identity_verified ? t("waiting.needsIdentity") : !person.declared ? t("waiting.needsDeclaration") : null);
  return (
    <li className="person" data-testid={`waiting-${person.id}`} data-place={person.place}>
      <div className="row between">
        <span className="grow">
          <b>{person.name}</b> <span className="small soft unbroken">{role(person.role, person.side)}</span>
        </span>
        {person.waiting_since && here ? <time className="small soft">{dates.time(person.waiting_since)}</time> : null}
      </div>
      <div className="row wrap">
        <PlaceTag person={person} />
        <PathWord participant={person.id} />
        {person.identity_verified ? (
          <Tag tone="ok" icon={Check}>
            {t("waiting.verified")}
          </Tag>
        ) : null}
        {person.equipment === "problem" ? <Tag tone="wait">{t("waiting.equipmentProblem")}</Tag> : null}
      </div>
      {here && (check.shown || verify.shown || admit.shown) ? (
        <div className="person__acts">
          {check.shown && !checking ? (
            <Button
              reason={check.reason}
              onPress={() => void act("begin_check", { participant_id: person.id })}
              testId={`check-${person.id}`}
            >
              <ScanFace size={18} aria-hidden="true" />
              {t("waiting.check")}
            </Button>
          ) : null}
          {checking ? (
            <Button reason={allowed("end_check").reason} onPress={() => void act("end_check", {})} testId={`end-check-${person.id}`}>
              {t("waiting.endCheck")}
            </Button>
          ) : null}
          {verify.shown && !person.identity_verified ? (
            <Button reason={verify.reason} onPress={() => setVerifying(true)} testId={`verify-${person.id}`}>
              <ShieldCheck size={18} aria-hidden="true" />
              {t("waiting.verify")}
            </Button>
          ) : null}
          {admit.shown ? (
            <Button
              variant={admitReason ? "plain" : "primary"}
              reason={admitReason}
              onPress={() => void act("admit", { participant_id: person.id })}
              testId={`admit-${person.id}`}
            >
              <UserCheck size={18} aria-hidden="true" />
              {t("waiting.admit")}
            </Button>
          ) : null}
        </div>
      ) : null}
      {!here && absent.shown && absent.reason === null ? (
        <div className="person__acts">
          <Button
            variant="quiet"
            reason={absent.reason}
            onPress={() => ask({ event: "note_absent", participant: person.id, name: person.name })}
            testId={`note-absent-${person.id}`}
          >
            <UserX size={18} aria-hidden="true" />
            {t("waiting.noteAbsent")}
          </Button>
        </div>
      ) : null}
      {verifying ? <VerifyDialog person={person} onClose={() => setVerifying(false)} /> : null}
    </li>
  );
}

function PlaceTag({ person }: { person: DeskParticipant }) {
  const { t } = useTranslation();
  if (person.place === "check") return <Tag tone="accent">{t("waiting.checking")}</Tag>;
  if (person.connected && person.place === "lobby") {
    return (
      <Tag tone="wait" icon={Hourglass}>
        {t("waiting.inLobby")}
      </Tag>
    );
  }
  const cause = person.state === "disconnected" && person.last_disconnect_cause;
  return <Tag>{cause ? t("waiting.lost") : t(`participantState.${person.state}`)}</Tag>;
}

function SecondDevice({ person }: { person: DeskParticipant }) {
  const { t } = useTranslation();
  const { act } = useRoomContext();
  const approve = useAllowed()("approve_device");
  if (!approve.shown) return null;
  const answer = (yes: boolean) => () => void act("approve_device", { participant_id: person.id, approve: yes });
  return (
    <div className="person person--ask" data-testid={`device-${person.id}`}>
      <span>{t("waiting.secondDevice", { name: person.name })}</span>
      <div className="person__acts">
        <Button reason={approve.reason} onPress={answer(true)} testId={`approve-device-${person.id}`}>
          {t("waiting.allowDevice")}
        </Button>
        <Button reason={approve.reason} onPress={answer(false)} testId={`refuse-device-${person.id}`}>
          {t("waiting.refuseDevice")}
        </Button>
      </div>
    </div>
  );
}

function HandsCard() {
  const { t } = useTranslation();
  const { view, act } = useRoomContext();
  const role = useRoleLabel();
  const dates = useDates();
  const ordinal = useOrdinal();
  const lower = useAllowed()("lower_hand");
  const court = COURT.has(view.me.role);
  return (
    <Card
      title={t("hands.title")}
      aside={<span className={view.hands.length ? "count count--hot" : "count"}>{view.hands.length}</span>}
      testId="hands"
    >
      {view.hands.length === 0 ? <p className="small soft">{t("hands.none")}</p> : null}
      <ol className="people">
        {view.hands.map((hand) => {
          const person = view.participants.find(({ id }) => id === hand.participant);
          return (
            <li key={hand.participant} className="person person--row" data-testid={`hand-${hand.participant}`}>
              <span className="count" aria-label={ordinal(hand.place)}>
                {hand.place}
              </span>
              <span className="grow">
                <b>{person?.name}</b>
                <br />
                <span className="small soft">
                  {person ? role(person.role, person.side) : null} · <time>{dates.clock(hand.raised_at)}</time>
                </span>
              </span>
              {court && lower.shown ? (
                <Button
                  reason={lower.reason}
                  onPress={() => void act("lower_hand", { participant_id: hand.participant })}
                  testId={`hand-down-${hand.participant}`}
                >
                  {t("hands.lower")}
                </Button>
              ) : null}
            </li>
          );
        })}
      </ol>
    </Card>
  );
}

const LINES = 60;

function LogCard() {
  const { t } = useTranslation();
  const { view } = useRoomContext();
  const text = useText();
  const dates = useDates();
  const lines = view.log.slice(-LINES).reverse();
  return (
    <Card className="log-card" title={t("log.title")} testId="log">
      {lines.length === 0 ? <p className="small soft">{t("log.none")}</p> : null}
      {/* Scrolls by itself, so it must be reachable by keyboard. */}
      <ol className="log" tabIndex={0} aria-label={t("log.title")}>
        {lines.map((line) => (
          <li key={line.sequence}>
            <time>{dates.clock(line.at)}</time>
            <span>{text(line.text)}</span>
          </li>
        ))}
      </ol>
    </Card>
  );
}
