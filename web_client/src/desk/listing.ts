/** How hearings and cases are searched and grouped in the lists. Pure. */

import { ENDED_PHASES } from "./lifecycle";
import { courtDay } from "./time";
import type { CaseLine, HearingLine } from "./wire";

function folded(text: string): string {
  return text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();
}

/** Every word of `query` must occur somewhere in the texts; full-width and half-width forms are the same. */
export function matches(query: string, texts: readonly string[]): boolean {
  const hay = folded(texts.join(" "));
  return folded(query)
    .split(" ")
    .every((word) => hay.includes(word));
}

export interface HearingGroups {
  today: HearingLine[];
  upcoming: HearingLine[];
  undated: HearingLine[];
  earlier: HearingLine[];
}

const time = (hearing: HearingLine): number =>
  hearing.scheduled_at === null ? Number.POSITIVE_INFINITY : Date.parse(hearing.scheduled_at);

/** Today's hearings first, then what is coming (soonest first), what has no date, and what is past (latest first). */
export function grouped(hearings: readonly HearingLine[], now: Date): HearingGroups {
  const groups: HearingGroups = { today: [], upcoming: [], undated: [], earlier: [] };
  const today = courtDay(now);
  for (const hearing of [...hearings].sort((one, other) => time(one) - time(other))) {
    if (hearing.scheduled_at === null) groups.undated.push(hearing);
    else {
      const day = courtDay(hearing.scheduled_at);
      if (day === today) groups.today.push(hearing);
      else if (day > today && !ENDED_PHASES.includes(hearing.phase)) groups.upcoming.push(hearing);
      else groups.earlier.push(hearing);
    }
  }
  groups.earlier.reverse();
  return groups;
}

export function searchHearings(hearings: readonly HearingLine[], query: string): HearingLine[] {
  return hearings.filter((one) => matches(query, [one.case_number, one.title, one.cause]));
}

export function searchCases(cases: readonly CaseLine[], query: string): CaseLine[] {
  return cases.filter((one) => matches(query, [one.number, one.title, one.cause]));
}
