/** Places in a composed recording: which event is current, where the next one is. Pure. */

import type { PlaybackEvent } from "./wire";

/** Two events closer than this are the same place for "previous": one press must be able to go back past the last jump. */
const SAME_PLACE_S = 1.5;

/** Index of the last event at or before `time_s`; -1 before the first. Events without a place are never current. */
export function currentIndex(events: readonly PlaybackEvent[], time_s: number): number {
  let found = -1;
  let best = Number.NEGATIVE_INFINITY;
  events.forEach((event, index) => {
    if (event.offset_s === null || event.offset_s > time_s + 0.05) return;
    if (event.offset_s >= best) {
      best = event.offset_s;
      found = index;
    }
  });
  return found;
}

/** Index of the next event with a place after `time_s`; -1 after the last. */
export function nextIndex(events: readonly PlaybackEvent[], time_s: number): number {
  return events.findIndex((event) => event.offset_s !== null && event.offset_s > time_s + 0.05);
}

/** Index of the event before the current place; the current one again when it began a while ago. */
export function previousIndex(events: readonly PlaybackEvent[], time_s: number): number {
  return currentIndex(events, time_s - SAME_PLACE_S);
}

/** Where on the line, from 0 to 1, an event's mark stands; `null` where it has none. */
export function placeOf(event: PlaybackEvent, duration_s: number): number | null {
  if (event.offset_s === null || !(duration_s > 0)) return null;
  return Math.min(1, Math.max(0, event.offset_s / duration_s));
}
