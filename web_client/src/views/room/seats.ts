import { BENCH } from "../../core/roles";
import type { ParticipantView } from "../../protocol";

/** The edge of a tile and the side of the room. */
export function sideClass(participant: ParticipantView): string {
  if (BENCH.has(participant.role)) return "bench";
  if (participant.side === "claimant" || participant.side === "prosecutor") return "claimant";
  if (participant.side === "respondent" || participant.side === "defendant") return "respondent";
  return "court";
}

export interface Seats {
  bench: ParticipantView[];
  claimants: ParticipantView[];
  respondents: ParticipantView[];
  clerks: ParticipantView[];
  stand: ParticipantView[];
  /** Third parties, interpreters and whoever has no place of their own in the plan. */
  strip: ParticipantView[];
}

/** Who sits where. A seat depends on role and side only: nobody is moved by speaking, coming or going. */
export function seatsOf(participants: readonly ParticipantView[]): Seats {
  const seats: Seats = { bench: [], claimants: [], respondents: [], clerks: [], stand: [], strip: [] };
  const ordered = [...participants].sort((first, second) => first.seat - second.seat || first.id.localeCompare(second.id));
  for (const person of ordered) {
    if (person.role === "clerk") seats.clerks.push(person);
    else if (BENCH.has(person.role)) seats.bench.push(person);
    else if (person.role === "witness" || person.role === "expert") seats.stand.push(person);
    else if (sideClass(person) === "claimant") seats.claimants.push(person);
    else if (sideClass(person) === "respondent") seats.respondents.push(person);
    else seats.strip.push(person);
  }
  const presiding = seats.bench.findIndex(({ role }) => role === "presiding_judge");
  if (presiding >= 0) {
    const [judge] = seats.bench.splice(presiding, 1);
    if (judge) seats.bench.splice(Math.floor((seats.bench.length + 1) / 2), 0, judge);
  }
  return seats;
}
