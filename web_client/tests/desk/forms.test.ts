import { describe, expect, it } from "vitest";

import { assertionBody, changedKeys, EMPTY_SHEET, isLocked, shownValue, withoutKeys, type Sheet } from "../../src/desk/factSheet";
import { blankPerson, personBody, personProblem, type PersonDraft } from "../../src/desk/person";
import { routeOf } from "../../src/desk/route";
import type { Assertion, HearingDetail, Person } from "../../src/desk/wire";

const assertion = (key: string, value: unknown, how: Assertion["how"] = "desk"): Assertion => ({
  id: "asr_1",
  key,
  value,
  asserted_by: "par_a",
  how,
  note: "",
  at: "2026-11-20T10:00:00+08:00",
  entered_by: "acc_1",
  superseded: false,
});
const hearing = (...assertions: Assertion[]) => ({ stage: "trial", assertions, participants: [{ id: "par_a", name: "He Xiulan" }] }) as unknown as HearingDetail;
const typed = (values: Record<string, unknown>): Sheet => ({ values, sources: {} });
const consents = { position: "consents", stage: "trial", reasons: "" };

describe("the sheet of facts", () => {
  it("shows what is typed, then what stands, then what holds unsaid", () => {
    const stands = hearing(assertion("closed", "on_application_pending"));
    expect(shownValue(stands, typed({ closed: "none" }), "closed")).toBe("none");
    expect(shownValue(stands, EMPTY_SHEET, "closed")).toBe("on_application_pending");
    expect(shownValue(hearing(), EMPTY_SHEET, "closed")).toBe("none");
  });

  it("saves only what differs from what stands", () => {
    const stands = hearing(assertion("position:par_a", consents));
    expect(changedKeys(stands, typed({ "position:par_a": { ...consents } }), ["position:par_a"])).toEqual([]);
    const other = typed({ "position:par_a": { ...consents, position: "objects" } });
    expect(changedKeys(stands, other, ["position:par_a"])).toEqual(["position:par_a"]);
    expect(changedKeys(hearing(), typed({ "need:physical_examination": false }), ["need:physical_examination"])).toEqual([]);
  });

  it("saves an expressed silence where nothing was said before", () => {
    const silent = typed({ "position:par_a": { ...consents, position: "silent" } });
    expect(changedKeys(hearing(), silent, ["position:par_a"])).toEqual(["position:par_a"]);
  });

  it("never changes a statement made by link", () => {
    const byLink = hearing(assertion("position:par_a", consents, "link"));
    expect(isLocked(byLink, "position:par_a")).toBe(true);
    const other = typed({ "position:par_a": { ...consents, position: "objects" } });
    expect(changedKeys(byLink, other, ["position:par_a"])).toEqual([]);
  });

  it("sends who said so by name, and how, reasons and note trimmed", () => {
    const sheet = typed({ "position:par_a": { ...consents, position: "objects", reasons: " the original " } });
    expect(assertionBody(hearing(), sheet, "position:par_a", { who: "par_a", how: "paper", note: " fol. 3 " })).toEqual({
      key: "position:par_a",
      value: { position: "objects", stage: "trial", reasons: "the original" },
      asserted_by: "He Xiulan",
      how: "paper",
      note: "fol. 3",
    });
  });

  it("keeps the rest when some of it is saved", () => {
    const sheet: Sheet = {
      values: { closed: "none", complexity: "ordinary" },
      sources: { case: { who: "court", how: "desk", note: "" } },
    };
    expect(withoutKeys(sheet, ["closed"], "case")).toEqual({ values: { complexity: "ordinary" }, sources: {} });
  });
});

describe("a person of the case", () => {
  const party: Person = { id: "per_1", name: "He", role: "party", side: "claimant", represents: null, phone: "" };
  const draft: PersonDraft = { name: " Chen ", role: "counsel", side: "", represents: "per_1", phone: "" };

  it("as counsel stands on the side of the party it speaks for", () => {
    expect(personBody(draft, [party])).toMatchObject({ name: "Chen", side: "claimant", represents: "per_1" });
  });

  it("names the first thing that is missing", () => {
    expect(personProblem({ ...draft, name: " " }, [party])).toBe("name");
    expect(personProblem({ ...draft, represents: "per_9" }, [party])).toBe("represents");
    expect(personProblem({ ...draft, role: "party" }, [party])).toBe("side");
    expect(personProblem({ ...draft, role: "witness" }, [])).toBeNull();
  });

  it("as a party represents nobody, whatever was chosen before", () => {
    expect(personBody({ ...draft, role: "party", side: "respondent" }, [party])).toMatchObject({
      side: "respondent",
      represents: null,
    });
  });

  it("is asked for as the claimant first, then as the other side", () => {
    expect(blankPerson([]).side).toBe("claimant");
    expect(blankPerson([party]).side).toBe("respondent");
  });
});

describe("the paths of the desk", () => {
  it("name their pages", () => {
    expect(routeOf("/desk")).toEqual({ page: "hearings", show: "today", id: null });
    expect(routeOf("/desk/awaiting")).toEqual({ page: "awaiting" });
    expect(routeOf("/desk/hearings/prc_1/")).toEqual({ page: "hearings", show: "today", id: "prc_1" });
    expect(routeOf("/desk/hearings/prc_1/gate")).toEqual({ page: "gate", id: "prc_1" });
    expect(routeOf("/desk/cases/new")).toMatchObject({ page: "cases", create: true, id: null });
    expect(routeOf("/desk/cases/cas_1/new-hearing")).toMatchObject({ id: "cas_1", newHearing: true });
  });

  it("refuse what is no page", () => {
    expect(routeOf("/desk/nothing")).toEqual({ page: "none" });
    expect(routeOf("/desk/hearings/prc_1/nothing")).toEqual({ page: "none" });
    expect(routeOf("/desk/hearings/prc_1/gate/more")).toEqual({ page: "none" });
  });
});
