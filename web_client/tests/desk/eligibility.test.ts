import { describe, expect, it } from "vitest";

import { beside, bodyOf, countOf, faultOf, firstAsked, parted } from "../../src/desk/eligibility/comparison";
import { byDay, determinations, latest, ofGroup } from "../../src/desk/eligibility/timeline";
import { routeOf } from "../../src/desk/route";
import { recordDay } from "../../src/desk/time";
import type { ComparisonRow, EligibilityEntry, EligibilityHistory } from "../../src/desk/wire";

function entry(sequence: number, kind: EligibilityEntry["kind"], at: string): EligibilityEntry {
  const group = ({ statement: "statements", determination: "determinations", ruling: "rulings" } as const)[
    kind as "statement"
  ];
  return {
    sequence,
    id: `evt_${sequence}`,
    at,
    kind,
    group: group ?? "course",
    by: "刘书记",
    by_kind: "staff",
    by_role: "clerk",
    by_side: null,
    text: { zh: "一", en: "one" },
    citations: [],
    hash: "0".repeat(64),
    statement: null,
    determination: kind === "determination" ? ({ id: `det_${sequence}` } as EligibilityEntry["determination"]) : null,
    ruling: null,
    phase: null,
  };
}

const entries = [
  entry(1, "drafted", "2026-11-22T15:59:59Z"),
  entry(2, "statement", "2026-11-22T16:00:00Z"),
  entry(3, "phase", "2026-11-22T16:00:01Z"),
  entry(4, "determination", "2026-11-22T16:00:01Z"),
  entry(5, "ruling", "2026-11-24T01:00:00+08:00"),
  entry(6, "determination", "2026-11-24T01:00:00+08:00"),
];

const history = {
  ruleset: "spc-2021",
  today: "2026-11-24",
  rulesets: [
    { name: "shanghai-2020", since: "2020-02-26", until: null },
    { name: "spc-2021", since: "2021-08-01", until: null },
  ],
} as unknown as EligibilityHistory;

describe("the timeline", () => {
  it("goes by the court's days, not by the reader's", () => {
    expect(byDay(entries).map(({ day, entries: own }) => [day, own.map((one) => one.sequence)])).toEqual([
      ["2026-11-22", [1]],
      ["2026-11-23", [2, 3, 4]],
      ["2026-11-24", [5, 6]],
    ]);
    expect(recordDay("2026-11-23", "zh")).toContain("2026年11月23日");
    expect(recordDay("2026-11-23", "en")).toContain("23 November 2026");
  });

  it("shows all, or one kind", () => {
    expect(ofGroup(entries, "all")).toHaveLength(6);
    expect(ofGroup(entries, "determinations").map((one) => one.sequence)).toEqual([4, 6]);
    expect(ofGroup(entries, "rulings").map((one) => one.sequence)).toEqual([5]);
  });

  it("tells the latest first and leaves the machinery's steps out", () => {
    expect(latest(entries, 3).map((one) => one.sequence)).toEqual([6, 5, 4]);
    expect(latest(entries, 9).map((one) => one.sequence)).toEqual([6, 5, 4, 2]);
    expect(determinations(entries).map((one) => one.sequence)).toEqual([6, 4]);
  });

  it("has an address", () => {
    expect(routeOf("/desk/hearings/hrg_1/eligibility")).toEqual({ page: "eligibility", id: "hrg_1" });
  });
});

describe("a comparison", () => {
  it("begins with the proceeding's own rules beside the other ones, today", () => {
    const asked = firstAsked(history);
    expect(asked.columns).toEqual([
      { ruleset: "spc-2021", on: "2026-11-24" },
      { ruleset: "shanghai-2020", on: "2026-11-24" },
    ]);
    expect(countOf(asked)).toBe(2);
  });

  it("sets a stored determination beside the same facts today", () => {
    const asked = beside(history, "det_4");
    expect(countOf(asked)).toBe(2);
    expect(bodyOf(asked)).toEqual({ columns: [{ ruleset: "spc-2021", on: "2026-11-24" }], determination_id: "det_4" });
  });

  it("says what is wrong with a column before it is sent", () => {
    const fault = (ruleset: string, on: string) => faultOf({ ruleset, on }, history.rulesets);
    expect(fault("spc-2021", "2021-08-01")).toBeNull();
    expect(fault("spc-2021", "2021-07-31")).toBe("not_in_force");
    expect(fault("spc-2021", "")).toBe("bad_date");
    expect(fault("spc-2021", "2026-13-01")).toBe("bad_date");
  });

  it("parts what differs from what is equal", () => {
    const rows = [{ differs: true }, { differs: false }, { differs: true }] as ComparisonRow[];
    expect(parted(rows)).toEqual({ differing: [rows[0], rows[2]], equal: [rows[1]] });
  });
});
