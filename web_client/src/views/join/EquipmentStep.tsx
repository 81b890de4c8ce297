import { Check, Clock, Mic, Play, TriangleAlert, Video, Volume2, Wifi, X, type LucideIcon } from "lucide-react";
import { useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { reportEquipment } from "../../core/api";
import { localMedia, type Capture } from "../../core/local";
import { markJoinClicked } from "../../core/room";
import type { EquipmentReport, JoinInfo } from "../../protocol";
import { Banner, Button, ErrorBanner, Tag } from "../../ui";
import { COURT } from "../../core/roles";
import { useRoleLabel } from "../labels";
import { Picture, useLocalMedia } from "../media";
import { JoinFrame } from "./JoinFrame";
import { playChime, useMeter } from "./meter";
import { useNetworkTest } from "./network";

interface EquipmentStepProps {
  info: JoinInfo;
  /** Set where the test is made by itself, not on the way into the room. */
  apart?: { back: () => void };
  /** Below the test, on the way into the room. */
  below?: ReactNode;
  onDone: (info: JoinInfo) => void;
}

/** Camera, microphone, speaker and network, each with its result in words. The result is kept by the court. */
export function EquipmentStep({ info, apart, below, onDone }: EquipmentStepProps) {
  const { t } = useTranslation();
  const { audio, video } = useLocalMedia();
  const meter = useMeter(audio.state === "live" ? audio.track : null);
  const [network, retest] = useNetworkTest();
  const [speaker, setSpeaker] = useState<EquipmentReport["speaker"]>("untested");
  const [error, setError] = useState<unknown>(null);
  const [working, setWorking] = useState(false);
  const staff = COURT.has(info.role);

  useEffect(() => {
    void localMedia.start();
    void import("../room/RoomPage"); // so that the room is there when it is wanted
    void import("mediasoup-client");
  }, []);

  const report: EquipmentReport = {
    camera: captureResult(video),
    microphone: audio.state === "live" && !meter.heard ? "silent" : captureResult(audio),
    speaker,
    network: network.result,
    browser: navigator.userAgent.slice(0, 300),
  };
  const fine = report.camera === "ok" && report.microphone === "ok" && speaker !== "not_heard" && network.result !== "failed";
  const denied = video.state === "denied" || audio.state === "denied";
  const asking = video.state === "asking" || audio.state === "asking";

  const submit = async () => {
    setWorking(true);
    setError(null);
    if (!apart) markJoinClicked();
    try {
      onDone(await reportEquipment(info.participation, report));
    } catch (cause) {
      setError(cause);
      setWorking(false);
    }
  };

  return (
    <JoinFrame {...(staff || apart ? {} : { step: 2 as const })} court={info.court} info={info}>
      <div className="stack">
        <h1>{t("equipment.title")}</h1>
        <p className="lead">{t("equipment.lead")}</p>
      </div>
      {asking ? <Banner>{t("equipment.asking")}</Banner> : null}
      {denied ? <Denied onRetry={() => void localMedia.start()} /> : null}
      <div className="devices">
        <Preview info={info} video={video} />
        <ul className="checks">
          <DeviceRow icon={Video} name={t("equipment.camera")} detail={cameraDetail(t, video)}>
            <ResultTag state={video.state === "asking" ? "waiting" : video.state === "live" ? "good" : "bad"}>
              {t(`equipment.result.${video.state}`)}
            </ResultTag>
          </DeviceRow>
          <DeviceRow
            icon={Mic}
            name={t("equipment.microphone")}
            detail={meter.suspended ? t("equipment.touchFirst") : t("equipment.saySomething")}
            below={
              <div className="meter" role="meter" aria-label={t("equipment.level")} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(meter.level * 100)}>
                <span className="meter__fill" style={{ transform: `scaleX(${meter.level})` }} />
              </div>
            }
          >
            <ResultTag state={audio.state !== "live" ? (audio.state === "asking" ? "waiting" : "bad") : meter.heard ? "good" : "waiting"}>
              {audio.state === "live" ? t(meter.heard ? "equipment.heard" : "equipment.listening") : t(`equipment.result.${audio.state}`)}
            </ResultTag>
          </DeviceRow>
          <SpeakerRow result={speaker} onResult={setSpeaker} />
          <DeviceRow
            icon={Wifi}
            name={t("equipment.network")}
            detail={network.roundTripMs === null ? t("equipment.networkHow") : t("equipment.roundTrip", { ms: network.roundTripMs })}
          >
            {network.result === "failed" ? <Button onPress={retest}>{t("action.retry")}</Button> : null}
            <ResultTag state={network.result === "good" ? "good" : network.result === "untested" ? "waiting" : "bad"}>
              {t(`equipment.networkResult.${network.result}`)}
            </ResultTag>
          </DeviceRow>
        </ul>
      </div>
      {!fine && !asking ? <Banner tone="wait">{t(staff ? "equipment.notFineStaff" : "equipment.notFine", { hotline: info.hotline })}</Banner> : null}
      <ErrorBanner error={error} />
      <div className="acts">
        <Button variant="primary" large working={working} onPress={() => void submit()} testId="join-continue">
          {t(apart ? "statement.testPage.keep" : fine ? "equipment.continue" : "equipment.continueAnyway")}
        </Button>
        {!fine && !asking ? (
          <Button large onPress={() => void localMedia.start()} testId="equipment-retry">
            {t("equipment.again")}
          </Button>
        ) : null}
      </div>
      {apart ? (
        <p>
          <Button variant="quiet" onPress={apart.back} testId="equipment-back">
            {t("statement.testPage.back")}
          </Button>
        </p>
      ) : null}
      {below}
    </JoinFrame>
  );
}

function captureResult(capture: Capture): "ok" | "none" | "denied" | "failed" {
  if (capture.state === "live" || capture.state === "interrupted") return "ok";
  if (capture.state === "none") return "none";
  // Whoever goes on before answering the browser's question gave no permission: nothing is known to have failed, and
  // only what is lacking or failing speaks for the side (OLR 21(2)).
  if (capture.state === "denied" || capture.state === "asking" || capture.state === "off") return "denied";
  return "failed";
}

function cameraDetail(t: (key: string) => string, video: Capture): string {
  return video.state === "live" && video.label ? video.label : t("equipment.cameraHow");
}

function Preview({ info, video }: { info: JoinInfo; video: Capture }) {
  const { t } = useTranslation();
  const role = useRoleLabel();
  return (
    <div className="preview">
      {video.track && video.state === "live" ? (
        <Picture track={video.track} mirrored label={t("equipment.preview")} />
      ) : (
        <span>{t("equipment.noPicture")}</span>
      )}
      <span className="preview__note">{t("equipment.onlyYou")}</span>
      <span className="preview__plate">
        <b>{role(info.role, info.side)}</b>
        {info.name}
      </span>
    </div>
  );
}

function Denied({ onRetry }: { onRetry: () => void }) {
  const { t } = useTranslation();
  return (
    <Banner tone="stop" testId="permission-denied">
      <b>{t("equipment.denied.title")}</b>
      <p>{t("equipment.denied.how")}</p>
      <p>
        <Button onPress={onRetry}>{t("equipment.denied.retry")}</Button>
      </p>
    </Banner>
  );
}

interface DeviceRowProps {
  icon: LucideIcon;
  name: string;
  detail: string;
  below?: ReactNode;
  children: ReactNode;
}

function DeviceRow({ icon: Icon, name, detail, below, children }: DeviceRowProps) {
  return (
    <li>
      <Icon size={24} aria-hidden="true" />
      <div>
        <b>{name}</b>
        <p>{detail}</p>
        {below}
      </div>
      <div className="checks__acts">{children}</div>
    </li>
  );
}

function ResultTag({ state, children }: { state: "good" | "bad" | "waiting"; children: ReactNode }) {
  if (state === "good") return <Tag tone="ok" icon={Check}>{children}</Tag>;
  if (state === "waiting") return <Tag icon={Clock}>{children}</Tag>;
  return <Tag tone="wait" icon={TriangleAlert}>{children}</Tag>;
}

interface SpeakerRowProps {
  result: EquipmentReport["speaker"];
  onResult: (result: EquipmentReport["speaker"]) => void;
}

function SpeakerRow({ result, onResult }: SpeakerRowProps) {
  const { t } = useTranslation();
  const [phase, setPhase] = useState<"idle" | "playing" | "asking">("idle");
  const play = async () => {
    setPhase("playing");
    await playChime().catch(() => undefined); // the answer is the listener's, whatever the browser says
    setPhase("asking");
  };
  const answer = (heard: boolean) => {
    setPhase("idle");
    onResult(heard ? "ok" : "not_heard");
  };
  return (
    <DeviceRow
      icon={Volume2}
      name={t("equipment.speaker")}
      detail={phase === "asking" ? t("equipment.didYouHear") : t("equipment.speakerHow")}
    >
      {phase === "asking" ? (
        <>
          <Button onPress={() => answer(true)} testId="speaker-heard">
            <Check size={18} aria-hidden="true" />
            {t("equipment.yes")}
          </Button>
          <Button onPress={() => answer(false)} testId="speaker-not-heard">
            <X size={18} aria-hidden="true" />
            {t("equipment.no")}
          </Button>
        </>
      ) : (
        <>
          {result === "untested" ? null : (
            <ResultTag state={result === "ok" ? "good" : "bad"}>{t(`equipment.speakerResult.${result}`)}</ResultTag>
          )}
          <Button onPress={() => void play()} working={phase === "playing"} testId="speaker-play">
            <Play size={18} aria-hidden="true" />
            {t("equipment.play")}
          </Button>
        </>
      )}
    </DeviceRow>
  );
}
