/** The life cycle of a hearing as the desk shows it: steps, phase tags, and which actions belong to which phase. Pure. */

import type { ActionInfo, PhaseName } from "./wire";

export type Step =
  | "draft"
  | "checking"
  | "eligible"
  | "scheduled"
  | "lobby_open"
  | "ready"
  | "in_session"
  | "transcript_review"
  | "closed";

export const STEPS: readonly Step[] = [
  "draft",
  "checking",
  "eligible",
  "scheduled",
  "lobby_open",
  "ready",
  "in_session",
  "transcript_review",
  "closed",
];

const STEP_OF_PHASE: Record<PhaseName, Step> = {
  draft: "draft",
  checking: "checking",
  awaiting_ruling: "checking",
  blocked: "checking",
  eligible: "eligible",
  hybrid: "eligible",
  scheduled: "scheduled",
  adjourned: "scheduled",
  lobby_open: "lobby_open",
  ready: "ready",
  in_session: "in_session",
  recess: "in_session",
  in_camera: "in_session",
  court_mediation: "in_session",
  suspended_technical: "in_session",
  transcript_review: "transcript_review",
  converted_offline: "closed",
  closed: "closed",
  archived: "closed",
  archive_failed: "closed",
  cancelled: "closed",
  terminated: "closed",
};

export type StepState = "done" | "now" | "ahead";

/**
 * The stepper: each step with its state. A hearing that ended early did not pass the steps between; one that was
 * `converted` was opened, and its transcript was not read online.
 */
export function stepsOf(phase: PhaseName, converted = false): { step: Step; state: StepState }[] {
  const steps = converted ? STEPS.filter((step) => step !== "transcript_review") : STEPS;
  const now = steps.indexOf(STEP_OF_PHASE[phase]);
  const endedEarly = !converted && (phase === "cancelled" || phase === "converted_offline" || phase === "terminated");
  return steps.map((step, index) => {
    if (index === now) return { step, state: "now" };
    return { step, state: index < now && !endedEarly ? "done" : "ahead" };
  });
}

export type Tone = "plain" | "accent" | "ok" | "wait" | "stop" | "mixed";

/** Colour of a phase's tag. The word always stands beside it. */
export function phaseTone(phase: PhaseName): Tone {
  switch (phase) {
    case "lobby_open":
    case "ready":
    case "in_session":
    case "in_camera":
    case "court_mediation":
    case "transcript_review":
      return "accent";
    case "recess":
    case "awaiting_ruling":
    case "checking":
      return "wait";
    case "blocked":
    case "suspended_technical":
    case "archive_failed":
      return "stop";
    default:
      return "plain";
  }
}

export const LIVE_PHASES: readonly PhaseName[] = [
  "lobby_open",
  "ready",
  "in_session",
  "recess",
  "in_camera",
  "court_mediation",
  "suspended_technical",
  "transcript_review",
];

export const ENDED_PHASES: readonly PhaseName[] = [
  "closed",
  "archived",
  "archive_failed",
  "converted_offline",
  "cancelled",
  "terminated",
];

/** Phases in which the file may hold a recording. */
export function mayHaveRecording(phase: PhaseName): boolean {
  return ["closed", "archived", "archive_failed", "converted_offline", "terminated"].includes(phase);
}

export type ActionName = "determine" | "schedule" | "open_lobby" | "enter" | "cancel";

const EXPECTED_NEXT: Partial<Record<PhaseName, ActionName[]>> = {
  draft: ["determine", "schedule"],
  checking: ["determine", "schedule"],
  awaiting_ruling: ["schedule"],
  blocked: ["schedule"],
  eligible: ["schedule"],
  hybrid: ["schedule"],
  scheduled: ["open_lobby"],
  adjourned: ["schedule"],
};

export interface OfferedAction {
  name: ActionName;
  info: ActionInfo;
  primary: boolean;
}

/**
 * The actions to draw, in their order. An allowed action is always drawn; a refused one only where it is the step a
 * person would look for next, so that its reason is read and not searched for. The furthest allowed step is primary.
 */
export function offeredActions(phase: PhaseName, actions: Record<string, ActionInfo>): OfferedAction[] {
  const expected = LIVE_PHASES.includes(phase) ? (["enter"] as ActionName[]) : (EXPECTED_NEXT[phase] ?? []);
  const order: ActionName[] = ["determine", "schedule", "open_lobby", "enter", "cancel"];
  const drawn = order.flatMap((name) => {
    const info = actions[name];
    if (info === undefined || (!info.allowed && !expected.includes(name))) return [];
    return [{ name, info, primary: false }];
  });
  const forward = drawn.filter((action) => action.info.allowed && action.name !== "cancel");
  const first = forward.at(-1);
  return drawn.map((action) => ({ ...action, primary: action === first }));
}
