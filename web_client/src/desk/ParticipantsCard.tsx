import {
  Check,
  Clock,
  Hourglass,
  Link2,
  Link2Off,
  RotateCw,
  TriangleAlert,
  UserMinus,
  Wifi,
  WifiOff,
  X,
} from "lucide-react";
import { useState } from "react";

import { post, remove } from "../core/api";
import { Button, ConfirmDialog, Tag } from "../ui";
import { sidePosition } from "./facts";
import { InvitationPanel } from "./InvitationPanel";
import { ENDED_PHASES } from "./lifecycle";
import { ErrorNote } from "./parts";
import { useAction } from "./resource";
import { useHasRole } from "./session";
import type { HearingDetail, HearingParticipant, InvitationIssued } from "./wire";
import { roleLabel, sideTone, useReader, useWords, withPrincipal, type Translate } from "./words";

type State = "ok" | "wait" | "off";

function Mark({ state, icon: Icon, children }: { state: State; icon: typeof Check; children: string }) {
  return (
    <span className={`desk-st desk-st--${state}`}>
      <Icon size={16} aria-hidden="true" />
      {children}
    </span>
  );
}

function PositionCell({ hearing, person }: { hearing: HearingDetail; person: HearingParticipant }) {
  const t = useWords();
  if (person.represents !== null) return <span className="muted">{withPrincipal(t, hearing, person)}</span>;
  if (person.role !== "party" && person.role !== "prosecutor") return <span className="muted">–</span>;
  const position = sidePosition(hearing, person);
  if (position === null) {
    return (
      <Mark state="off" icon={Clock}>
        {t("position.unsaid")}
      </Mark>
    );
  }
  const fine = position === "consents" || position === "chose_online";
  return (
    <Mark state={fine ? "ok" : "wait"} icon={fine ? Check : TriangleAlert}>
      {t(`position.${position}`)}
    </Mark>
  );
}

function NowCell({ person, over }: { person: HearingParticipant; over: boolean }) {
  const t = useWords();
  if (person.attends === "at_court") {
    return (
      <Tag tone={person.at_court ? "ok" : "mixed"} icon={person.at_court ? Check : Hourglass}>
        {t(person.at_court ? "people.presentAtCourt" : "people.atCourt")}
      </Tag>
    );
  }
  const words = t(`state.${person.state}`);
  if (person.state === "removed" || person.state === "left_without_permission") {
    return (
      <Mark state="wait" icon={X}>
        {words}
      </Mark>
    );
  }
  // Nobody is connected to what is over; that is no interruption.
  if (over && !person.connected) return <span className="muted">–</span>;
  if (!person.connected) {
    return (
      <Mark state={person.state === "disconnected" ? "wait" : "off"} icon={WifiOff}>
        {person.state === "in_room" || person.state === "lobby" ? t("state.disconnected") : words}
      </Mark>
    );
  }
  return (
    <Mark state={person.state === "in_room" ? "ok" : "wait"} icon={person.state === "lobby" ? Hourglass : Wifi}>
      {words}
    </Mark>
  );
}

function invitationWords(t: Translate, moment: (iso: string) => string, person: HearingParticipant): string {
  const { state, issued_at, opened_at } = person.invitation;
  if (state === "issued" && issued_at) return t("invitation.issuedAt", { at: moment(issued_at) });
  if (state === "opened" && opened_at) return t("invitation.openedAt", { at: moment(opened_at) });
  return t(`invitation.${state}`);
}

interface RowProps {
  hearing: HearingDetail;
  person: HearingParticipant;
  issued: boolean;
  expanded: boolean;
  working: boolean;
  onIssue: () => void;
  onShow: () => void;
  onRevoke: () => void;
  onTakeOff: () => void;
}

/** The presiding judge's: somebody whose side has spoken leaves the list for reasons given, and by no one else. */
function TakeOff({ hearing, person, onTakeOff }: RowProps) {
  const t = useWords();
  if (!hearing.actions.take_off_list?.allowed || person.connected || person.state === "removed") return null;
  return (
    <Button
      variant="quiet"
      icon
      onPress={onTakeOff}
      label={t("people.takeOffFor", { name: person.name })}
      testId={`take-off-${person.id}`}
    >
      <UserMinus size={20} aria-hidden="true" />
    </Button>
  );
}

function LinkActions({ hearing, person, issued, expanded, working, onIssue, onShow, onRevoke }: RowProps) {
  const t = useWords();
  const { state } = person.invitation;
  const live = state === "issued" || state === "opened";
  const clerk = useHasRole("clerk");
  const ended = ENDED_PHASES.includes(hearing.phase);
  if (ended || !clerk) return null;
  return (
    <span className="desk-linkcell">
      {issued && !expanded ? (
        <Button variant="quiet" onPress={onShow} testId={`show-${person.id}`}>
          {t("invitation.show")}
        </Button>
      ) : null}
      <Button
        variant={state === "none" ? "plain" : "quiet"}
        onPress={onIssue}
        working={working}
        label={t(state === "none" ? "invitation.issueFor" : "invitation.reissueFor", { name: person.name })}
        testId={`invite-${person.id}`}
      >
        {state === "none" ? <Link2 size={16} aria-hidden="true" /> : <RotateCw size={16} aria-hidden="true" />}
        {t(state === "none" ? "invitation.issue" : "invitation.reissue")}
      </Button>
      {live || state === "locked" ? (
        <Button
          variant="quiet"
          icon
          onPress={onRevoke}
          label={t("invitation.revokeFor", { name: person.name })}
          testId={`revoke-${person.id}`}
        >
          <Link2Off size={20} aria-hidden="true" />
        </Button>
      ) : null}
    </span>
  );
}

function PersonRow(props: RowProps) {
  const { hearing, person } = props;
  const t = useWords();
  const { moment } = useReader();
  const staff = person.account !== null;
  const side = person.role === "party" || person.role === "prosecutor";
  const aside = person.role === "witness" || person.role === "expert";
  return (
    <tr data-testid={`participant-${person.id}`} data-connected={person.connected}>
      <td>
        <span className="desk-who">
          <Tag tone={sideTone(person.side) as "plain"}>{roleLabel(t, person.role, person.side)}</Tag>
          <b>{person.name}</b>
        </span>
      </td>
      <td data-label={t("people.position")} data-empty={side || person.represents !== null ? undefined : true}>
        <PositionCell hearing={hearing} person={person} />
      </td>
      <td data-label={t("people.identity")} data-empty={staff || undefined}>
        {staff ? (
          <span className="muted">{t("people.account")}</span>
        ) : person.identity_verified || person.at_court ? (
          <Mark state="ok" icon={Check}>
            {t("people.verified")}
          </Mark>
        ) : (
          <span className="muted">{t(person.attends === "at_court" ? "people.checkedAtCourt" : aside ? "people.whenCalled" : "people.notVerified")}</span>
        )}
      </td>
      <td data-label={t("people.device")} data-empty={staff || person.attends === "at_court" || undefined}>
        {staff || person.attends === "at_court" ? (
          <span className="muted">–</span>
        ) : (
          <Mark
            state={person.equipment === "passed" ? "ok" : person.equipment === "problem" ? "wait" : "off"}
            icon={person.equipment === "passed" ? Check : person.equipment === "problem" ? TriangleAlert : Clock}
          >
            {t(`equipment.${person.equipment}`)}
          </Mark>
        )}
      </td>
      <td data-label={t("people.now")}>
        <NowCell person={person} over={ENDED_PHASES.includes(hearing.phase)} />
      </td>
      <td data-label={t("people.link")} className="small soft">
        {staff ? t("people.signsIn") : invitationWords(t, moment, person)}
      </td>
      <td className="desk-tbl__acts">{staff ? null : (
        <>
          <LinkActions {...props} />
          <TakeOff {...props} />
        </>
      )}</td>
    </tr>
  );
}

interface Props {
  hearing: HearingDetail;
  onChange: (hearing: HearingDetail) => void;
}

interface Asked {
  kind: "reissue" | "revoke";
  person: HearingParticipant;
}

/** Everybody in the hearing, where they stand, and their invitation links. */
export function ParticipantsCard({ hearing, onChange }: Props) {
  const t = useWords();
  const [issued, setIssued] = useState<Record<string, Omit<InvitationIssued, "hearing">>>({});
  const [expanded, setExpanded] = useState<string | null>(null);
  const [busy, setBusy] = useState<string | null>(null);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [leaving, setLeaving] = useState<HearingParticipant | null>(null);
  const ended = ENDED_PHASES.includes(hearing.phase);

  const takeOff = async (person: HearingParticipant, reason: string) =>
    onChange(await post<HearingDetail>(`hearings/${hearing.id}/participants/${person.id}/off-the-list`, { reason }));
  const takeIssued = async (person: HearingParticipant) => {
    const { hearing: changed, ...secret } = await post<InvitationIssued>(
      `hearings/${hearing.id}/participants/${person.id}/invitation`,
    );
    setIssued((before) => ({ ...before, [person.id]: secret }));
    setExpanded(person.id);
    onChange(changed);
  };
  const issue = useAction(async (person: HearingParticipant) => {
    setBusy(person.id);
    await takeIssued(person);
  });
  const revoke = async (person: HearingParticipant) => {
    onChange(await remove<HearingDetail>(`hearings/${hearing.id}/participants/${person.id}/invitation`));
    setIssued(({ [person.id]: _gone, ...rest }) => rest);
    setExpanded((now) => (now === person.id ? null : now));
  };
  const ask = (person: HearingParticipant) => {
    const { state } = person.invitation;
    if (state === "issued" || state === "opened") setAsked({ kind: "reissue", person });
    else void issue.run(person);
  };

  return (
    <section className="card desk-people" aria-labelledby="people-h">
      <div className="card__head">
        <h2 id="people-h">{t("people.title")}</h2>
      </div>
      {ended ? null : <p className="small soft desk-people__note">{t("people.secretNote")}</p>}
      <ErrorNote error={issue.error} />
      <div className="desk-tblwrap">
        <table className="desk-tbl">
          <thead>
            <tr>
              {(["person", "position", "identity", "device", "now", "link"] as const).map((column) => (
                <th key={column} scope="col">
                  {t(`people.${column}`)}
                </th>
              ))}
              <th scope="col">
                <span className="sr">{t("people.actions")}</span>
              </th>
            </tr>
          </thead>
          {hearing.participants.filter(({ role }) => role !== "courtroom").map((person) => {
            const secret = issued[person.id];
            const open = !ended && expanded === person.id && secret !== undefined;
            return (
              <tbody key={person.id}>
                <PersonRow
                  hearing={hearing}
                  person={person}
                  issued={secret !== undefined}
                  expanded={open}
                  working={issue.working && busy === person.id}
                  onIssue={() => ask(person)}
                  onShow={() => setExpanded(person.id)}
                  onRevoke={() => setAsked({ kind: "revoke", person })}
                  onTakeOff={() => setLeaving(person)}
                />
                {open ? (
                  <tr>
                    <td colSpan={7} className="desk-tbl__panel">
                      <InvitationPanel
                        name={person.name}
                        issued={secret}
                        onClose={() => setExpanded(null)}
                      />
                    </td>
                  </tr>
                ) : null}
              </tbody>
            );
          })}
        </table>
      </div>
      {leaving ? (
        <ConfirmDialog
          title={t("people.takeOffFor", { name: leaving.name })}
          body={t("people.takeOffBody")}
          confirm={t("people.takeOff")}
          danger
          reasonLabel={t("people.takeOffReason")}
          onConfirm={(reason) => takeOff(leaving, reason)}
          onClose={() => setLeaving(null)}
          testId="take-off-dialog"
        />
      ) : null}
      {asked ? (
        <ConfirmDialog
          title={t(`invitation.${asked.kind}Title`, { name: asked.person.name })}
          body={t(`invitation.${asked.kind}Body`)}
          confirm={t(`invitation.${asked.kind}`)}
          danger={asked.kind === "revoke"}
          onConfirm={() => (asked.kind === "revoke" ? revoke(asked.person) : takeIssued(asked.person))}
          onClose={() => setAsked(null)}
        />
      ) : null}
    </section>
  );
}
