/** Grounds that a judge rules on (`objection:par_1`, `need:physical_examination`, `complexity` …). Pure. */

import { kindOf, standing, subjectOf } from "./facts";
import type { HearingDetail, Ruling } from "./wire";

export const GROUND_KINDS = [
  "case_type",
  "objection",
  "retraction",
  "incapacity",
  "need",
  "complexity",
  "social_impact",
  "witness",
  "other",
] as const;
export type GroundKind = (typeof GROUND_KINDS)[number];

/** The article a ruling on this ground is usually given under; the judge may write another. */
const ARTICLE: Record<GroundKind, string> = {
  case_type: "OLR 3",
  objection: "V; OLR 21(1)",
  retraction: "OLR 5(2)",
  incapacity: "V; OLR 21(2)",
  need: "V; OLR 21(3)",
  complexity: "V; OLR 21(4)",
  social_impact: "V; OLR 21(6)",
  witness: "OLR 26",
  other: "V; OLR 21(7)",
};

export interface Ground {
  kind: GroundKind;
  subject: string;
}

export function groundOf(ground: string): Ground {
  const kind = kindOf(ground);
  const known = (GROUND_KINDS as readonly string[]).includes(kind);
  return { kind: known ? (kind as GroundKind) : "other", subject: subjectOf(ground) };
}

export function usualArticle(ground: string): string {
  return ARTICLE[groundOf(ground).kind];
}

/** Each ruling with whether a later one on the same ground took its place, newest first. */
export function rulingsInOrder(rulings: readonly Ruling[]): { ruling: Ruling; superseded: boolean }[] {
  const newestFirst = [...rulings].sort((one, other) => Date.parse(other.at) - Date.parse(one.at));
  const seen = new Set<string>();
  return newestFirst.map((ruling) => {
    const superseded = seen.has(ruling.ground);
    seen.add(ruling.ground);
    return { ruling, superseded };
  });
}

/** Keys of the facts a ground rests on: when one is stated anew, an earlier ruling no longer answers it. */
function factsOf(ground: string): string[] {
  const { kind, subject } = groundOf(ground);
  switch (kind) {
    case "objection":
    case "retraction":
      return [`position:${subject}`, `agent_position:${subject}`];
    case "incapacity":
      return [`capability:${subject}`];
    case "witness":
      return [`witness_objection:${subject}`];
    case "need":
    case "complexity":
    case "social_impact":
      return [ground];
    default:
      return [];
  }
}

/**
 * The awaited grounds that nobody has ruled on since they were last asserted. `awaiting` is as of the stored
 * determination; until the next check it still names what was ruled on a moment ago.
 */
export function pendingGrounds(hearing: Pick<HearingDetail, "awaiting" | "assertions" | "rulings">): string[] {
  const stands = standing(hearing.assertions);
  return hearing.awaiting.filter((ground) => {
    const asserted = Math.max(0, ...factsOf(ground).map((key) => Date.parse(stands.get(key)?.at ?? "") || 0));
    return !hearing.rulings.some((ruling) => ruling.ground === ground && Date.parse(ruling.at) > asserted);
  });
}
