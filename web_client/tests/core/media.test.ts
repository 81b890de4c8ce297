import { expect, it } from "vitest";

import { wantsMicrophone } from "../../src/core/media/media";
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
