import { expect, it } from "vitest";

import type { ParticipantView } from "../../src/protocol";
import { basisOf } from "../../src/views/join/basis";
import { onTheWall } from "../../src/views/room/courtroom/wall";
import { attendants, courtroomOf, showsCourtroom } from "../../src/views/room/courtroom/presence";
import { aView } from "../core/view";

const person = (id: string, role: ParticipantView["role"], more: Partial<ParticipantView> = {}): ParticipantView => ({
  id,
  role,
  side: null,
  name: id,
  seat: 0,
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
  ...more,
});

const AT_COURT = { attends: "at_court", place: "outside", connected: false, state: "invited" } as const;

it("the wall shows everybody online, the bench first, and nobody who sits in the room itself", () => {
  const view = aView();
  view.me = { ...view.me, id: "hall", role: "courtroom" };
  view.participants = [
    person("hall", "courtroom"),
    person("clerk", "clerk", { seat: 1 }),
    person("claimant", "party", { seat: 3 }),
    person("respondent", "party", { ...AT_COURT, seat: 4 }),
    person("gallery", "observer", { seat: 5 }),
    person("side", "panel_judge", { seat: 2 }),
    person("judge", "presiding_judge", { seat: 6 }),
    person("gone", "counsel", { state: "left", seat: 7 }),
  ];
  expect(onTheWall(view).map(({ id }) => id)).toEqual(["judge", "side", "claimant", "clerk"]);
});

it("who attends at court and whether the courtroom is shown", () => {
  const hall = person("hall", "courtroom", { connected: false, state: "invited" });
  const respondent = person("respondent", "party", AT_COURT);
  const removed = person("witness", "witness", { ...AT_COURT, state: "removed" });
  expect(attendants([hall, respondent, removed]).map(({ id }) => id)).toEqual(["respondent"]);
  expect(courtroomOf([respondent])).toBeNull();
  expect(showsCourtroom([hall, removed])).toBe(false);
  expect(showsCourtroom([hall, respondent])).toBe(true);
  expect(showsCourtroom([{ ...hall, state: "disconnected" }])).toBe(true);
});

it("a party reads the name of the rule, not its short form", () => {
  expect(basisOf("OLR 4, 10(2)", "zh")).toBe("《人民法院在线诉讼规则》第4、10(2)条");
  expect(basisOf("OLR 4, 10(2)", "en")).toBe("Online Litigation Rules of the People's Courts, art. 4, 10(2)");
  expect(basisOf("OLR 26; CPL 73", "en")).toBe("Online Litigation Rules of the People's Courts, art. 26; CPL 73");
});
