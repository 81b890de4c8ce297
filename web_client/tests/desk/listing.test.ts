import { describe, expect, it } from "vitest";
import { citationFor } from "../../src/desk/citation";
import { grouped, matches } from "../../src/desk/listing";
import { currentIndex, nextIndex, placeOf, previousIndex } from "../../src/desk/playback";
import { answers, rulingsInOrder, standingRuling, statementsOn, usualArticle } from "../../src/desk/rulings";
import { courtDay, dayAndTime, fromLocalInput, playTime, toLocalInput } from "../../src/desk/time";
import type { Assertion, HearingLine, PlaybackEvent, Ruling } from "../../src/desk/wire";

const line = (id: string, scheduled_at: string | null, phase: HearingLine["phase"] = "scheduled"): HearingLine => ({
  id,
  case_id: "cas_1",
  case_number: "（2026）示0103民初1847号",
  title: "何秀兰 诉 北屿制冷设备有限公司",
  cause: "买卖合同纠纷",
  stage: "trial",
  kind: "hearing",
  scheduled_at,
  phase,
  outcome: null,
  waiting: 0,
});

describe("the list of hearings", () => {
  const now = new Date("2026-11-23T20:30:00Z");

  it("groups by the court's day, not the machine's", () => {
    const groups = grouped(
      [
        line("past", "2026-11-23T15:00:00+08:00"),
        line("later", "2026-11-24T10:30:00+08:00"),
        line("sooner", "2026-11-24T09:00:00+08:00"),
        line("coming", "2026-11-25T09:00:00+08:00"),
        line("none", null),
      ],
      now,
    );
    expect(groups.today.map((one) => one.id)).toEqual(["sooner", "later"]);
    expect(groups.upcoming.map((one) => one.id)).toEqual(["coming"]);
    expect(groups.undated.map((one) => one.id)).toEqual(["none"]);
    expect(groups.earlier.map((one) => one.id)).toEqual(["past"]);
  });

  it("counts a cancelled hearing of a later day as past", () => {
    expect(grouped([line("x", "2026-12-01T09:00:00+08:00", "cancelled")], now).earlier).toHaveLength(1);
  });

  it("is searched by all words, in half width or full width", () => {
    expect(matches("(2026) 北屿", [line("a", null).case_number.replace("）", "） "), line("a", null).title])).toBe(true);
    expect(matches("北屿 王", [line("a", null).title])).toBe(false);
    expect(matches("", ["anything"])).toBe(true);
  });
});

describe("the court's time", () => {
  it("goes to the wire with its offset and back into the field", () => {
    expect(fromLocalInput("2026-11-24T09:00")).toBe("2026-11-24T09:00:00+08:00");
    expect(toLocalInput("2026-11-24T01:00:00Z")).toBe("2026-11-24T09:00");
    expect(fromLocalInput("tomorrow")).toBeNull();
    expect(fromLocalInput("2026-13-24T09:00")).toBeNull();
    expect(toLocalInput("not a time")).toBe("");
  });

  it("is shown in the court's zone", () => {
    expect(courtDay("2026-11-23T20:00:00Z")).toBe("2026-11-24");
    expect(dayAndTime("2026-11-23T20:00:00Z", "zh", new Date("2026-11-23T00:00:00Z"))).toBe("11月24日 04:00");
    expect(dayAndTime("2025-11-23T20:00:00Z", "en", new Date("2026-11-23T00:00:00Z"))).toContain("2025");
  });

  it("shows places in a recording", () => {
    expect(playTime(0)).toBe("00:00");
    expect(playTime(4951.9)).toBe("1:22:31");
  });
});

describe("playback", () => {
  const event = (sequence: number, offset_s: number | null): PlaybackEvent => ({
    sequence,
    offset_s,
    at: "2026-11-23T09:00:00+08:00",
    type: "phase_changed",
    text: { zh: "", en: "" },
  });
  const events = [event(1, null), event(2, 0), event(3, 10), event(4, null), event(5, 30)];

  it("marks the last event at or before the place", () => {
    expect(currentIndex(events, 0)).toBe(1);
    expect(currentIndex(events, 29)).toBe(2);
    expect(currentIndex(events, 99)).toBe(4);
    expect(currentIndex([event(1, 5)], 1)).toBe(-1);
  });

  it("goes on and back over events that have a place", () => {
    expect(nextIndex(events, 10)).toBe(4);
    expect(nextIndex(events, 30)).toBe(-1);
    expect(previousIndex(events, 10.2)).toBe(1);
    expect(previousIndex(events, 14)).toBe(2);
  });

  it("places marks only inside a known duration", () => {
    expect(placeOf(event(1, 15), 60)).toBe(0.25);
    expect(placeOf(event(1, 90), 60)).toBe(1);
    expect(placeOf(event(1, 15), 0)).toBeNull();
    expect(placeOf(event(1, null), 60)).toBeNull();
  });
});

const aRuling = (ground: string, held: boolean, at: string): Ruling => ({
  id: `rul_${ground}`,
  ground,
  held,
  reasons: "r",
  article: "a",
  by: "j",
  at,
  supersedes: null,
  superseded: false,
  facts_sha256: "",
  during: "",
  signed: true,
  key_id: null,
});

it("writes citations in the reader's words and leaves unknown texts alone", () => {
  expect(citationFor("V; OLR 21(1)", "zh")).toBe("通知五；在线诉讼规则 21(1)");
  expect(citationFor("V; OLR 21(1)", "en")).toBe("Notice V; OLR 21(1)");
  expect(citationFor("CrimPL 285", "zh")).toBe("刑事诉讼法 285");
  expect(citationFor("OLR 21 para 2", "zh")).toBe("在线诉讼规则 21第2款");
  expect(citationFor("OLR 21 para 2", "en")).toBe("OLR 21 para 2");
  expect(citationFor("Vienna Convention 3", "en")).toBe("Vienna Convention 3");
});

it("orders rulings newest first, and finds the one that stands", () => {
  const first = { ...aRuling("complexity", true, "2026-11-20T09:00:00+08:00"), superseded: true };
  const second = aRuling("complexity", false, "2026-11-21T09:00:00+08:00");
  const other = aRuling("other", true, "2026-11-19T09:00:00+08:00");
  expect(rulingsInOrder([first, second, other])).toEqual([second, first, other]);
  expect(standingRuling([first, second, other], "complexity")).toBe(second);
  expect(standingRuling([first], "complexity")).toBeUndefined();
  expect(usualArticle("need:physical_examination", "shanghai-2020@2020-02-26")).toBe("V; OLR 21(3)");
  expect(usualArticle("need:physical_examination", "spc-2021@2021-08-01")).toBe("OLR 21(3)");
});

describe("the facts that a ruling rests on", () => {
  const said = (key: string, value: unknown, more: Partial<Assertion> = {}): Assertion => ({
    id: key,
    key,
    value,
    asserted_by: "Zhou Ying",
    how: "paper",
    note: "",
    at: "2026-11-20T09:00:00+08:00",
    entered_by: "x",
    superseded: false,
    ...more,
  });
  const objects = (stage: string) => ({ position: "objects", stage, reasons: "why" });

  it("are those of the party and of everybody who speaks for it, for this stage, as they stand", () => {
    const assertions = [
      said("position:par_b", objects("trial"), { at: "2026-11-22T09:00:00+08:00" }),
      said("agent_position:par_b:par_c", objects("trial")),
      said("position:par_b", objects("pretrial")),
      said("position:par_b", objects("trial"), { superseded: true }),
      said("position:par_bb", objects("trial")),
      said("capability:par_b", "unable"),
    ];
    const found = statementsOn({ assertions, stage: "trial" }, "objection:par_b");
    expect(found).toEqual([assertions[1], assertions[0]]);
  });

  it("are found for every kind of ground", () => {
    expect(answers("incapacity:par_b", "capability:par_b")).toBe(true);
    expect(answers("witness:par_w", "witness_objection:par_w")).toBe(true);
    expect(answers("need:physical_examination", "need:physical_examination:par_b")).toBe(true);
    expect(answers("need:physical_examination", "need:verification_of_originals")).toBe(false);
    expect(answers("complexity", "complexity")).toBe(true);
    expect(answers("case_type", "complexity")).toBe(false);
    expect(answers("other", "complexity")).toBe(false);
  });
});
