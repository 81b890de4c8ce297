/** What a side is about to state: read out of the sheet and of the kept draft, and the body that is sent. Pure. */

import type { NewStatement, StandingPosition, StatementSheet } from "../../protocol";

export type Stage = StatementSheet["stage"];
export type StatedWord = NewStatement["positions"][number]["position"];
export type Need = NewStatement["needs"][number]["need"];
export type Capability = NonNullable<NewStatement["capability"]>;
/** The generated types count the entries of a list; there is one for each stage and need, so never too many. */
type Positions = NewStatement["positions"];
type Needs = NewStatement["needs"];

export const NEEDS: readonly Need[] = ["on_site_identification", "verification_of_originals", "physical_examination"];
export const LIMITS = { reasons: 4000, note: 1000, what: 1000 } as const;

export interface FormPosition {
  position: StatedWord;
  reasons: string;
}
export interface FormNeed {
  needed: boolean;
  what: string;
}

/** Only what this person has touched; everything else stays as it was stated before. */
export interface Form {
  positions: Partial<Record<Stage, FormPosition>>;
  capability: Capability | null;
  note: string;
  needs: Partial<Record<Need, FormNeed>>;
}

export const EMPTY: Form = { positions: {}, capability: null, note: "", needs: {} };

/** The position of this speaker for a stage that stands now; the side may have others by those who speak for it. */
export function ownPosition(sheet: StatementSheet, stage: Stage): StandingPosition | null {
  return sheet.positions.find((one) => one.stage === stage && one.own) ?? null;
}

export function othersPositions(sheet: StatementSheet, stage: Stage): StandingPosition[] {
  return sheet.positions.filter((one) => one.stage === stage && !one.own);
}

/** Whether anybody of this side has taken a position for the stage of this hearing. */
export function hasSpoken(sheet: StatementSheet): boolean {
  return sheet.positions.some((one) => one.stage === sheet.stage && one.position !== "silent");
}

/**
 * Whether objecting for this stage takes back a consent given before by this side (OLR 5(2)); a side of which somebody
 * has objected already stands as objecting.
 */
export function wouldRetract(sheet: StatementSheet, stage: Stage): boolean {
  const said = new Set(sheet.positions.filter((one) => one.stage === stage).map((one) => one.position));
  if (said.has("objects")) return false;
  return said.has("retracts") || said.has("consents") || said.has("chose_online");
}

/** A retraction that stands is an objection on this page: its speaker does not agree. */
function asStated(position: StandingPosition["position"]): StatedWord | null {
  if (position === "silent") return null;
  return position === "retracts" ? "objects" : position;
}

/** What the form shows for a stage: what was touched, else what this speaker said before, else nothing. */
export function shownPosition(sheet: StatementSheet, form: Form, stage: Stage): FormPosition | null {
  const touched = form.positions[stage];
  if (touched) return touched;
  const own = ownPosition(sheet, stage);
  const position = own && asStated(own.position);
  return own && position ? { position, reasons: own.reasons } : null;
}

export function shownCapability(sheet: StatementSheet, form: Form): Capability | null {
  if (form.capability) return form.capability;
  return sheet.capability === "untested" ? null : sheet.capability;
}

export function shownNeed(sheet: StatementSheet, form: Form, need: Need): FormNeed {
  const touched = form.needs[need];
  if (touched) return touched;
  const stands = sheet.needs.find((one) => one.need === need);
  return { needed: stands !== undefined, what: stands?.what ?? "" };
}

/** Which positions can be taken: in a mediation one agrees or does not, nobody "chose online". */
export function choices(sheet: StatementSheet): readonly StatedWord[] {
  return sheet.kind === "mediation" ? ["consents", "objects"] : ["consents", "chose_online", "objects"];
}

/** An entry of the court may be restated in one's own name though it says the same: only then is it one's own word. */
function positionChanged(sheet: StatementSheet, stage: Stage, now: FormPosition): boolean {
  const own = ownPosition(sheet, stage);
  if (!own || own.how !== "link") return true;
  return asStated(own.position) !== now.position || own.reasons.trim() !== now.reasons.trim();
}

function needChanged(sheet: StatementSheet, need: Need, now: FormNeed): boolean {
  const stands = sheet.needs.find((one) => one.need === need);
  if (!stands) return now.needed;
  return !now.needed || stands.how !== "link" || stands.what.trim() !== now.what.trim();
}

/** What sending would state: only what differs from what stands, in the order of the page. */
export function statementOf(sheet: StatementSheet, form: Form): NewStatement {
  const positions = orderedStages(sheet).flatMap((stage) => {
    const now = form.positions[stage];
    if (!now || !positionChanged(sheet, stage, now)) return [];
    return [{ stage, position: now.position, reasons: now.position === "objects" ? now.reasons.trim() : "" }];
  });
  const capability = form.capability !== null && (form.capability !== sheet.capability || form.note.trim() !== "") ? form.capability : null;
  const needs = NEEDS.flatMap((need) => {
    const now = form.needs[need];
    return now && needChanged(sheet, need, now) ? [{ need, needed: now.needed, what: now.needed ? now.what.trim() : "" }] : [];
  });
  return {
    positions: positions as Positions,
    capability,
    capability_note: capability === "unable" ? form.note.trim() : "",
    needs: needs as Needs,
  };
}

export function isEmpty(statement: NewStatement): boolean {
  return statement.positions.length === 0 && statement.capability === null && statement.needs.length === 0;
}

/** The form as it is kept on the server: everything touched, sendable or not. */
export function draftOf(form: Form): NewStatement {
  const positions = Object.entries(form.positions) as [Stage, FormPosition][];
  const needs = Object.entries(form.needs) as [Need, FormNeed][];
  return {
    positions: positions.map(([stage, value]) => ({ stage, ...value })) as Positions,
    capability: form.capability,
    capability_note: form.note,
    needs: needs.map(([need, value]) => ({ need, ...value })) as Needs,
  };
}

export function formOf(draft: NewStatement | null): Form {
  if (!draft) return EMPTY;
  return {
    positions: Object.fromEntries(draft.positions.map(({ stage, ...value }) => [stage, value])),
    capability: draft.capability,
    note: draft.capability_note,
    needs: Object.fromEntries(draft.needs.map(({ need, ...value }) => [need, value])),
  };
}

export function isBlank(form: Form): boolean {
  const { positions, capability, note, needs } = form;
  return Object.keys(positions).length === 0 && Object.keys(needs).length === 0 && capability === null && note === "";
}

/** This hearing's stage first, the others as the server lists them. */
export function orderedStages(sheet: StatementSheet): Stage[] {
  return [sheet.stage, ...sheet.stages.filter((stage) => stage !== sheet.stage)];
}

/** A thing that must be seen is named: what is missing before the statement can go, or null. */
export function problem(sheet: StatementSheet, form: Form): Need | "note" | null {
  if (form.capability === "unable" && sheet.capability !== "unable" && form.note.trim() === "") return "note";
  return NEEDS.find((need) => form.needs[need]?.needed && form.needs[need].what.trim() === "") ?? null;
}

/** What lies between the first screen and sending. */
export const STEPS = ["position", "technical", "on_site", "review"] as const;
export type Step = (typeof STEPS)[number];
export type Place = "start" | "equipment" | Step;

/** In a mediation nothing must be seen on site: that step is not asked. */
export function stepsOf(sheet: StatementSheet): readonly Step[] {
  return sheet.kind === "mediation" ? STEPS.filter((step) => step !== "on_site") : STEPS;
}

export function statementPath(participation: string, place: Place = "start"): string {
  return `/p/${participation}/statement${place === "start" ? "" : `/${place}`}`;
}

/** `/p/par_…/statement` and below; null for any other path. */
export function readStatementPath(path: string): { participation: string; place: Place } | null {
  const found = /^\/p\/(par_[A-Za-z0-9]{8,32})\/statement(?:\/(equipment|position|technical|on_site|review))?\/?$/.exec(path);
  return found?.[1] ? { participation: found[1], place: (found[2] as Place | undefined) ?? "start" } : null;
}
