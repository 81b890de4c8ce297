import { CircleCheck, CirclePause, Disc, LoaderCircle, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { RecordingInfo } from "../../protocol";
import { useServerClock } from "./useRoom";

type Network = number;

const FINE: ReadonlySet<string> = new Set(["armed", "ready"]);

/** Four bars; the word comes with the accessible name, and beside it where the connection is weak. */
export function NetworkBars({ network }: { network: Network }) {
  const { t } = useTranslation();
  const label = t(`network.${Math.min(4, Math.max(0, Math.round(network)))}`);
  return (
    <span className="net" role="img" aria-label={label} title={label}>
      {[1, 2, 3, 4].map((bar) => (
        <span key={bar} className={bar <= network ? "net__bar net__bar--on" : "net__bar"} />
      ))}
    </span>
  );
}

export function elapsed(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

/** Whether this is being recorded, for how long, and if not, why. On every page of the room. */
export function RecordingMark({ recording, offsetMs, short }: { recording: RecordingInfo; offsetMs: number; short?: boolean }) {
  const { t } = useTranslation();
  const running = recording.state === "recording";
  const now = useServerClock(offsetMs, running);
  const seconds = recording.elapsed_s + (running ? Math.max(0, (now - Date.parse(recording.as_of)) / 1000) : 0);
  const label = t(`recording.${recording.state}`);
  if (running) {
    return (
      <span className="rec" data-testid="recording" data-state={recording.state}>
        <Disc size={14} aria-hidden="true" className="rec__dot" />
        {label}
        {short ? null : <span className="num">{elapsed(seconds)}</span>}
      </span>
    );
  }
  const bad = recording.state === "unhealthy" || recording.state === "failed";
  const Icon = bad ? TriangleAlert : recording.state === "composing" ? LoaderCircle : FINE.has(recording.state) ? CircleCheck : CirclePause;
  const progress = recording.progress !== null && recording.progress !== undefined ? ` ${Math.round(recording.progress * 100)}%` : "";
  return (
    <span className={bad ? "rec rec--bad" : "rec rec--off"} data-testid="recording" data-state={recording.state}>
      <Icon size={16} aria-hidden="true" />
      {label}
      {progress}
    </span>
  );
}
