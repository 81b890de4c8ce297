import { Maximize, Pause, Play, SkipBack, SkipForward, TriangleAlert, Volume2, VolumeX } from "lucide-react";
import { useImperativeHandle, useRef, useState, type KeyboardEvent, type Ref } from "react";

import { Button } from "../ui";
import { nextIndex, placeOf, previousIndex } from "./playback";
import { playTime } from "./time";
import type { RecordingDetail } from "./wire";
import { useReader, useWords } from "./words";

export interface PlayerHandle {
  seek: (to_s: number) => void;
}

interface Props {
  ref: Ref<PlayerHandle>;
  detail: RecordingDetail;
  time_s: number;
  onTime: (time_s: number) => void;
}

const RATES = [1, 1.5, 2] as const;
const STEP_S = 5;

/** The composed file with its own controls: play, from event to event, speed, sound, full screen. */
export function Player({ ref, detail, time_s, onTime }: Props) {
  const t = useWords();
  const { text, reader } = useReader();
  const video = useRef<HTMLVideoElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const [playing, setPlaying] = useState(false);
  const [broken, setBroken] = useState(false);
  const [muted, setMuted] = useState(false);
  const [rate, setRate] = useState<(typeof RATES)[number]>(1);
  const [length_s, setLength] = useState(detail.duration_s ?? 0);

  const seek = (to_s: number) => {
    const element = video.current;
    if (element === null) return;
    element.currentTime = Math.min(Math.max(0, to_s), length_s || to_s);
    onTime(element.currentTime);
  };
  useImperativeHandle(ref, () => ({ seek }));

  const toggle = () => {
    const element = video.current;
    if (element === null) return;
    if (element.paused) void element.play().catch(() => setPlaying(false));
    else element.pause();
  };
  const toEvent = (index: number) => {
    const offset_s = detail.events[index]?.offset_s;
    if (offset_s !== null && offset_s !== undefined) seek(offset_s);
  };
  const keys = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    if (target.tagName === "INPUT" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " && target.tagName === "BUTTON") return; // the button's own key
    const moves: Record<string, () => void> = {
      " ": toggle,
      k: toggle,
      ArrowLeft: () => seek(time_s - STEP_S),
      ArrowRight: () => seek(time_s + STEP_S),
      Home: () => seek(0),
      End: () => seek(length_s),
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    move();
  };
  const onRate = () => {
    const next = RATES[(RATES.indexOf(rate) + 1) % RATES.length] ?? 1;
    setRate(next);
    if (video.current) video.current.playbackRate = next;
  };
  const onMute = () => {
    setMuted(!muted);
    if (video.current) video.current.muted = !muted;
  };
  const marks = detail.events.flatMap((event) => {
    const place = placeOf(event, length_s);
    return place === null ? [] : [{ event, place }];
  });

  return (
    <div className="desk-player" ref={frame} onKeyDown={keys}>
      <div className="desk-video">
        <video
          ref={video}
          src={`/api/hearings/${detail.hearing}/recording/video`}
          preload="metadata"
          playsInline
          tabIndex={0}
          aria-label={t("playback.video")}
          data-testid="video"
          onClick={toggle}
          onPlay={() => setPlaying(true)}
          onPause={() => setPlaying(false)}
          onTimeUpdate={(event) => onTime(event.currentTarget.currentTime)}
          onLoadedMetadata={(event) => {
            setBroken(false);
            if (Number.isFinite(event.currentTarget.duration)) setLength(event.currentTarget.duration);
          }}
          onError={() => setBroken(true)}
        />
      </div>
      {broken ? (
        <div className="banner banner--stop" role="alert" data-testid="video-error">
          <TriangleAlert size={20} aria-hidden="true" />
          <p className="grow">{t("playback.broken")}</p>
          <Button onPress={() => video.current?.load()}>{t("error.retry")}</Button>
        </div>
      ) : null}
      <div className="desk-transport">
        <Button variant="quiet" icon label={t("playback.previous")} onPress={() => toEvent(previousIndex(detail.events, time_s))} testId="previous-event">
          <SkipBack size={20} aria-hidden="true" />
        </Button>
        <Button variant="primary" icon label={t(playing ? "playback.pause" : "playback.play")} onPress={toggle} testId="play">
          {playing ? <Pause size={20} aria-hidden="true" /> : <Play size={20} aria-hidden="true" />}
        </Button>
        <Button variant="quiet" icon label={t("playback.next")} onPress={() => toEvent(nextIndex(detail.events, time_s))} testId="next-event">
          <SkipForward size={20} aria-hidden="true" />
        </Button>
        <span className="num desk-transport__time" data-testid="play-time">
          {playTime(time_s)} <span className="muted">/ {playTime(length_s)}</span>
        </span>
        <span className="grow" />
        <Button variant="quiet" onPress={onRate} label={t("playback.rateLabel", { rate })}>
          {t("playback.rate", { rate })}
        </Button>
        <Button variant="quiet" icon onPress={onMute} pressed={muted} label={t("playback.mute")}>
          {muted ? <VolumeX size={20} aria-hidden="true" /> : <Volume2 size={20} aria-hidden="true" />}
        </Button>
        <Button variant="quiet" icon onPress={() => void frame.current?.requestFullscreen()} label={t("playback.fullscreen")}>
          <Maximize size={20} aria-hidden="true" />
        </Button>
      </div>
      <div className="desk-line">
        <input
          type="range"
          min={0}
          max={length_s || 1}
          step={0.1}
          value={Math.min(time_s, length_s || 1)}
          aria-label={t("playback.place")}
          aria-valuetext={playTime(time_s)}
          onChange={(event) => seek(Number(event.target.value))}
          data-testid="seek"
        />
        <div className="desk-line__marks" aria-hidden="true">
          {marks.map(({ event, place }) => (
            <i key={event.sequence} style={{ insetInlineStart: `${place * 100}%` }} title={text(event.text)} lang={reader} />
          ))}
        </div>
      </div>
    </div>
  );
}
