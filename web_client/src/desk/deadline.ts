/** Until when the sides are asked to answer: a first proposal, and the words of a reminder. Pure. */

import { courtDay, COURT_OFFSET } from "./time";

const DAY_MS = 24 * 3_600_000;
const DAYS_TO_ANSWER = 3;

/** Three days from now at the end of office hours; before an earlier hearing, half of the time that is left. */
export function suggestedDeadline(now: Date, scheduled_at: string | null): string {
  const day = courtDay(new Date(now.getTime() + DAYS_TO_ANSWER * DAY_MS));
  const usual = new Date(`${day}T17:00:00${COURT_OFFSET}`);
  const starts = scheduled_at === null ? Number.NaN : Date.parse(scheduled_at);
  if (Number.isNaN(starts) || starts <= now.getTime() || usual.getTime() < starts) return usual.toISOString();
  return new Date(now.getTime() + (starts - now.getTime()) / 2).toISOString();
}
