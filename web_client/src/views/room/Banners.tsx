import { Mic, Video, Volume2, WifiOff } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { localMedia } from "../../core/local";
import { useText } from "../../i18n";
import { Banner, Button, ErrorBanner } from "../../ui";
import { playAll, useLocalMedia } from "../media";
import { OwnPath } from "./NetworkPath";
import { OwnObjection } from "./objection/OwnObjection";
import { useRoomContext } from "./useRoom";

const LONG_MS = 60_000;

/** What the reader should know about their connection; silent while all is well. */
export function ConnectionBanner() {
  const { t } = useTranslation();
  const text = useText();
  const { state } = useRoomContext();
  const [long, setLong] = useState(false);
  useEffect(() => {
    setLong(false);
    if (state.lostAt === null) return;
    const timer = setTimeout(() => setLong(true), Math.max(0, state.lostAt + LONG_MS - Date.now()));
    return () => clearTimeout(timer);
  }, [state.lostAt]);
  if (state.status === "refused") {
    return (
      <Banner tone="wait" role="status" testId="connection-refused">
        {text(state.refusal)}
      </Banner>
    );
  }
  if (state.status === "reconnecting") {
    return (
      <div className="banner banner--wait" role="status" data-testid="connection-lost">
        <WifiOff size={20} aria-hidden="true" />
        <div>
          <b>{t("connection.lost")}</b>
          <p>{t(long ? "connection.long" : "connection.wait")}</p>
        </div>
      </div>
    );
  }
  if (state.status === "connected" && state.media === "recovering") {
    return (
      <Banner tone="wait" role="status" testId="media-recovering">
        {t("connection.media")}
      </Banner>
    );
  }
  return state.status === "connected" ? <OwnPath /> : null;
}

/** The reader's own microphone or camera was taken away: by a call, another program, or a pulled plug. */
export function CaptureBanner() {
  const { t } = useTranslation();
  const { audio, video } = useLocalMedia();
  return (
    <>
      {audio.state === "interrupted" || audio.state === "ended" ? (
        <CaptureLost kind="audio" text={t(audio.state === "interrupted" ? "capture.call" : "capture.micEnded")} />
      ) : null}
      {video.state === "interrupted" || video.state === "ended" ? <CaptureLost kind="video" text={t("capture.camEnded")} /> : null}
      {audio.state === "denied" || audio.state === "none" || audio.state === "failed" ? (
        <CaptureLost kind="audio" text={t(`capture.mic.${audio.state}`)} />
      ) : null}
    </>
  );
}

function CaptureLost({ kind, text }: { kind: "audio" | "video"; text: string }) {
  const { t } = useTranslation();
  const Icon = kind === "audio" ? Mic : Video;
  return (
    <Banner tone="wait" role="status" testId={`capture-lost-${kind}`}>
      <div className="row wrap between">
        <b>{text}</b>
        <Button variant="primary" onPress={() => void localMedia.restart(kind)} testId={`capture-restore-${kind}`}>
          <Icon size={18} aria-hidden="true" />
          {t("capture.restore")}
        </Button>
      </div>
    </Banner>
  );
}

/** The browser wants a touch before it plays sound. */
export function SoundBanner() {
  const { t } = useTranslation();
  const { state, room } = useRoomContext();
  if (!state.soundBlocked) return null;
  const play = async () => {
    if (await playAll()) room.soundWasBlocked(false);
  };
  return (
    <div className="sound-bar">
      <Button variant="primary" large onPress={() => void play()} testId="tap-to-hear">
        <Volume2 size={24} aria-hidden="true" />
        {t("sound.tap")}
      </Button>
    </div>
  );
}

const TONES = { info: "info", warning: "wait", stop: "stop" } as const;

/** Standing notices of the court, and the last refusal of a command. */
export function Notices() {
  const { view, refusal, clearRefusal } = useRoomContext();
  const { t } = useTranslation();
  const text = useText();
  return (
    <>
      {view.notices.map((notice) => (
        <Banner key={notice.id} tone={TONES[notice.level]} role="status" testId={`notice-${notice.id}`}>
          {text(notice.text)}
        </Banner>
      ))}
      <OwnObjection />
      {refusal ? (
        <div className="row">
          <div className="grow">
            <ErrorBanner error={refusal} testId="refusal" />
          </div>
          <Button variant="quiet" onPress={clearRefusal} testId="refusal-close">
            {t("action.close")}
          </Button>
        </div>
      ) : null}
    </>
  );
}
