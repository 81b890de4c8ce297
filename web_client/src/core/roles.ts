import type { Requests, Role } from "../protocol";

/** Those who decide. */
export const BENCH: ReadonlySet<Role> = new Set<Role>(["presiding_judge", "panel_judge", "peoples_assessor"]);

/** Staff of the court: they come from the desk and are in the room without being admitted. */
export const COURT: ReadonlySet<Role> = new Set<Role>([
  ...BENCH,
  "judges_assistant",
  "clerk",
  "mediator",
  "court_technician",
  "courtroom",
]);

/** Those who speak for a side of the case. */
const SIDES: ReadonlySet<Role> = new Set<Role>(["party", "prosecutor", "legal_representative", "counsel", "defender"]);

// The mediator conducts a mediation, which has no judge; a hearing has no mediator.
const PRESIDING: ReadonlySet<Role> = new Set<Role>(["presiding_judge", "mediator"]);
const CLERK: ReadonlySet<Role> = new Set<Role>(["clerk", "mediator"]);
const BOTH: ReadonlySet<Role> = new Set<Role>(["presiding_judge", "clerk", "mediator"]);

/**
 * Whose page has a control for a command at all. Whether it may be given now is the server's answer; this only keeps
 * a party's page free of controls that could never be theirs. A command that is not listed is everybody's.
 */
const CONTROLS: Partial<Record<keyof Requests, ReadonlySet<Role>>> = {
  lodge_objection: SIDES,
  begin_check: CLERK,
  end_check: CLERK,
  verify_identity: CLERK,
  admit: CLERK,
  note_absent: CLERK,
  note_present_at_court: CLERK,
  send_back: BOTH,
  approve_device: BOTH,
  suspend: BOTH,
  open_session: PRESIDING,
  mute: PRESIDING,
  mute_all: PRESIDING,
  unlock_microphone: PRESIDING,
  allow_screen: PRESIDING,
  recess: PRESIDING,
  resume: PRESIDING,
  adjourn: PRESIDING,
  convert_offline: PRESIDING,
  remove: PRESIDING,
  close_hearing: PRESIDING,
};

/** Roles that only look on, or that conduct the hearing and need not ask for the floor. */
const NO_HAND: ReadonlySet<Role> = new Set<Role>([
  "presiding_judge",
  "mediator",
  "clerk",
  "judges_assistant",
  "observer",
  "court_technician",
  "courtroom",
]);

/** Whoever only looks on shows nothing; the courtroom is the court's camera and nobody's desk. */
export function sharesScreen(role: Role): boolean {
  return role !== "observer" && role !== "court_technician" && role !== "courtroom";
}

export function hasControl(role: Role, command: keyof Requests): boolean {
  if (command === "start_screen" || command === "stop_screen") return sharesScreen(role);
  if (command === "raise_hand") return !NO_HAND.has(role);
  return CONTROLS[command]?.has(role) ?? true;
}
