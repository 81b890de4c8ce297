/** Grounds that a judge rules on (`objection:par_1`, `need:physical_examination`, `complexity` …). Pure. */

import { asPosition, kindOf, NEEDS, partiesOf, subjectOf, witnessesOf } from "./facts";
import type { Assertion, HearingDetail, Ruling } from "./wire";

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

/** Proposed for the judge to confirm. The Shanghai notice is cited only where the proceeding is decided under it. */
export function usualArticle(ground: string, ruleset: string): string {
  const article = ARTICLE[groundOf(ground).kind];
  return ruleset.startsWith("shanghai-2020") ? article : article.replace(/^V; /, "");
}

/** Every ruling, the newest first. */
export function rulingsInOrder(rulings: readonly Ruling[]): Ruling[] {
  return [...rulings].sort((one, other) => Date.parse(other.at) - Date.parse(one.at));
}

/** The ruling on this ground that no later one has superseded. */
export function standingRuling(rulings: readonly Ruling[], ground: string): Ruling | undefined {
  return rulings.find((ruling) => ruling.ground === ground && !ruling.superseded);
}

/** Whether a ruling on this ground answers a fact of this key. */
export function answers(ground: string, key: string): boolean {
  const { kind, subject } = groundOf(ground);
  switch (kind) {
    case "objection":
    case "retraction":
      return (
        key === `position:${subject}` ||
        key === `agent_position:${subject}` ||
        key.startsWith(`agent_position:${subject}:`)
      );
    case "incapacity":
      return key === `capability:${subject}`;
    case "witness":
      return key === `witness_objection:${subject}`;
    case "need":
      return key === ground || key.startsWith(`${ground}:`);
    case "complexity":
    case "social_impact":
      return key === ground;
    default:
      return false;
  }
}

/** What stands stated on this ground, for the stage of the hearing, the oldest first. */
export function statementsOn(hearing: Pick<HearingDetail, "assertions" | "stage">, ground: string): Assertion[] {
  return hearing.assertions
    .filter((one) => !one.superseded && answers(ground, one.key))
    .filter((one) => {
      const position = asPosition(one.value, hearing.stage);
      return position === null || position.stage === hearing.stage;
    })
    .sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
}

export interface Rulable {
  /** Awaiting a ruling. */
  pending: string[];
  /** Ruled on before: a new ruling supersedes that one. */
  ruled: string[];
  /** Grounds the court may find of its own motion: held, they need nobody to have asserted them. */
  own: string[];
}

/** The grounds a judge can choose from, each in one group only. */
export function rulableGrounds(hearing: HearingDetail): Rulable {
  const pending = [...hearing.awaiting];
  const ruled = [...new Set(rulingsInOrder(hearing.rulings).map((one) => one.ground))].filter(
    (ground) => !pending.includes(ground),
  );
  const own = [
    ...NEEDS.map((need) => `need:${need}`),
    "complexity",
    "social_impact",
    ...partiesOf(hearing).map((party) => `incapacity:${party.id}`),
    ...witnessesOf(hearing).map((witness) => `witness:${witness.id}`),
    "other",
  ].filter((ground) => !pending.includes(ground) && !ruled.includes(ground));
  return { pending, ruled, own };
}
