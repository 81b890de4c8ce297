import { BellRing, CalendarClock, CircleCheck, CircleDashed, CircleX, Link2, Monitor, Phone, type LucideIcon } from "lucide-react";
import { useState } from "react";

import { timeLeft } from "../core/deadline";
import type { SiteInfo } from "../protocol";
import { Button, Tag } from "../ui";
import { DeadlineForm } from "./DeadlineForm";
import { CopyButton } from "./parts";
import { useResource } from "./resource";
import type { HearingDetail, SideLine } from "./wire";
import { roleLabel, sideTone, useReader, useWords } from "./words";

const SHAPE: Record<SideLine["position"], LucideIcon> = {
  consents: CircleCheck,
  chose_online: Monitor,
  objects: CircleX,
  retracts: CircleX,
  silent: CircleDashed,
};

interface Props {
  hearing: HearingDetail;
  onChange: (hearing: HearingDetail) => void;
}

/** Every side with what it said for this stage, silence as silence, and the time by which they are asked to answer. */
export function SidesCard({ hearing, onChange }: Props) {
  const t = useWords();
  if (hearing.sides.length === 0) return null;
  const silent = hearing.sides.filter((side) => !side.spoken).length;
  return (
    <section className="card desk-sides" aria-labelledby="sides-h" data-testid="sides">
      <div className="card__head desk-card-line">
        <h2 id="sides-h">{t("sides.title", { stage: t(`stage.${hearing.stage}`) })}</h2>
        <span className="small soft">{silent === 0 ? t("sides.allSaid") : t("sides.silentCount", { count: silent })}</span>
      </div>
      <ul>
        {hearing.sides.map((side) => (
          <Side key={side.party} hearing={hearing} side={side} />
        ))}
      </ul>
      <Deadline hearing={hearing} onChange={onChange} />
    </section>
  );
}

function Side({ hearing, side }: { hearing: HearingDetail; side: SideLine }) {
  const t = useWords();
  const { moment } = useReader();
  const party = hearing.participants.find((one) => one.id === side.party);
  const Icon = side.spoken ? SHAPE[side.position] : SHAPE.silent;
  return (
    <li data-testid={`side-${side.party}`} data-position={side.spoken ? side.position : "silent"} data-spoken={side.spoken}>
      <span className="desk-who">
        {party ? <Tag tone={sideTone(party.side) as "plain"}>{roleLabel(t, party.role, party.side)}</Tag> : null}
        <b>{side.name}</b>
      </span>
      <span className="desk-sides__said">
        <b className="row">
          <Icon size={20} aria-hidden="true" />
          {t(side.spoken ? `position.${side.position}` : "sides.silent")}
          {side.late ? <Tag tone="wait">{t("sides.late")}</Tag> : null}
        </b>
        <span className="small soft">
          {side.spoken && side.how && side.at
            ? t("sides.stated", { how: t(`how.${side.how}`), at: moment(side.at) })
            : t("sides.nothing")}
        </span>
      </span>
      <span className="desk-sides__reach small">
        <span className="row soft">
          <Link2 size={16} aria-hidden="true" />
          {t(`invitation.${side.link}`)}
        </span>
        {side.spoken ? null : <Reach hearing={hearing} side={side} />}
      </span>
    </li>
  );
}

/** How a silent side is reached: its telephone, and a ready text that gives nothing away. */
function Reach({ hearing, side }: { hearing: HearingDetail; side: SideLine }) {
  const t = useWords();
  const { moment, text } = useReader();
  const site = useResource<SiteInfo>("site").value;
  const due = hearing.deadline;
  const words = {
    name: side.name,
    number: hearing.case_number,
    stage: t(`stage.${hearing.stage}`),
    court: text(site?.court),
    hotline: site?.hotline || "12368",
  };
  const reminder =
    due && !due.passed
      ? t(`sides.reminder.${hearing.kind}`, { ...words, due: moment(due.due_at) })
      : t(`sides.reminderNoDate.${hearing.kind}`, words);
  return (
    <>
      <span className="row">
        <Phone size={16} aria-hidden="true" />
        <PhoneNumber phone={side.phone} />
      </span>
      <CopyButton text={reminder} label={t("sides.copyReminder")} testId={`copy-reminder-${side.party}`} />
    </>
  );
}

/** To be called by the clerk; everybody else is shown part of it, which calls nobody. */
function PhoneNumber({ phone }: { phone: string }) {
  const t = useWords();
  if (phone === "") return <span className="soft">{t("sides.noPhone")}</span>;
  return phone.includes("*") ? <span>{phone}</span> : <a href={`tel:${phone}`}>{phone}</a>;
}

function Deadline({ hearing, onChange }: Props) {
  const t = useWords();
  const { moment, text } = useReader();
  const [editing, setEditing] = useState(false);
  const { deadline } = hearing;
  const action = hearing.actions.set_deadline;
  const left = deadline ? timeLeft(deadline.due_at, new Date()) : null;
  const silent = hearing.sides.some((side) => !side.spoken);
  if (deadline === null && !action?.allowed) return null;
  return (
    <div className="desk-deadline" data-testid="desk-deadline" data-passed={deadline?.passed ?? false}>
      <div className="row wrap between">
        <p className="row">
          <CalendarClock size={20} aria-hidden="true" />
          <span>
            {deadline === null ? (
              t("sides.noDeadline")
            ) : (
              <>
                <b>{t("sides.until", { at: moment(deadline.due_at) })}</b>{" "}
                {deadline.passed || left === null ? t("sides.passed") : t(`sides.left.${left.unit}`, { count: left.count })}
              </>
            )}
          </span>
        </p>
        {action && !editing ? (
          <Button onPress={() => setEditing(true)} reason={action.allowed ? null : text(action.reason)} testId="set-deadline">
            {t(deadline === null ? "sides.setDeadline" : "sides.changeDeadline")}
          </Button>
        ) : null}
      </div>
      {deadline && silent ? (
        <p className="small soft" data-testid="desk-if-silent">
          {t(deadline.passed ? "sides.ifSilentNow" : "sides.ifSilent", { what: text(deadline.if_silent) })}
        </p>
      ) : null}
      {deadline && deadline.reminded_h.length > 0 ? (
        <p className="small soft row" data-testid="reminders">
          <BellRing size={16} aria-hidden="true" />
          {t("sides.reminded", { hours: deadline.reminded_h.map((hours) => t("sides.hoursBefore", { count: hours })).join(t("listComma")) })}
        </p>
      ) : null}
      {editing ? <DeadlineForm hearing={hearing} onChange={onChange} onClose={() => setEditing(false)} /> : null}
    </div>
  );
}
