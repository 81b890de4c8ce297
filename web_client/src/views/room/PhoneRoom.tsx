import { Hand, Info, Lock } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { ParticipantView, View } from "../../protocol";
import { Button, LanguageSwitch } from "../../ui";
import { COURT } from "../../core/roles";
import { phaseLabel } from "../labels";
import { DisclosureNotice } from "../mediation/Disclosure";
import { NotRecorded } from "../mediation/MediationRoom";
import { WithdrawControl } from "../mediation/Withdraw";
import { CaptureBanner, ConnectionBanner, Notices, SoundBanner } from "./Banners";
import {
  CameraControl,
  ClosingControls,
  HearingControls,
  LeaveControl,
  MicrophoneControl,
  MoreControl,
  OrderControls,
  useHand,
} from "./Controls";
import { awaitsTheJudge, MattersCard } from "./objection/MattersCard";
import { CourtroomSeat } from "./courtroom/CourtroomSeat";
import { showsCourtroom } from "./courtroom/presence";
import { NetworkBars, RecordingMark } from "./parts";
import { PersonTools } from "./PersonTools";
import { Rail, WaitingCard } from "./Rail";
import { OwnScreenBanner, ScreenControl } from "./screen/OwnScreen";
import { screenShown, ScreenTile } from "./screen/ScreenTile";
import { Stopped, useSpeaker } from "./Stage";
import { Tile } from "./Tile";
import { useOwnNetwork, useRoomContext } from "./useRoom";

const STOPPED: ReadonlySet<string> = new Set(["recess", "suspended_technical"]);

/** The room below 768 px: who speaks large, then the judge, the own counsel and oneself; the rest one scroll away. */
export function PhoneRoom() {
  const { t } = useTranslation();
  const { view, state } = useRoomContext();
  const network = useOwnNetwork();
  const speaker = useSpeaker(view);
  const staff = COURT.has(view.me.role);
  const mediation = view.hearing.kind === "mediation";
  const stopped = STOPPED.has(view.phase.name);
  const screen = screenShown(view);
  const hero = screen === null || stopped ? speaker : null;
  const near = nearest(view, hero, hero ? null : speaker);
  const urgent = staff && awaitsTheJudge(view);
  const others = view.participants.filter(
    (person) =>
      (person.place === "main" || person.attends === "at_court") &&
      (person.role !== "courtroom" || showsCourtroom(view.participants)) &&
      person.id !== hero?.id &&
      !near.some(({ id }) => id === person.id),
  );
  return (
    <div className="phone">
      <header className="phone__head">
        {mediation ? <NotRecorded /> : <RecordingMark recording={view.recording} offsetMs={state.offsetMs} short />}
        <b className="grow phone__phase" data-testid="phase" data-phase={view.phase.name}>
          {phaseLabel(t, view.phase.name)}
        </b>
        <NetworkBars network={network} />
        <LanguageSwitch />
      </header>
      <main className="phone__main" id="main">
        <ConnectionBanner />
        <CaptureBanner />
        <OwnScreenBanner />
        <Notices />
        {mediation ? <DisclosureNotice participation={view.me.id} /> : null}
        {urgent ? <MattersCard /> : null}
        {stopped ? (
          <Stopped />
        ) : screen ? (
          <ScreenTile owner={screen} />
        ) : speaker?.role === "courtroom" ? (
          <CourtroomSeat participant={speaker} className="tile--hero" />
        ) : speaker ? (
          <Tile participant={speaker} className="tile--hero">
            <PersonTools participant={speaker} />
          </Tile>
        ) : null}
        <div className="phone__near">
          {near.map((person) => (
            <Tile key={person.id} participant={person} compact />
          ))}
        </div>
        {staff ? null : <Advice />}
        {others.length > 0 ? (
          <section className="stack" aria-label={t("phone.others")}>
            <h2 className="kicker">{t("phone.others")}</h2>
            <div className="phone__others">
              {others.map((person) =>
                person.role === "courtroom" ? (
                  <CourtroomSeat key={person.id} participant={person} />
                ) : (
                  <Tile key={person.id} participant={person}>
                    <PersonTools participant={person} />
                  </Tile>
                ),
              )}
            </div>
          </section>
        ) : null}
        {staff ? (
          <>
            {view.desk ? <WaitingCard desk={view.desk} /> : null}
            <div className="phone__staff">
              <HearingControls />
              <OrderControls />
              <ClosingControls />
            </div>
            <Rail matters={!urgent} waiting={false} />
          </>
        ) : null}
      </main>
      <SoundBanner />
      <footer className="phone__controls" role="group" aria-label={t("control.bar")}>
        {staff ? null : <HandButton />}
        <div className="four">
          <MicrophoneControl split />
          <CameraControl split />
          <ScreenControl split />
          <LeaveControl split />
          {staff ? null : mediation ? <WithdrawControl split /> : <MoreControl />}
        </div>
      </footer>
    </div>
  );
}

/**
 * Who speaks, where nobody is large above; the presiding judge, the own counsel (or client), and the reader. Who is large
 * above (`hero`) is not repeated.
 */
function nearest(view: View, hero: ParticipantView | null, speaker: ParticipantView | null): ParticipantView[] {
  const judge = view.participants.find((person) => person.role === "presiding_judge" || person.role === "mediator");
  const own = view.participants.find(
    (person) => person.id !== view.me.id && person.side !== null && person.side === view.me.side && person.place === "main",
  );
  const me = view.participants.find((person) => person.id === view.me.id);
  const wanted = [speaker, judge, own, me].filter(
    (person): person is ParticipantView => person !== undefined && person !== null && person.id !== hero?.id,
  );
  return [...new Set(wanted)];
}

function HandButton() {
  const hand = useHand();
  if (!hand.shown) return null;
  return (
    <Button
      variant={hand.up ? "plain" : "primary"}
      large
      pressed={hand.up}
      reason={hand.reason}
      onPress={hand.toggle}
      testId="hand"
    >
      <Hand size={24} aria-hidden="true" />
      {hand.label}
    </Button>
  );
}

/** One sentence: what is so for the reader now, and what to do. */
function Advice() {
  const { t } = useTranslation();
  const { view, state } = useRoomContext();
  const key = adviceFor(view, state.status === "connected");
  const wait = key === "locked" || key === "muted" || key === "lost";
  const Icon = key === "locked" ? Lock : Info;
  return (
    <div className={wait ? "advice advice--wait" : "advice"} role="status" data-testid="advice" data-advice={key}>
      <Icon size={24} aria-hidden="true" />
      <div>
        <b>{t(`advice.${key}.title`)}</b>
        <p>{t(`advice.${key}.text`)}</p>
      </div>
    </div>
  );
}

function adviceFor(view: View, connected: boolean): string {
  const { me, phase } = view;
  if (!connected) return "lost";
  if (STOPPED.has(phase.name)) return phase.name === "recess" ? "recess" : "suspended";
  if (phase.opened_at === null) return "notOpen";
  if (me.microphone_locked) return "locked";
  if (me.muted_by_court) return "muted";
  if (view.speaker === me.id) return "speaking";
  return me.microphone_on ? "heard" : "listening";
}
