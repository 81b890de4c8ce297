import "./screen.css";

import { MonitorOff, MonitorUp, MonitorX } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { canShareScreen } from "../../../core/screen";
import { COURT } from "../../../core/roles";
import { Banner, Button } from "../../../ui";
import { Picture } from "../../media";
import { Control } from "../Control";
import { useAllowed, useRoomContext } from "../useRoom";

/** Share one's own screen, or stop. Not on devices that have no way to. */
export function ScreenControl({ split }: { split?: boolean }) {
  const { t } = useTranslation();
  const { room, state, view, share } = useShare();
  const start = useAllowed()("start_screen");
  if (!start.shown || !canShareScreen()) return null;
  const on = state.screen.phase === "shared" || state.screen.phase === "starting";
  const taken = view.screen !== null && view.screen.participant !== view.me.id;
  return (
    <Control
      icon={on ? MonitorX : taken ? MonitorOff : MonitorUp}
      label={t(split ? (on ? "screen.short.stop" : "screen.short.share") : on ? "screen.stop" : "screen.share")}
      detail={split ? t("screen.short.what") : undefined}
      tone={on ? "danger" : "plain"}
      pressed={on}
      reason={on ? null : state.screen.phase === "asking" ? t("screen.asking") : start.reason}
      onPress={() => (on ? void room.endScreen().catch(() => undefined) : share())}
      testId="share-screen"
    />
  );
}

function useShare() {
  const context = useRoomContext();
  const { room, told } = context;
  return { ...context, share: () => void room.shareScreen().catch(told) };
}

/** What the reader should know of the own share: that it is on and how to stop it, that it may begin, or what went wrong. */
export function OwnScreenBanner() {
  const { state, view } = useRoomContext();
  const { phase, track, problem } = state.screen;
  if ((phase === "shared" || phase === "starting") && track) return <Sharing track={track} starting={phase === "starting"} />;
  if (problem) return <Problem problem={problem} />;
  const allowed = view.participants.some(({ id, screen_allowed }) => id === view.me.id && screen_allowed);
  return allowed && !COURT.has(view.me.role) && view.screen === null ? <Allowed /> : null;
}

function Sharing({ track, starting }: { track: MediaStreamTrack; starting: boolean }) {
  const { t } = useTranslation();
  const { room } = useRoomContext();
  return (
    <div className="own-screen" role="status" data-testid="own-screen" data-phase={starting ? "starting" : "shared"}>
      <div className="own-screen__picture" aria-hidden="true">
        <Picture track={track} />
      </div>
      <div className="grow">
        <b>{t(starting ? "screen.own.starting" : "screen.own.title")}</b>
        <p>{t("screen.own.text")}</p>
      </div>
      <Button variant="stop" onPress={() => void room.endScreen().catch(() => undefined)} testId="stop-screen">
        <MonitorX size={20} aria-hidden="true" />
        {t("screen.stop")}
      </Button>
    </div>
  );
}

function Problem({ problem }: { problem: "refused" | "failed" | "ended" }) {
  const { t } = useTranslation();
  const { room } = useRoomContext();
  return (
    <Banner tone={problem === "ended" ? "info" : "wait"} role="status" testId="screen-problem">
      <div className="row wrap between">
        <span>{t(`screen.problem.${problem}`)}</span>
        <Button variant="quiet" onPress={() => room.dismissScreenProblem()} testId="screen-problem-close">
          {t("action.close")}
        </Button>
      </div>
    </Banner>
  );
}

/** Once the judge has allowed it, until it is used or put away; on a phone, that it takes a computer. */
function Allowed() {
  const { t } = useTranslation();
  const { state } = useRoomContext();
  const [used, setUsed] = useState(false);
  const busy = state.screen.phase !== "off";
  useEffect(() => {
    if (busy) setUsed(true);
  }, [busy]);
  if (used) return null;
  return (
    <Banner tone="info" role="status" testId="screen-allowed">
      <div className="row wrap between">
        <span>
          <b>{t("screen.allowed.title")}</b> {t(canShareScreen() ? "screen.allowed.text" : "screen.allowed.phone")}
        </span>
        <Button variant="quiet" onPress={() => setUsed(true)} testId="screen-allowed-close">
          {t("action.close")}
        </Button>
      </div>
    </Banner>
  );
}
