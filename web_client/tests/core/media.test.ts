import { expect, it } from "vitest";

import { wantsMicrophone } from "../../src/core/media";
import { seatsOf } from "../../src/views/room/seats";
import type { ParticipantView } from "../../src/protocol";
import { aView } from "./view";

const me = (changes: Partial<ReturnType<typeof aView>["me"]>) => ({ ...aView().me, ...changes });

it("the viewer's own switch decides whether the microphone sends", () => {
  expect(wantsMicrophone(me({ microphone_on: true }), false)).toBe(true);
  expect(wantsMicrophone(me({ microphone_on: false }), true)).toBe(false);
});

it("a mute by the court leaves the sending as it was: the server refuses the packets and counts them", () => {
  for (const court of [{ muted_by_court: true }, { microphone_locked: true }]) {
    expect(wantsMicrophone(me({ microphone_on: false, ...court }), true)).toBe(true);
    expect(wantsMicrophone(me({ microphone_on: false, ...court }), false)).toBe(false);
  }
});

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
  microphone_on: true,
  microphone_locked: false,
  muted_by_court: false,
  camera_on: true,
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
