import { CircleCheck, Hourglass, Landmark, MonitorUp, PlugZap, UserCheck } from "lucide-react";

import { post } from "../core/api";
import { navigate } from "../router";
import { Button } from "../ui";
import { ENDED_PHASES } from "./lifecycle";
import { Cite, ErrorNote } from "./parts";
import { useAction } from "./resource";
import type { HearingDetail, HearingParticipant, ParticipationRef } from "./wire";
import { roleLabel, useReader, useWords } from "./words";

/** Who attends in person, and the courtroom's own computer that shows them: opened here, by clerk or presiding judge. */
export function CourtroomPanel({ hearing }: { hearing: HearingDetail }) {
  const t = useWords();
  const { text } = useReader();
  const open = useAction(async () => {
    const { participation } = await post<ParticipationRef>(`hearings/${hearing.id}/courtroom`);
    navigate(`/p/${participation}`);
  });
  const action = hearing.actions.open_courtroom;
  const people = hearing.participants.filter((one) => one.attends === "at_court");
  const courtroom = hearing.participants.find((one) => one.role === "courtroom");
  const may = action?.allowed ?? false;
  if (ENDED_PHASES.includes(hearing.phase) || (people.length === 0 && !may)) return null;
  return (
    <section className="card" aria-labelledby="courtroom-h" data-testid="courtroom-panel" data-needed={people.length > 0}>
      <div className="card__head">
        <h2 id="courtroom-h" className="row">
          <Landmark size={20} aria-hidden="true" />
          {t("hall.title")}
        </h2>
        <Connection courtroom={courtroom} />
      </div>
      <div className="card__body desk-hall">
        <div className="stack">
          <p>{people.length > 0 ? t("hall.who", { count: people.length }) : t("hall.nobody")}</p>
          {people.length > 0 ? (
            <ul className="desk-hall__people">
              {people.map((person) => (
                <Attendant key={person.id} person={person} />
              ))}
            </ul>
          ) : null}
          <p className="small soft">
            {t("hall.purpose")} <Cite>OLR 4(3)</Cite>
          </p>
        </div>
        <div className="desk-hall__open">
          <Button
            reason={may ? null : text(action?.reason) || t("action.refused")}
            working={open.working}
            onPress={() => void open.run()}
            testId="open-courtroom"
          >
            <MonitorUp size={18} aria-hidden="true" />
            {t("hall.open")}
          </Button>
          <p className="small soft">{t(courtroom?.connected ? "hall.takesOver" : "hall.where")}</p>
        </div>
      </div>
      <ErrorNote error={open.error} />
    </section>
  );
}

function Connection({ courtroom }: { courtroom: HearingParticipant | undefined }) {
  const t = useWords();
  const connected = courtroom?.connected ?? false;
  const Icon = connected ? CircleCheck : PlugZap;
  return (
    <span className={`desk-st desk-st--${connected ? "ok" : courtroom ? "wait" : "off"}`} data-testid="courtroom-state">
      <Icon size={16} aria-hidden="true" />
      {t(connected ? "hall.connected" : courtroom ? "hall.notConnected" : "hall.notOpened")}
    </span>
  );
}

function Attendant({ person }: { person: HearingParticipant }) {
  const t = useWords();
  const Icon = person.at_court ? UserCheck : Hourglass;
  return (
    <li data-testid={`at-court-${person.id}`} data-present={person.at_court}>
      <b>{person.name}</b> <span className="soft">{roleLabel(t, person.role, person.side)}</span>
      <span className={`desk-st desk-st--${person.at_court ? "ok" : "wait"}`}>
        <Icon size={16} aria-hidden="true" />
        {t(person.at_court ? "hall.present" : "hall.expected")}
      </span>
    </li>
  );
}
