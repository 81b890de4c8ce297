import { describe, expect, it } from "vitest";
import { offeredActions, stepsOf, STEPS } from "../../src/desk/lifecycle";
import type { ActionInfo } from "../../src/desk/wire";

const yes: ActionInfo = { allowed: true, reason: null, citation: null };
const no: ActionInfo = { allowed: false, reason: { zh: "不行", en: "no" }, citation: null };

describe("the stepper", () => {
  it("has exactly one step that is now, and all before it are done", () => {
    const steps = stepsOf("lobby_open");
    expect(steps.filter((one) => one.state === "now").map((one) => one.step)).toEqual(["lobby_open"]);
    expect(steps.slice(0, 4).every((one) => one.state === "done")).toBe(true);
    expect(steps.slice(5).every((one) => one.state === "ahead")).toBe(true);
    expect(steps).toHaveLength(STEPS.length);
  });

  it("does not pretend that a cancelled hearing was in session", () => {
    expect(stepsOf("cancelled").some((one) => one.state === "done")).toBe(false);
  });

  it("says of a converted hearing that it was opened, and not that its transcript was read", () => {
    const steps = stepsOf("archived", true);
    expect(steps.map(({ step }) => step)).not.toContain("transcript_review");
    expect(steps.filter(({ state }) => state === "done").map(({ step }) => step)).toContain("in_session");
    expect(steps.at(-1)).toEqual({ step: "closed", state: "now" });
  });

  it("keeps a recess inside the session", () => {
    expect(stepsOf("recess").find((one) => one.state === "now")?.step).toBe("in_session");
  });
});

describe("the offered actions", () => {
  it("show the refused next step with its reason and make the allowed one primary", () => {
    const offered = offeredActions("draft", { determine: yes, schedule: no, open_lobby: no, enter: no, cancel: yes });
    expect(offered.map((one) => one.name)).toEqual(["determine", "schedule", "cancel"]);
    expect(offered.filter((one) => one.primary).map((one) => one.name)).toEqual(["determine"]);
    expect(offered[1]?.info.reason?.en).toBe("no");
  });

  it("make the step that leads furthest primary, never the cancelling", () => {
    const offered = offeredActions("eligible", { determine: yes, schedule: yes, cancel: yes });
    expect(offered.filter((one) => one.primary).map((one) => one.name)).toEqual(["schedule"]);
    expect(offeredActions("draft", { cancel: yes }).some((one) => one.primary)).toBe(false);
  });

  it("draw an action that is allowed in any phase, and none that the server does not name", () => {
    expect(offeredActions("closed", { determine: yes }).map((one) => one.name)).toEqual(["determine"]);
    expect(offeredActions("in_session", {})).toEqual([]);
  });
});
