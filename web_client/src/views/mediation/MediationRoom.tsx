import { EyeOff } from "lucide-react";
import { useTranslation } from "react-i18next";

import { useDates, useText } from "../../i18n";
import { COURT } from "../../core/roles";
import type { ParticipantView } from "../../protocol";
import { Emblem, LanguageSwitch } from "../../ui";
import { phaseLabel, phaseReason } from "../labels";
import { CaptureBanner, ConnectionBanner, Notices, SoundBanner } from "../room/Banners";
import { CourtroomSeat } from "../room/courtroom/CourtroomSeat";
import {
  CameraControl,
  ClosingControls,
  Group,
  HandControl,
  HearingControls,
  LeaveControl,
  MicrophoneControl,
  OrderControls,
} from "../room/Controls";
import { NetworkBars } from "../room/parts";
import { Rail } from "../room/Rail";
import { OwnScreenBanner, ScreenControl } from "../room/screen/OwnScreen";
import { ScreenStage } from "../room/screen/ScreenStage";
import { screenShown } from "../room/screen/ScreenTile";
import { everybody, seatsOf } from "../room/seats";
import { CheckPanel, Seat } from "../room/Stage";
import { useOwnNetwork, useRoomContext } from "../room/useRoom";
import { DisclosureNotice } from "./Disclosure";
import { WithdrawControl } from "./Withdraw";

const TALKING: ReadonlySet<string> = new Set(["in_session", "transcript_review"]);
const STOPPED: ReadonlySet<string> = new Set(["recess", "suspended_technical"]);

/** The room of a mediation at 768 px and wider: the mediator and the sides round a table, on equal places. */
export function MediationRoom() {
  const { t } = useTranslation();
  const text = useText();
  const { view } = useRoomContext();
  const network = useOwnNetwork();
  const court = COURT.has(view.me.role);
  return (
    <div className="room room--mediation">
      <header className="room__head">
        <div className="room__case">
          <b>{view.hearing.case_number}</b>
          <span className="small soft">{view.hearing.cause}</span>
        </div>
        <div className="room__court">
          <Emblem />
          <div>
            <b>{text(view.hearing.court)}</b>
            <span className="small muted">
              {text(view.hearing.courtroom)} · {phaseLabel(t, view.phase.name)}
            </span>
          </div>
        </div>
        <div className="room__state">
          <NotRecorded />
          <span className="row small soft room__network">
            <NetworkBars network={network} />
            {t(`yourNetwork.${network}`)}
          </span>
          <LanguageSwitch />
        </div>
      </header>
      <main className={court ? "room__main" : "room__main room__main--whole"} id="main">
        <div className="room__notices">
          <ConnectionBanner />
          <CaptureBanner />
          <OwnScreenBanner />
          <Notices />
          <DisclosureNotice participation={view.me.id} />
        </div>
        <RoundTable />
        {court ? <Rail /> : null}
      </main>
      <SoundBanner />
      <footer className="controls" role="group" aria-label={t("control.bar")}>
        <Group>
          <MicrophoneControl />
          <CameraControl />
          <ScreenControl />
          <HandControl />
          <LeaveControl />
        </Group>
        <HearingControls />
        <OrderControls />
        {court ? (
          <ClosingControls />
        ) : (
          <Group>
            <WithdrawControl />
          </Group>
        )}
      </footer>
    </div>
  );
}

/** Nothing is recorded here, and it is said where a hearing says that it is. */
export function NotRecorded() {
  const { t } = useTranslation();
  return (
    <span className="rec rec--off" data-testid="recording" data-state="off">
      <EyeOff size={16} aria-hidden="true" />
      {t("mediation.notRecorded")}
    </span>
  );
}

function RoundTable() {
  const { t } = useTranslation();
  const { view } = useRoomContext();
  const people = everybody(view);
  const seats = seatsOf(people);
  const mediators = people.filter((person) => person.role === "mediator");
  const others = [...seats.clerks, ...seats.strip.filter((person) => person.role !== "mediator")];
  const checked =
    view.me.place === "check" ? people.find((person) => person.place === "check" && !COURT.has(person.role)) : undefined;
  const screen = screenShown(view);
  if (screen && !checked) return <ScreenStage owner={screen} people={people} />;
  return (
    <section className={TALKING.has(view.phase.name) && !checked ? "round round--talking" : "round"} aria-label={t("mediation.table")}>
      <div className="round__note">
        <b>{t("mediation.calm.title")}</b>
        <span>{t("mediation.calm.text")}</span>
      </div>
      <div className="round__mediator">
        {mediators.map((person) => (
          <Seat key={person.id} participant={person} />
        ))}
      </div>
      <div className="round__note round__note--end">
        <b>{t("mediation.private.title")}</b>
        <span>{t("mediation.private.text")}</span>
      </div>
      {checked ? (
        <div className="round__middle">
          <CheckPanel participant={checked} />
        </div>
      ) : (
        <>
          <State />
          <Side people={seats.claimants} side="claimant" />
          <Side people={seats.respondents} side="respondent" />
        </>
      )}
      {others.length > 0 || seats.courtroom.length > 0 ? (
        <div className="strip round__others" role="group" aria-label={t("mediation.side.others")}>
          {seats.courtroom.map((person) => (
            <CourtroomSeat key={person.id} participant={person} />
          ))}
          {others.map((person) => (
            <Seat key={person.id} participant={person} />
          ))}
        </div>
      ) : null}
    </section>
  );
}

/** Between the places, while nothing is passed on: why, and what comes next. The places stay where they are. */
function State() {
  const { t } = useTranslation();
  const { view } = useRoomContext();
  const dates = useDates();
  const name = view.phase.name;
  if (TALKING.has(name)) return null;
  const stopped = STOPPED.has(name);
  const time = dates.time(view.phase.since);
  return (
    <div className="round__state" role="status" data-testid={stopped ? "stopped" : "not-open"}>
      <b>
        {phaseLabel(t, name)}
        {stopped && view.phase.reason ? t("rail.reason", { reason: phaseReason(t, view.phase.reason) }) : null}
      </b>
      <p>
        {stopped
          ? t(`stopped.${name === "recess" ? "recess" : "suspended"}`, { time })
          : t(`notOpen.${name === "ready" ? "ready" : "lobby"}`)}
      </p>
    </div>
  );
}

function Side({ people, side }: { people: readonly ParticipantView[]; side: "claimant" | "respondent" }) {
  const { t } = useTranslation();
  return (
    <div className={`round__side round__side--${people.length > 1 ? "many" : "one"}`} role="group" aria-label={t(`mediation.side.${side}`)}>
      {people.map((person) => (
        <Seat key={person.id} participant={person} />
      ))}
    </div>
  );
}
