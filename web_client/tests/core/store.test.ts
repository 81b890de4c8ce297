import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { applyEvent, applySync, EMPTY, replaceSections, syncRequest, type Stream } from "../../src/core/store";
import type { SyncResult, View, ViewChanged } from "../../src/protocol";
import { aView } from "./view";

const start = (): Stream => ({ view: aView(), seq: 10, stream: "s1" });
const event = (seq: number, changes: Partial<View>): ViewChanged => ({ seq, changes: { ...changes } });
const base = { stream: "s1", server_time: "2026-11-23T09:00:00+08:00", events: [], view: null };

describe("events", () => {
  it("replace whole sections and leave the others as they are", () => {
    const before = start();
    const [after, outcome] = applyEvent(before, event(11, { speaker: "par_judge00001", hands: [] }));
    expect(outcome).toBe("applied");
    expect(after.seq).toBe(11);
    expect(after.view).toEqual({ ...aView(), speaker: "par_judge00001" });
    expect(after.view?.phase).toBe(before.view?.phase);
  });

  it("applied in order to a snapshot give the same view as fetching it anew", () => {
    // A reproducible walk through changes of random sections, compared at every step with the server's own copy.
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed % below;
    };
    const phases = ["lobby_open", "ready", "in_session", "recess"] as const;
    let server = aView();
    let page: Stream = { view: structuredClone(server), seq: 0, stream: "s1" };
    for (let seq = 1; seq <= 300; seq += 1) {
      const changes: Partial<View> = {};
      if (random(2)) changes.speaker = random(2) ? `par_speaker${random(9)}` : null;
      if (random(3) === 0) changes.phase = { ...server.phase, name: phases[random(4)] ?? "ready", reason: `r${seq}` };
      if (random(3) === 0) changes.me = { ...server.me, hand_place: random(5), microphone_on: random(2) === 1 };
      if (random(4) === 0) changes.log = [...server.log, { sequence: seq, at: "t", type: "x", text: { zh: "甲", en: "a" } }];
      server = { ...server, ...structuredClone(changes) };
      const [next, outcome] = applyEvent(page, JSON.parse(JSON.stringify(event(seq, changes))) as ViewChanged);
      expect(outcome).toBe("applied");
      page = next;
      expect(page.view).toEqual(server);
    }
    expect(page.seq).toBe(300);
    expect(page.view?.log.length).toBeGreaterThan(20);
  });

  it("that are known are passed over, and a hole is told", () => {
    const before = start();
    expect(applyEvent(before, event(10, { speaker: "x" }))).toEqual([before, "known"]);
    expect(applyEvent(before, event(12, { speaker: "x" }))).toEqual([before, "gap"]);
    expect(applyEvent(EMPTY, event(1, { speaker: "x" }))).toEqual([EMPTY, "gap"]);
  });

  it("from a newer server with a section unknown to this page do not harm", () => {
    const view = replaceSections(aView(), { transcript: ["…"], speaker: "par_judge00001" });
    expect(view).toEqual({ ...aView(), speaker: "par_judge00001" });
  });
});

describe("sync", () => {
  it("asks from where the page stopped, and for everything where it has nothing", () => {
    expect(syncRequest(EMPTY)).toEqual({ last_seq: null, stream: null });
    expect(syncRequest(start())).toEqual({ last_seq: 10, stream: "s1" });
  });

  it("takes a snapshot and then the events that came too early", () => {
    const result: SyncResult = { ...base, kind: "snapshot", seq: 20, view: aView() };
    const early = [event(22, { speaker: "b" }), event(20, { speaker: "old" }), event(21, { speaker: "a" })];
    const [after, outcome] = applySync(start(), result, early);
    expect(outcome).toBe("applied");
    expect(after).toEqual({ view: { ...aView(), speaker: "b" }, seq: 22, stream: "s1" });
  });

  it("takes the missed events, whether or not they arrived by themselves as well", () => {
    const result: SyncResult = {
      ...base,
      kind: "events",
      seq: 12,
      events: [event(11, { speaker: "a" }), event(12, { speaker: "b" })],
    };
    const [after, outcome] = applySync(start(), result, [event(12, { speaker: "b" }), event(13, { speaker: "c" })]);
    expect(outcome).toBe("applied");
    expect(after.seq).toBe(13);
    expect(after.view?.speaker).toBe("c");
  });

  it("tells a hole in what came", () => {
    const missed: SyncResult = { ...base, kind: "events", seq: 12, events: [event(12, { speaker: "b" })] };
    expect(applySync(start(), missed)[1]).toBe("gap");
    const short: SyncResult = { ...base, kind: "events", seq: 12, events: [event(11, { speaker: "b" })] };
    expect(applySync(start(), short)[1]).toBe("gap");
    const hole: SyncResult = { ...base, kind: "snapshot", seq: 20, view: aView() };
    expect(applySync(start(), hole, [event(22, {})])[1]).toBe("gap");
  });

  it("never joins events of one stream to the view of another", () => {
    const other: SyncResult = { ...base, stream: "s2", kind: "events", seq: 11, events: [event(11, { speaker: "x" })] };
    expect(applySync(start(), other)).toEqual([start(), "gap"]);
    const restarted: SyncResult = { ...base, stream: "s2", kind: "snapshot", seq: 0, view: aView() };
    expect(applySync(start(), restarted)[0]).toEqual({ view: aView(), seq: 0, stream: "s2" });
  });
});

it("the sections this page knows are those of the wire", () => {
  const schema = JSON.parse(
    readFileSync(new URL("../../../signaling/schema/signaling.json", import.meta.url), "utf8"),
  ) as { $defs: { View: { properties: Record<string, unknown> } } };
  const marker = Object.fromEntries(Object.keys(schema.$defs.View.properties).map((section) => [section, "changed"]));
  expect(replaceSections(aView(), marker)).toEqual(marker);
});
