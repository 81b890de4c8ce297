import type { ParticipantView } from "../../../protocol";

/** The courtroom as one that takes part: the court's own computer, where those who attend in person sit. */
export function courtroomOf(participants: readonly ParticipantView[]): ParticipantView | null {
  return participants.find(({ role }) => role === "courtroom") ?? null;
}

/** Who attends in person, by seat. */
export function attendants<Person extends Pick<ParticipantView, "attends" | "state">>(people: readonly Person[]): Person[] {
  return people.filter(({ attends, state }) => attends === "at_court" && state !== "removed");
}

/** Whether the courtroom has a seat in the plan: once it has been connected, or while somebody is to come there. */
export function showsCourtroom(participants: readonly ParticipantView[]): boolean {
  const courtroom = courtroomOf(participants);
  if (courtroom === null) return false;
  return courtroom.connected || courtroom.state === "disconnected" || attendants(participants).length > 0;
}
