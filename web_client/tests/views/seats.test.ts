import { expect, it } from "vitest";

import type { ParticipantView } from "../../src/protocol";
import { everybody, seatsOf } from "../../src/views/room/seats";
import { aView } from "../core/view";

const person = (id: string, role: ParticipantView["role"], side: ParticipantView["side"], seat = 0): ParticipantView => ({
  id,
  role,
  side,
  name: id,
  seat,
  state: "in_room",
  place: "main",
  connected: true,
  attends: "online",
  at_court: false,
  microphone_on: true,
  microphone_locked: false,
  muted_by_court: false,
  camera_on: true,
  screen_allowed: false,
  hand_raised_at: null,
  network: 4,
});

it("everybody has a fixed seat by role and side, the presiding judge in the middle", () => {
  const people = [
    person("party-r", "party", "respondent", 2),
    person("counsel-c", "counsel", "claimant", 2),
    person("party-c", "party", "claimant", 1),
    person("judge-a", "panel_judge", null, 1),
    person("judge-p", "presiding_judge", null, 0),
    person("judge-b", "peoples_assessor", null, 2),
    person("clerk", "clerk", null),
    person("witness", "witness", "claimant"),
    person("interpreter", "interpreter", null),
    person("third", "party", "third_party"),
  ];
  const names = (list: ParticipantView[]) => list.map(({ id }) => id);
  for (const order of [people, [...people].reverse()]) {
    const seats = seatsOf(order);
    expect(names(seats.bench)).toEqual(["judge-a", "judge-p", "judge-b"]);
    expect(names(seats.claimants)).toEqual(["party-c", "counsel-c"]);
    expect(names(seats.respondents)).toEqual(["party-r"]);
    expect(names(seats.clerks)).toEqual(["clerk"]);
    expect(names(seats.stand)).toEqual(["witness"]);
    expect(names(seats.strip).sort()).toEqual(["interpreter", "third"]);
  }
});

it("court staff see the seats of those who wait, others only whom they may see", () => {
  const view = aView();
  view.participants = [person("judge", "presiding_judge", null), person("party-c", "party", "claimant")];
  expect(everybody(view).map(({ id }) => id)).toEqual(["judge", "party-c"]);
  const waiting = {
    id: "counsel-c",
    role: "counsel" as const,
    side: "claimant" as const,
    name: "counsel-c",
    state: "lobby" as const,
    place: "lobby" as const,
    connected: true,
    waiting_since: null,
    identity_verified: false,
    identity_method: null,
    declared: true,
    equipment: "passed" as const,
    attends: "online" as const,
    at_court: false,
    second_device_waiting: false,
    network: 3,
    last_disconnect_cause: null,
    path: "udp" as const,
  };
  const listed = (id: string) => ({ ...waiting, id, place: "main" as const, state: "in_room" as const });
  view.desk = [waiting, listed("party-c"), { ...waiting, id: "gone", state: "removed" }, listed("judge")];
  const seats = seatsOf(everybody(view));
  expect(seats.claimants.map(({ id, place }) => [id, place])).toEqual([
    ["counsel-c", "lobby"],
    ["party-c", "main"],
  ]);
  expect(seats.bench).toHaveLength(1);
});

it("the courtroom has a place of its own, and is not shown where nobody comes to it", () => {
  const courtroom = { ...person("hall", "courtroom", null, 500), connected: false, state: "invited" as const };
  const atCourt = { ...person("party-r", "party", "respondent"), attends: "at_court" as const, place: "outside" as const };
  expect(seatsOf([courtroom]).courtroom).toEqual([]);
  expect(seatsOf([{ ...courtroom, connected: true, state: "in_room" }]).courtroom).toHaveLength(1);
  const seats = seatsOf([courtroom, atCourt]);
  expect(seats.courtroom.map(({ id }) => id)).toEqual(["hall"]);
  expect(seats.respondents.map(({ id }) => id)).toEqual(["party-r"]);
  expect(seats.strip).toEqual([]);
});
