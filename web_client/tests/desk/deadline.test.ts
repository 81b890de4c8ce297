import { describe, expect, it } from "vitest";

import { timeLeft } from "../../src/core/deadline";
import { suggestedDeadline } from "../../src/desk/deadline";

const NOW = new Date("2026-11-23T10:00:00+08:00");

describe("the proposed deadline", () => {
  it("is the end of office hours three days on, in the court's zone", () => {
    expect(suggestedDeadline(NOW, null)).toBe("2026-11-26T09:00:00.000Z");
    expect(suggestedDeadline(NOW, "2026-12-10T09:00:00+08:00")).toBe("2026-11-26T09:00:00.000Z");
  });

  it("is before a hearing that comes sooner", () => {
    const at = suggestedDeadline(NOW, "2026-11-24T10:00:00+08:00");
    expect(at).toBe("2026-11-23T14:00:00.000Z");
  });

  it("takes no account of a hearing's time that is past: it was adjourned", () => {
    expect(suggestedDeadline(NOW, "2026-11-20T10:00:00+08:00")).toBe("2026-11-26T09:00:00.000Z");
  });
});

describe("the time left", () => {
  it.each([
    ["2026-11-26T17:00:00+08:00", { unit: "days", count: 3 }],
    ["2026-11-25T10:00:00+08:00", { unit: "days", count: 2 }],
    ["2026-11-25T09:59:00+08:00", { unit: "hours", count: 47 }],
    ["2026-11-23T11:00:00+08:00", { unit: "hours", count: 1 }],
    ["2026-11-23T10:59:59+08:00", { unit: "minutes", count: 59 }],
    ["2026-11-23T10:00:05+08:00", { unit: "minutes", count: 1 }],
  ])("until %s is rounded down", (due, left) => {
    expect(timeLeft(due, NOW)).toEqual(left);
  });

  it("is over at the moment itself, and for what is no time", () => {
    expect(timeLeft("2026-11-23T10:00:00+08:00", NOW)).toBeNull();
    expect(timeLeft("tomorrow", NOW)).toBeNull();
  });
});
