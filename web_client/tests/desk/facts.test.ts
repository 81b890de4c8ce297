import { describe, expect, it } from "vitest";
import { agentsOf, asPosition, forOtherStages, sameValue, sidePosition, standing, subjectOf, unsaid } from "../../src/desk/facts";
import type { Assertion, HearingDetail, HearingParticipant } from "../../src/desk/wire";

const said = (key: string, value: unknown, at: string, superseded = false): Assertion => ({
  id: `asr_${at}`,
  key,
  value,
  asserted_by: "par_a",
  how: "desk",
  note: "",
  at,
  entered_by: "acc_1",
  superseded,
});

const person = (id: string, role: HearingParticipant["role"], represents: string | null): HearingParticipant => ({
  id,
  person: `per_${id}`,
  account: null,
  role,
  side: "claimant",
  name: id,
  represents,
  state: "invited",
  attends: "online",
  at_court: false,
  connected: false,
  identity_verified: false,
  declared: false,
  equipment: "untested",
  invitation: { state: "none", issued_at: null, opened_at: null },
});

const hearing = (assertions: Assertion[]): HearingDetail =>
  ({
    stage: "trial",
    sides: [],
    assertions,
    participants: [person("par_a", "party", null), person("par_b", "counsel", "per_par_a")],
  }) as unknown as HearingDetail;

describe("the standing assertions", () => {
  it("keep the newest of each key, whatever the order of the list", () => {
    const now = standing([
      said("closed", "none", "2026-11-20T10:00:00+08:00"),
      said("closed", "on_application_pending", "2026-11-19T10:00:00+08:00"),
    ]);
    expect(now.get("closed")?.value).toBe("none");
  });

  it("leave out what was superseded, even when it is the newest", () => {
    const now = standing([said("closed", "none", "2026-11-20T10:00:00+08:00", true)]);
    expect(now.has("closed")).toBe(false);
  });

  it("compare times, not texts: an earlier offset can be a later instant", () => {
    const now = standing([
      said("complexity", "ordinary", "2026-11-20T10:00:00+08:00"),
      said("complexity", "significant_and_complex", "2026-11-20T03:00:00+00:00"),
    ]);
    expect(now.get("complexity")?.value).toBe("significant_and_complex");
  });
});

describe("a position", () => {
  it("is read with the hearing's stage where it has none", () => {
    expect(asPosition({ position: "objects" }, "trial")).toEqual({ position: "objects", stage: "trial", reasons: "" });
  });

  it("is refused where the word is unknown", () => {
    expect(asPosition({ position: "maybe" }, "trial")).toBeNull();
    expect(asPosition("objects", "trial")).toBeNull();
  });

  it("is the same whatever the order of its keys, and differs by stage", () => {
    const one = { position: "consents", stage: "trial", reasons: "" };
    expect(sameValue(one, { reasons: "", stage: "trial", position: "consents" })).toBe(true);
    expect(sameValue(one, { ...one, stage: "pretrial" })).toBe(false);
    expect(sameValue(false, false)).toBe(true);
    expect(sameValue(false, true)).toBe(false);
  });

  it("for this stage stands before a newer one for another, which stands beside it", () => {
    const stated = hearing([
      said("position:par_a", { position: "objects", stage: "trial", reasons: "" }, "2026-11-20T10:00:00+08:00"),
      said("position:par_a", { position: "consents", stage: "pretrial", reasons: "" }, "2026-11-21T10:00:00+08:00"),
    ]);
    expect(standing(stated.assertions, "trial").get("position:par_a")?.value).toMatchObject({ position: "objects" });
    expect(standing([...stated.assertions].reverse(), "trial").get("position:par_a")?.value).toMatchObject({ position: "objects" });
    expect(forOtherStages(stated, "position:par_a").map((one) => one.at)).toEqual(["2026-11-21T10:00:00+08:00"]);
    expect(forOtherStages(stated, "position:par_b")).toEqual([]);
  });

  it("for another stage is shown where there is none for this one", () => {
    const other = said("position:par_a", { position: "consents", stage: "pretrial", reasons: "" }, "2026-11-21T10:00:00+08:00");
    expect(standing([other], "trial").get("position:par_a")).toBe(other);
    expect(forOtherStages(hearing([other]), "position:par_a")).toEqual([]);
  });

  it("of a side is the server's sum of what its people said", () => {
    const one = { ...hearing([]), sides: [{ party: "par_a", position: "objects", spoken: true }] } as unknown as HearingDetail;
    expect(sidePosition(one, one.participants[0]!)).toBe("objects");
  });

  it("of a side that said nothing is silence, not a choice", () => {
    const one = { ...hearing([]), sides: [{ party: "par_a", position: "silent", spoken: false }] } as unknown as HearingDetail;
    expect(sidePosition(one, one.participants[0]!)).toBeNull();
  });
});

it("finds a party's agents by the person id they represent", () => {
  const one = hearing([]);
  expect(agentsOf(one, one.participants[0]!).map((agent) => agent.id)).toEqual(["par_b"]);
});

it("splits keys and knows what is unsaid", () => {
  expect(subjectOf("position:par_a")).toBe("par_a");
  expect(subjectOf("closed")).toBe("");
  expect(unsaid("need:physical_examination", "trial")).toBe(false);
  expect(unsaid("position:par_a", "evidence_exchange")).toEqual({
    position: "silent",
    stage: "evidence_exchange",
    reasons: "",
  });
});
