import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Quiet } from "../../src/core/quiet";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("says once that nothing came in time, and once that something comes again", () => {
  const told: boolean[] = [];
  const quiet = new Quiet(1000, (now) => told.push(now));
  vi.advanceTimersByTime(5000);
  expect(told).toEqual([]); // it waits from the first sign on
  quiet.heard();
  vi.advanceTimersByTime(900);
  quiet.heard();
  vi.advanceTimersByTime(999);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(told).toEqual([true]);
  vi.advanceTimersByTime(5000);
  expect(told).toEqual([true]);
  quiet.heard();
  quiet.heard();
  expect(told).toEqual([true, false]);
});

test("says nothing after it was stopped, and begins anew with the next sign", () => {
  const told: boolean[] = [];
  const quiet = new Quiet(1000, (now) => told.push(now));
  quiet.heard();
  quiet.stop();
  vi.advanceTimersByTime(5000);
  expect(told).toEqual([]);
  quiet.heard();
  vi.advanceTimersByTime(1000);
  expect(told).toEqual([true]);
});
