/** What a person of a case must say, and the body that is sent. Pure. */

import type { NewPerson, Person, PersonRole, Side } from "./wire";

export const PERSON_ROLES: readonly PersonRole[] = [
  "party",
  "legal_representative",
  "counsel",
  "defender",
  "prosecutor",
  "witness",
  "expert",
  "interpreter",
];
export const SIDES: readonly Side[] = ["claimant", "respondent", "third_party", "prosecutor", "defendant"];

export interface PersonDraft {
  name: string;
  role: PersonRole;
  side: Side | "";
  represents: string;
  phone: string;
}

/** Roles that speak for a party; they stand on that party's side. */
export function isAgent(role: PersonRole): boolean {
  return role === "counsel" || role === "legal_representative" || role === "defender";
}

/** The first field that keeps the person from being saved; `null` when nothing does. */
export function personProblem(
  draft: PersonDraft,
  parties: readonly Person[],
): "name" | "side" | "represents" | null {
  if (draft.name.trim() === "") return "name";
  if (isAgent(draft.role)) return parties.some((one) => one.id === draft.represents) ? null : "represents";
  if (draft.role === "party" && draft.side === "") return "side";
  return null;
}

export function personBody(draft: PersonDraft, parties: readonly Person[]): NewPerson {
  const agent = isAgent(draft.role);
  const principal = parties.find((one) => one.id === draft.represents);
  const own: Side | null = draft.side === "" ? (draft.role === "prosecutor" ? "prosecutor" : null) : draft.side;
  return {
    name: draft.name.trim(),
    role: draft.role,
    side: agent ? (principal?.side ?? null) : own,
    represents: agent ? draft.represents : null,
    phone: draft.phone.trim(),
  };
}

/** An empty form: the claimant is entered first, then the other side. */
export function blankPerson(people: readonly Person[]): PersonDraft {
  const claimant = people.some((one) => one.role === "party" && one.side === "claimant");
  return { name: "", role: "party", side: claimant ? "respondent" : "claimant", represents: "", phone: "" };
}
