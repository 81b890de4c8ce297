import type { SyncResult, View, ViewChanged } from "../protocol";

/** The view of this viewer and how far in the stream of events it has got. Pure: no time, no network. */
export interface Stream {
  view: View | null;
  seq: number;
  stream: string | null;
}

export const EMPTY: Stream = { view: null, seq: 0, stream: null };

/** What became of an event: taken in, already known, or (`gap`) later than the next one, so that a sync is needed. */
export type Outcome = "applied" | "known" | "gap";

/** Every section of the view; the type sees to it that none is forgotten. */
const KNOWN: Record<keyof View, true> = {
  actions: true,
  desk: true,
  determination: true,
  eligibility: true,
  hands: true,
  hearing: true,
  log: true,
  me: true,
  media: true,
  mediation: true,
  notices: true,
  own_objection: true,
  participants: true,
  phase: true,
  producers: true,
  readiness: true,
  recording: true,
  screen: true,
  speaker: true,
};
const SECTIONS: ReadonlySet<string> = new Set(Object.keys(KNOWN));

/** Replaces whole sections. A section that this page does not know comes from a newer server and is left out. */
export function replaceSections(view: View, changes: Record<string, unknown>): View {
  const known = Object.entries(changes).filter(([section]) => SECTIONS.has(section));
  return { ...view, ...(Object.fromEntries(known) as Partial<View>) };
}

export function applyEvent(state: Stream, event: ViewChanged): [Stream, Outcome] {
  if (state.view === null || event.seq > state.seq + 1) return [state, "gap"];
  if (event.seq <= state.seq) return [state, "known"];
  return [{ ...state, view: replaceSections(state.view, event.changes), seq: event.seq }, "applied"];
}

/** What `sync` is asked with: where this page stopped, if it has a view to go on from. */
export function syncRequest(state: Stream): { last_seq: number | null; stream: string | null } {
  return state.view === null ? { last_seq: null, stream: null } : { last_seq: state.seq, stream: state.stream };
}

/**
 * Takes in the result of `sync` and then the events that arrived while it was under way, which may be older or newer
 * than the result. Says `gap` where the events do not join up; the page then asks for a snapshot.
 */
export function applySync(state: Stream, result: SyncResult, early: readonly ViewChanged[] = []): [Stream, Outcome] {
  let next: Stream;
  let events: ViewChanged[] = [];
  if (result.kind === "snapshot") {
    if (result.view === null) return [state, "gap"];
    next = { view: result.view, seq: result.seq, stream: result.stream };
  } else {
    if (state.view === null || state.stream !== result.stream) return [state, "gap"];
    next = state;
    events = result.events;
  }
  const ordered = [...events, ...early].sort((first, second) => first.seq - second.seq);
  for (const event of ordered) {
    const [after, outcome] = applyEvent(next, event);
    if (outcome === "gap") return [next, "gap"];
    next = after;
  }
  return [next, next.seq < result.seq ? "gap" : "applied"];
}
