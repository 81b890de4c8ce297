import {
  CircleStop,
  Dot,
  FileText,
  Gavel,
  Hand,
  MicOff,
  Pause,
  Play,
  TriangleAlert,
  UserCheck,
  UserMinus,
  type LucideIcon,
} from "lucide-react";
import { useRef, useState, type KeyboardEvent } from "react";

import { Button } from "../ui";

import { currentIndex } from "./playback";
import { playTime } from "./time";
import type { PlaybackEvent, RecordingDetail } from "./wire";
import { useReader, useWords } from "./words";

/** A drawing for a kind of event; the words beside it say what happened. */
const ICONS: readonly [RegExp, LucideIcon][] = [
  [/gap|unhealthy|fail|suspend/, TriangleAlert],
  [/recess|pause/, Pause],
  [/resum/, Play],
  [/clos|adjourn|convert/, CircleStop],
  [/mute|microphone/, MicOff],
  [/hand/, Hand],
  [/exhibit/, FileText],
  [/left|leave|remove|disconnect|dismiss/, UserMinus],
  [/join|admit|connect|identity|verified|enter/, UserCheck],
  [/open|rul|declar|phase/, Gavel],
];

function iconOf(type: string): LucideIcon {
  const kind = type.toLowerCase();
  return ICONS.find(([pattern]) => pattern.test(kind))?.[1] ?? Dot;
}

/** How good somebody's line was: kept as evidence, and in the way of whoever looks for what was said and done. */
const isNetwork = (event: PlaybackEvent): boolean => /^network/i.test(event.type);

interface Props {
  detail: RecordingDetail;
  /** Place in the file; null where there is nothing to play. */
  time_s: number | null;
  onSeek: (to_s: number) => void;
}

/** What happened, in order; pressing one goes there. Arrow keys walk the list. */
export function EventsCard({ detail, time_s, onSeek }: Props) {
  const t = useWords();
  const { text, clockSeconds } = useReader();
  const list = useRef<HTMLOListElement>(null);
  const [network, setNetwork] = useState(false);
  const folded = detail.events.filter(isNetwork).length;
  const events = network ? detail.events : detail.events.filter((event) => !isNetwork(event));
  const current = time_s === null ? -1 : currentIndex(events, time_s);
  const walk = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    const buttons = [...(list.current?.querySelectorAll<HTMLButtonElement>("button:not(:disabled)") ?? [])];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const next = buttons[at + step];
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
  };
  const row = (event: PlaybackEvent, index: number) => {
    const Icon = iconOf(event.type);
    const { offset_s } = event;
    return (
      <li key={event.sequence}>
        <button
          type="button"
          className="desk-ev"
          disabled={offset_s === null || time_s === null}
          aria-current={index === current ? "true" : undefined}
          onClick={() => {
            if (offset_s !== null) onSeek(offset_s);
          }}
          data-testid="event"
          data-offset={offset_s ?? ""}
        >
          <time dateTime={event.at}>{clockSeconds(event.at)}</time>
          <Icon size={17} aria-hidden="true" />
          <span>{text(event.text)}</span>
          <span className="small muted num">{offset_s === null ? t("playback.noPlace") : playTime(offset_s)}</span>
        </button>
      </li>
    );
  };
  return (
    <section className="card desk-evs" aria-labelledby="events-h">
      <div className="card__head desk-card-line">
        <h2 id="events-h">{t("playback.events", { count: events.length })}</h2>
        {folded > 0 ? (
          <Button variant="quiet" pressed={network} onPress={() => setNetwork(!network)} testId="network-events">
            {t(network ? "playback.hideNetwork" : "playback.showNetwork", { count: folded })}
          </Button>
        ) : null}
      </div>
      {events.length === 0 ? <p className="card__body soft">{t("playback.noEvents")}</p> : null}
      <ol ref={list} onKeyDown={walk}>
        {events.map(row)}
      </ol>
    </section>
  );
}
