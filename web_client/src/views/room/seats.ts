import { BENCH } from "../../core/roles";
import type { DeskParticipant, ParticipantView, View } from "../../protocol";
import { showsCourtroom } from "./courtroom/presence";

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
  /** The courtroom, where those who attend in person sit; at most one. */
  courtroom: ParticipantView[];
  /** Third parties, interpreters and whoever has no place of their own in the plan. */
  strip: ParticipantView[];
}

/** Who sits where. A seat depends on role and side only: nobody is moved by speaking, coming or going. */
export function seatsOf(participants: readonly ParticipantView[]): Seats {
  const seats: Seats = { bench: [], claimants: [], respondents: [], clerks: [], stand: [], courtroom: [], strip: [] };
  const ordered = [...participants].sort((first, second) => first.seat - second.seat || first.id.localeCompare(second.id));
  for (const person of ordered) {
    if (person.role === "courtroom") {
      if (showsCourtroom(participants)) seats.courtroom.push(person);
    } else if (person.role === "clerk") seats.clerks.push(person);
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

/**
 * Everybody with a seat in this viewer's plan. Court staff also see the empty seats of those who wait or are still
 * away, from the list that only they are given; for everybody else the plan has those whom they may see.
 */
export function everybody(view: View): ParticipantView[] {
  if (!view.desk) return view.participants;
  const shown = new Map(view.participants.map((person) => [person.id, person]));
  const listed = new Set(view.desk.map(({ id }) => id));
  const seated = view.desk
    .filter((person) => shown.has(person.id) || person.state !== "removed")
    .map((person, index) => ({ ...(shown.get(person.id) ?? emptySeat(person)), seat: index }));
  return [...seated, ...view.participants.filter(({ id }) => !listed.has(id))];
}

function emptySeat(person: DeskParticipant): ParticipantView {
  return {
    id: person.id,
    role: person.role,
    side: person.side,
    name: person.name,
    seat: 0,
    state: person.state,
    place: person.place,
    connected: person.connected,
    attends: person.attends,
    at_court: person.at_court,
    microphone_on: false,
    microphone_locked: false,
    muted_by_court: false,
    camera_on: true,
    screen_allowed: false,
    hand_raised_at: null,
    network: person.network,
  };
}
