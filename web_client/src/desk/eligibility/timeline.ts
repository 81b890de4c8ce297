/** The entries of the eligibility record as a page shows them: by day, by kind. Pure. */

import type { EligibilityEntry } from "../wire";
import { courtDay } from "../time";

export type Shown = "all" | "statements" | "determinations" | "rulings";
export const SHOWN: readonly Shown[] = ["all", "statements", "determinations", "rulings"];

export interface Day {
  /** `2026-11-23`, in court time. */
  day: string;
  entries: EligibilityEntry[];
}

export function ofGroup(entries: readonly EligibilityEntry[], shown: Shown): EligibilityEntry[] {
  return entries.filter((entry) => shown === "all" || entry.group === shown);
}

/** The days on which something happened, in order, each with what happened on it. */
export function byDay(entries: readonly EligibilityEntry[]): Day[] {
  const days: Day[] = [];
  for (const entry of entries) {
    const day = courtDay(entry.at);
    const last = days.at(-1);
    if (last?.day === day) last.entries.push(entry);
    else days.push({ day, entries: [entry] });
  }
  return days;
}

/** The last `count` entries that somebody at the desk looks for, the newest first: no mere steps of the machinery. */
export function latest(entries: readonly EligibilityEntry[], count: number): EligibilityEntry[] {
  return entries
    .filter((entry) => entry.kind !== "phase" && entry.kind !== "drafted")
    .slice(-count)
    .reverse();
}

/** The determinations, newest first: what a comparison can start from. */
export function determinations(entries: readonly EligibilityEntry[]): EligibilityEntry[] {
  return entries.filter((entry) => entry.determination !== null).reverse();
}

/** The record's clauses as sentences: `the case is complex` begins a line of its own. Chinese stays as it is. */
export function sentence(clause: string): string {
  return clause.slice(0, 1).toUpperCase() + clause.slice(1);
}

/** Where the page finds an entry. */
export function anchorOf(sequence: number): string {
  return `entry-${sequence}`;
}
