import "./endpoint.css";

import { DoorClosed, UsersRound } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useDates, useText } from "../../../i18n";
import { ConfirmDialog, Emblem, LanguageSwitch } from "../../../ui";
import { phaseLabel, phaseReason } from "../../labels";
import { CaptureBanner, ConnectionBanner, Notices, SoundBanner } from "../Banners";
import { Control } from "../Control";
import { CameraControl, MicrophoneControl } from "../Controls";
import { RecordingMark } from "../parts";
import { ScreenStage } from "../screen/ScreenStage";
import { screenShown } from "../screen/ScreenTile";
import { Tile } from "../Tile";
import { useAllowed, useRoomContext, useServerClock } from "../useRoom";
import { AttendantLine } from "./AtCourtPlate";
import { attendants } from "./presence";
import { onTheWall } from "./wall";

const IN_SESSION: ReadonlySet<string> = new Set(["in_session", "in_camera", "court_mediation", "transcript_review"]);

/** The screen of the courtroom: everybody online, large, and nothing that one person alone would use. */
export function CourtroomEndpoint() {
  const { view } = useRoomContext();
  return (
    <div className="hall" data-testid="courtroom-endpoint">
      <Head />
      <main className="hall__main" id="main">
        <div className="hall__notices">
          <ConnectionBanner />
          <CaptureBanner />
          <Notices />
        </div>
        {IN_SESSION.has(view.phase.name) ? <Wall /> : <Standstill />}
        <Here />
      </main>
      <SoundBanner />
      <Foot />
    </div>
  );
}

function Head() {
  const { t } = useTranslation();
  const text = useText();
  const dates = useDates();
  const { view, state } = useRoomContext();
  const now = useServerClock(state.offsetMs);
  return (
    <header className="hall__head">
      <Emblem size={52} />
      <div className="hall__title">
        <b>{text(view.hearing.courtroom)}</b>
        <span className="soft">
          {view.hearing.case_number} · {view.hearing.cause}
        </span>
      </div>
      <b className="hall__phase" data-testid="phase" data-phase={view.phase.name}>
        {phaseLabel(t, view.phase.name)}
      </b>
      <div className="hall__state">
        <RecordingMark recording={view.recording} offsetMs={state.offsetMs} />
        <time className="hall__clock num">{dates.time(new Date(now).toISOString())}</time>
        <LanguageSwitch />
      </div>
    </header>
  );
}

function Wall() {
  const { t } = useTranslation();
  const { view } = useRoomContext();
  const people = onTheWall(view);
  const screen = screenShown(view);
  if (screen) return <ScreenStage owner={screen} people={people} />;
  const columns = people.length <= 1 ? 1 : people.length <= 4 ? 2 : people.length <= 9 ? 3 : 4;
  return (
    <section className="hall__wall" aria-label={t("hall.wall")} data-columns={columns}>
      {people.map((person) => (
        <Tile key={person.id} participant={person} />
      ))}
    </section>
  );
}

/** Before the opening, in a recess, after the close: one large sentence instead of pictures that are not passed on. */
function Standstill() {
  const { t } = useTranslation();
  const dates = useDates();
  const { view } = useRoomContext();
  const { name, opened_at, reason, since } = view.phase;
  const key = name === "recess" ? "recess" : opened_at === null ? (name === "ready" ? "ready" : "before") : "stopped";
  return (
    <section className="hall__still" data-testid="hall-still">
      <Emblem size={96} />
      <h1>{phaseLabel(t, name)}</h1>
      {opened_at !== null && reason ? <p>{phaseReason(t, reason)}</p> : null}
      <p>{t(`hall.${key}`, { time: dates.time(since) })}</p>
    </section>
  );
}

/** Who sits in this room, and what the others see of it. */
function Here() {
  const { t } = useTranslation();
  const text = useText();
  const { view } = useRoomContext();
  const people = attendants(view.participants);
  const own = view.participants.find(({ id }) => id === view.me.id);
  return (
    <aside className="hall__here" aria-label={t("hall.here")}>
      <section className="hall__people" data-testid="hall-people">
        <h2>
          <UsersRound size={26} aria-hidden="true" />
          {t("hall.here")}
        </h2>
        {people.length === 0 ? <p className="soft">{t("hall.nobody")}</p> : null}
        <ul>
          {people.map((person) => (
            <li key={person.id}>
              <AttendantLine person={person} />
            </li>
          ))}
        </ul>
      </section>
      {own ? (
        <section className="hall__own">
          <h2>{t("hall.own")}</h2>
          <Tile participant={own} compact plate={<b className="plate__role">{text(view.hearing.courtroom)}</b>} />
        </section>
      ) : null}
    </aside>
  );
}

function Foot() {
  const { t } = useTranslation();
  const { room, view } = useRoomContext();
  const leave = useAllowed()("leave");
  const [closing, setClosing] = useState(false);
  const waiting = attendants(view.participants).some((person) => person.at_court);
  return (
    <footer className="hall__foot" role="group" aria-label={t("control.bar")}>
      <MicrophoneControl split />
      <CameraControl split />
      <Control
        icon={DoorClosed}
        label={t("hall.close")}
        detail={t("control.asksFirst")}
        tone="danger"
        reason={leave.reason}
        onPress={() => setClosing(true)}
        testId="close-courtroom"
      />
      {closing ? (
        <ConfirmDialog
          title={t("hall.closeTitle")}
          body={t(waiting && view.phase.opened_at !== null ? "hall.closeWaiting" : "hall.closeBody")}
          confirm={t("hall.close")}
          danger
          onConfirm={() => room.request("leave", {})}
          onClose={() => setClosing(false)}
          testId="dialog-close-courtroom"
        />
      ) : null}
    </footer>
  );
}
