/** What is asked for in a comparison, checked before it is sent. Pure. */

import type { AskedColumn, ComparisonRow, EligibilityHistory, NewComparison, RulesetChoice } from "../wire";

export const FEWEST = 2;
export const MOST = 4;

export interface Asked {
  /** `null`: the facts as they stand now. */
  determination: string | null;
  columns: AskedColumn[];
}

/** The rules of this proceeding and then the other ones, all of them today. */
export function firstAsked(history: EligibilityHistory): Asked {
  const names = [history.ruleset, ...history.rulesets.map((one) => one.name).filter((name) => name !== history.ruleset)];
  const columns = names.slice(0, FEWEST).map((ruleset) => ({ ruleset, on: history.today }));
  return { determination: null, columns };
}

/** A stored determination beside the same facts under the rules of this proceeding today. */
export function beside(history: EligibilityHistory, determination: string): Asked {
  return { determination, columns: [{ ruleset: history.ruleset, on: history.today }] };
}

export function countOf(asked: Asked): number {
  return asked.columns.length + (asked.determination === null ? 0 : 1);
}

export type Fault = "bad_date" | "not_in_force" | null;

/** What is wrong with a column: no date, or one before the rules applied. */
export function faultOf(column: AskedColumn, rulesets: readonly RulesetChoice[]): Fault {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(column.on) || Number.isNaN(Date.parse(column.on))) return "bad_date";
  const ruleset = rulesets.find((one) => one.name === column.ruleset);
  if (ruleset === undefined) return null;
  return column.on < ruleset.since || (ruleset.until !== null && column.on > ruleset.until) ? "not_in_force" : null;
}

export function bodyOf(asked: Asked): NewComparison {
  return { columns: asked.columns, determination_id: asked.determination };
}

export function parted(rows: readonly ComparisonRow[]): { differing: ComparisonRow[]; equal: ComparisonRow[] } {
  return { differing: rows.filter((row) => row.differs), equal: rows.filter((row) => !row.differs) };
}
