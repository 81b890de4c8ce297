/** The facts the gate needs, read out of the assertions: which facts a hearing has, what each now says. Pure. */

import type { Assertion, HearingDetail, HearingParticipant } from "./wire";

export const POSITIONS = ["consents", "chose_online", "objects", "silent", "retracts"] as const;
export type Position = (typeof POSITIONS)[number];
export const STAGES = ["inquiry", "evidence_exchange", "pretrial", "trial", "pronouncement"] as const;
/** The stages a position can be given for here: a mediation has one of its own. */
export const stagesOf = (hearing: HearingDetail): readonly HearingDetail["stage"][] =>
  hearing.stage === "mediation" ? ["mediation"] : STAGES;
export const CAPABILITIES = ["untested", "able", "unable"] as const;
export const SERVICES = ["personal", "electronic", "public_notice"] as const;
export const CLOSED = [
  "none",
  "by_law_state_secret",
  "by_law_privacy",
  "by_law_minor_defendant",
  "on_application_pending",
  "on_application_granted",
] as const;
export const NEEDS = ["on_site_identification", "verification_of_originals", "physical_examination"] as const;
export const COMPLEXITIES = ["ordinary", "significant_and_complex"] as const;
export const IMPACTS = ["ordinary", "major"] as const;

export interface PositionValue {
  position: Position;
  stage: HearingDetail["stage"];
  reasons: string;
}

/** What a fact says while nobody has said anything. */
export function unsaid(key: string, stage: HearingDetail["stage"]): unknown {
  const kind = kindOf(key);
  switch (kind) {
    case "position":
    case "agent_position":
      return { position: "silent", stage, reasons: "" } satisfies PositionValue;
    case "capability":
      return "untested";
    case "served_by":
      return "personal";
    case "closed":
      return "none";
    case "complexity":
    case "social_impact":
      return "ordinary";
    default:
      return false;
  }
}

/** `position` of `position:par_1`, `need` of `need:physical_examination`. */
export function kindOf(key: string): string {
  return key.split(":", 1)[0] ?? key;
}

/** `par_1` of `position:par_1`; empty where the key has no subject. */
export function subjectOf(key: string): string {
  const colon = key.indexOf(":");
  return colon < 0 ? "" : key.slice(colon + 1);
}

/** All that follows the kind: `["physical_examination", "par_1"]` of `need:physical_examination:par_1`. */
export function subjectsOf(key: string): string[] {
  return key.split(":").slice(1);
}

/** Whether a position was given for another stage; it then stands beside the one for this stage (OLR 4(4)). */
function isForOther(assertion: Assertion, stage: HearingDetail["stage"] | undefined): boolean {
  if (stage === undefined) return false;
  const given = asPosition(assertion.value, stage);
  return given !== null && given.stage !== stage;
}

/**
 * The assertion that stands for each key: the newest that nothing superseded. Of a position there may be one for each
 * stage: the one for `stage`, this hearing's, comes before those for others.
 */
export function standing(assertions: readonly Assertion[], stage?: HearingDetail["stage"]): Map<string, Assertion> {
  const byKey = new Map<string, Assertion>();
  for (const assertion of assertions) {
    if (assertion.superseded) continue;
    const other = byKey.get(assertion.key);
    const nearer = other !== undefined && Number(isForOther(other, stage)) - Number(isForOther(assertion, stage));
    if (other === undefined || nearer === 1 || (nearer === 0 && Date.parse(other.at) <= Date.parse(assertion.at))) {
      byKey.set(assertion.key, assertion);
    }
  }
  return byKey;
}

/** Positions of a key that were given for other stages and stand, in the order they were given. */
export function forOtherStages(hearing: HearingDetail, key: string): Assertion[] {
  const shown = standing(hearing.assertions, hearing.stage).get(key);
  return hearing.assertions.filter(
    (one) => one.key === key && !one.superseded && one !== shown && isForOther(one, hearing.stage),
  );
}

function isPosition(value: unknown): value is Position {
  return (POSITIONS as readonly unknown[]).includes(value);
}

/** A position value whatever else came with it; `null` when it is not one. */
export function asPosition(value: unknown, stage: HearingDetail["stage"]): PositionValue | null {
  if (typeof value !== "object" || value === null) return null;
  const given = value as Record<string, unknown>;
  if (!isPosition(given.position)) return null;
  const known = given.stage === "mediation" || (STAGES as readonly unknown[]).includes(given.stage);
  return {
    position: given.position,
    stage: known ? (given.stage as PositionValue["stage"]) : stage,
    reasons: typeof given.reasons === "string" ? given.reasons : "",
  };
}

/** Whether two values of a fact say the same. Key order inside a position does not matter. */
export function sameValue(one: unknown, other: unknown): boolean {
  const left = asPosition(one, "trial");
  const right = asPosition(other, "trial");
  if (left !== null && right !== null) {
    return left.position === right.position && left.stage === right.stage && left.reasons === right.reasons;
  }
  return one === other;
}

const AGENT_ROLES: readonly HearingParticipant["role"][] = ["counsel", "legal_representative", "defender"];
const ASIDE_ROLES: readonly HearingParticipant["role"][] = ["witness", "expert"];

export function partiesOf(hearing: HearingDetail): HearingParticipant[] {
  return hearing.participants.filter((one) => one.role === "party" || one.role === "prosecutor");
}

/** Counsel, defenders and legal representatives who speak for a party, by participant or by person id. */
export function agentsOf(hearing: HearingDetail, party: HearingParticipant): HearingParticipant[] {
  return hearing.participants.filter(
    (one) =>
      AGENT_ROLES.includes(one.role) &&
      one.represents !== null &&
      (one.represents === party.id || one.represents === party.person),
  );
}

/** The party a counsel or representative speaks for. */
export function principalOf(hearing: HearingDetail, agent: HearingParticipant): HearingParticipant | null {
  if (agent.represents === null) return null;
  return hearing.participants.find((one) => one.id === agent.represents || one.person === agent.represents) ?? null;
}

export function witnessesOf(hearing: HearingDetail): HearingParticipant[] {
  return hearing.participants.filter((one) => ASIDE_ROLES.includes(one.role));
}

/** A side's position for this stage as the server sums it up; `null` where it has said nothing. */
export function sidePosition(hearing: HearingDetail, party: HearingParticipant): Position | null {
  const side = hearing.sides.find((one) => one.party === party.id);
  return side?.spoken ? side.position : null;
}

/** Offices that assert a fact in their own name; the record carries the Chinese word. */
export const OFFICES = { case_filing_office: "立案庭", court: "合议庭" } as const;
export type Office = keyof typeof OFFICES;

/** Who asserts, as the record writes it: the name of a person of this hearing, or the word for the office. */
export function asserterWords(hearing: HearingDetail, who: string): string {
  const person = hearing.participants.find((one) => one.id === who);
  return person?.name ?? OFFICES[who as Office] ?? who;
}
