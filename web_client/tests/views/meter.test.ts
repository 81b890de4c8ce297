import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { playChime } from "../../src/views/join/meter";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a sound system that never starts ends the chime, so that the reader can say they heard nothing", async () => {
  const closed = vi.fn(() => Promise.resolve());
  class NeverRunning {
    readonly state = "suspended";
    readonly close = closed;
    resume(): Promise<void> {
      return new Promise(() => undefined);
    }
    createGain(): never {
      throw new Error("played on a context that does not run");
    }
  }
  vi.stubGlobal("AudioContext", NeverRunning);
  let ended = false;
  const chime = playChime().then(() => {
    ended = true;
  });
  await vi.advanceTimersByTimeAsync(1000);
  expect(ended).toBe(false);
  await vi.advanceTimersByTimeAsync(1500);
  expect(ended).toBe(true);
  expect(closed).toHaveBeenCalledOnce();
  await chime;
});
