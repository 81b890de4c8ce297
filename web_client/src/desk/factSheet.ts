/** The sheet on which the desk enters facts: what is typed but not saved, and what saving it sends. Pure. */

import { asPosition, asserterWords, kindOf, sameValue, standing, unsaid } from "./facts";
import type { Assertion, HearingDetail, How, NewAssertion } from "./wire";

/** `who` is a participant's id or an office; the record gets its name. */
export interface Source {
  who: string;
  how: Exclude<How, "link">;
  note: string;
}

/** Typed and not yet saved: values by key, and who said so by group of facts. */
export interface Sheet {
  values: Record<string, unknown>;
  sources: Record<string, Source>;
}

export const EMPTY_SHEET: Sheet = { values: {}, sources: {} };

/** What a fact shows: what is typed, else what stands, else what holds while nothing is said. */
export function shownValue(hearing: HearingDetail, sheet: Sheet, key: string): unknown {
  if (key in sheet.values) return sheet.values[key];
  return standing(hearing.assertions, hearing.stage).get(key)?.value ?? unsaid(key, hearing.stage);
}

export function stated(hearing: HearingDetail, key: string): Assertion | null {
  return standing(hearing.assertions, hearing.stage).get(key) ?? null;
}

/** What was concluded from an equipment test is nobody's statement, though it came by the person's link. */
const SYSTEM = "system";

function isByLink(assertion: Assertion | null | undefined): boolean {
  return assertion?.how === "link" && assertion.entered_by !== SYSTEM;
}

/** A statement made by link is the person's own: the desk reads it and cannot alter it. */
export function isLocked(hearing: HearingDetail, key: string): boolean {
  return isByLink(stated(hearing, key));
}

/** The keys whose typed value differs from what stands. A position nobody has given differs from any that is typed. */
export function changedKeys(hearing: HearingDetail, sheet: Sheet, keys: readonly string[]): string[] {
  const now = standing(hearing.assertions, hearing.stage);
  return keys.filter((key) => {
    if (!(key in sheet.values) || isByLink(now.get(key))) return false;
    const stands = now.get(key);
    if (stands !== undefined) return !sameValue(sheet.values[key], stands.value);
    const isPosition = kindOf(key) === "position" || kindOf(key) === "agent_position";
    return isPosition || !sameValue(sheet.values[key], unsaid(key, hearing.stage));
  });
}

export function assertionBody(hearing: HearingDetail, sheet: Sheet, key: string, source: Source): NewAssertion {
  const value = sheet.values[key];
  const position = asPosition(value, "trial");
  return {
    key,
    value: position === null ? value : { ...position, reasons: position.reasons.trim() },
    asserted_by: asserterWords(hearing, source.who),
    how: source.how,
    note: source.note.trim(),
  };
}

/** The sheet without these keys (they are saved or given up). */
export function withoutKeys(sheet: Sheet, keys: readonly string[], group: string): Sheet {
  const values = Object.fromEntries(Object.entries(sheet.values).filter(([key]) => !keys.includes(key)));
  const { [group]: _done, ...sources } = sheet.sources;
  return { values, sources };
}
