import type { Role } from "../protocol";

/** Those who decide. */
export const BENCH: ReadonlySet<Role> = new Set<Role>(["presiding_judge", "panel_judge", "peoples_assessor"]);

/** Staff of the court: they come from the desk and are in the room without being admitted. */
export const COURT: ReadonlySet<Role> = new Set<Role>([...BENCH, "judges_assistant", "clerk", "court_technician"]);
