import { BENCH } from "../../../core/roles";
import type { ParticipantView, View } from "../../../protocol";

function rank(person: ParticipantView): number {
  if (person.role === "presiding_judge") return 0;
  if (BENCH.has(person.role)) return 1;
  return person.role === "clerk" ? 3 : 2;
}

/** Who is shown on the courtroom's wall: the bench first, then everybody else who takes part online. */
export function onTheWall(view: View): ParticipantView[] {
  return view.participants
    .filter((person) => person.id !== view.me.id && person.place === "main" && person.attends === "online")
    .filter((person) => person.role !== "observer" && person.role !== "court_technician" && person.state !== "left")
    .sort((first, second) => rank(first) - rank(second) || first.seat - second.seat);
}
