import { describe, expect, it } from "vitest";

import type { StandingPosition, StatementSheet } from "../../src/protocol";
import {
  choices,
  draftOf,
  EMPTY,
  formOf,
  hasSpoken,
  isBlank,
  isEmpty,
  problem,
  readStatementPath,
  shownCapability,
  shownNeed,
  shownPosition,
  statementOf,
  statementPath,
  stepsOf,
  wouldRetract,
  type Form,
} from "../../src/views/statement/form";
import { choiceLabel, consequencesOf } from "../../src/views/statement/words";

const stood = (over: Partial<StandingPosition> = {}): StandingPosition => ({
  stage: "trial",
  position: "consents",
  reasons: "",
  speaker: "何秀兰",
  speaker_role: "party",
  own: true,
  how: "link",
  at: "2026-11-20T10:00:00+08:00",
  late: false,
  ...over,
});

const sheet = (over: Partial<StatementSheet> = {}): StatementSheet => ({
  participation: "par_abcdefgh",
  kind: "hearing",
  stage: "trial",
  stages: ["inquiry", "evidence_exchange", "pretrial", "trial", "pronouncement"],
  speaks_for: "何秀兰",
  side: "claimant",
  own_party: true,
  positions: [],
  capability: "untested",
  needs: [],
  equipment: [],
  history: [],
  deadline: null,
  matters: [],
  now: null,
  consequences: {},
  draft: null,
  draft_saved_at: null,
  state: { allowed: true, reason: null, citation: null },
  ...over,
});

const form = (over: Partial<Form>): Form => ({ ...EMPTY, ...over });
const objects = (reasons: string) => ({ position: "objects" as const, reasons });

describe("what is stated", () => {
  it("is nothing while nothing is touched, whatever stands", () => {
    const stands = sheet({ positions: [stood()], capability: "able", needs: [{ need: "physical_examination", what: "压缩机", speaker: "何秀兰", how: "link", at: "2026-11-20T10:00:00+08:00" }] });
    expect(isEmpty(statementOf(stands, EMPTY))).toBe(true);
  });

  it("leaves out what says the same as before: a ruling on it would otherwise be due again", () => {
    const stands = sheet({ positions: [stood({ position: "objects", reasons: "要看原件" })] });
    expect(isEmpty(statementOf(stands, form({ positions: { trial: objects(" 要看原件 ") } })))).toBe(true);
    expect(statementOf(stands, form({ positions: { trial: objects("要看合同原件") } })).positions).toHaveLength(1);
  });

  it("says the same in one's own name where the court had entered it", () => {
    const stands = sheet({ positions: [stood({ how: "phone" })] });
    expect(statementOf(stands, form({ positions: { trial: { position: "consents", reasons: "" } } })).positions).toHaveLength(1);
  });

  it("drops reasons that were typed before the mind was changed", () => {
    const body = statementOf(sheet(), form({ positions: { trial: { position: "consents", reasons: "要看原件" } } }));
    expect(body.positions).toEqual([{ stage: "trial", position: "consents", reasons: "" }]);
  });

  it("names this hearing's stage first", () => {
    const body = statementOf(sheet(), form({ positions: { pretrial: objects(""), trial: objects("") } }));
    expect(body.positions.map((one) => one.stage)).toEqual(["trial", "pretrial"]);
  });

  it("takes a need back, and says nothing of one that was never there", () => {
    const stands = sheet({ needs: [{ need: "physical_examination", what: "压缩机", speaker: "何秀兰", how: "link", at: "2026-11-20T10:00:00+08:00" }] });
    const none = form({ needs: { physical_examination: { needed: false, what: "压缩机" } } });
    expect(statementOf(stands, none).needs).toEqual([{ need: "physical_examination", needed: false, what: "" }]);
    expect(statementOf(sheet(), none).needs).toEqual([]);
  });

  it("gives what is missing only with not being able", () => {
    expect(statementOf(sheet(), form({ capability: "able", note: "没有网络" }))).toMatchObject({ capability: "able", capability_note: "" });
    expect(statementOf(sheet(), form({ capability: "unable", note: " 没有网络 " }))).toMatchObject({ capability: "unable", capability_note: "没有网络" });
  });
});

describe("the screen shows", () => {
  it("what was touched, else what this speaker said, not what another said for the same side", () => {
    const stands = sheet({ positions: [stood({ own: false, position: "objects", speaker: "陈立", speaker_role: "counsel" })] });
    expect(shownPosition(stands, EMPTY, "trial")).toBeNull();
    expect(shownPosition(sheet({ positions: [stood()] }), EMPTY, "trial")?.position).toBe("consents");
    expect(shownPosition(sheet({ positions: [stood()] }), form({ positions: { trial: objects("") } }), "trial")?.position).toBe("objects");
  });

  it("a consent taken back as not agreeing", () => {
    expect(shownPosition(sheet({ positions: [stood({ position: "retracts" })] }), EMPTY, "trial")?.position).toBe("objects");
  });

  it("silence as nothing chosen", () => {
    expect(shownPosition(sheet({ positions: [stood({ position: "silent" })] }), EMPTY, "trial")).toBeNull();
    expect(hasSpoken(sheet({ positions: [stood({ position: "silent" })] }))).toBe(false);
    expect(hasSpoken(sheet({ positions: [stood({ stage: "pretrial" })] }))).toBe(false);
    expect(hasSpoken(sheet({ positions: [stood({ own: false })] }))).toBe(true);
  });

  it("an untested side as not having answered", () => {
    expect(shownCapability(sheet(), EMPTY)).toBeNull();
    expect(shownCapability(sheet({ capability: "unable" }), EMPTY)).toBe("unable");
    expect(shownNeed(sheet(), EMPTY, "physical_examination")).toEqual({ needed: false, what: "" });
  });
});

describe("objecting", () => {
  it("takes a consent back where the side had agreed for that stage", () => {
    expect(wouldRetract(sheet({ positions: [stood()] }), "trial")).toBe(true);
    expect(wouldRetract(sheet({ positions: [stood({ own: false, position: "chose_online" })] }), "trial")).toBe(true);
    expect(wouldRetract(sheet({ positions: [stood({ stage: "pretrial" })] }), "trial")).toBe(false);
    expect(wouldRetract(sheet(), "trial")).toBe(false);
  });

  it("is an objection where somebody of the side had objected", () => {
    const both = sheet({ positions: [stood(), stood({ own: false, position: "objects" })] });
    expect(wouldRetract(both, "trial")).toBe(false);
  });
});

describe("a mediation", () => {
  const mediation = sheet({ kind: "mediation", stage: "mediation", stages: ["mediation"] });
  it("asks two things, and nothing that must be seen in court", () => {
    expect(choices(mediation)).toEqual(["consents", "objects"]);
    expect(choices(sheet())).toContain("chose_online");
    expect(stepsOf(mediation)).not.toContain("on_site");
    expect(stepsOf(sheet())).toContain("on_site");
  });
});

describe("before sending", () => {
  it("what must be seen is named, and what is missing", () => {
    expect(problem(sheet(), form({ needs: { verification_of_originals: { needed: true, what: " " } } }))).toBe("verification_of_originals");
    expect(problem(sheet(), form({ capability: "unable" }))).toBe("note");
    expect(problem(sheet({ capability: "unable" }), form({ capability: "unable" }))).toBeNull();
    expect(problem(sheet(), form({ needs: { verification_of_originals: { needed: false, what: "" } } }))).toBeNull();
  });
});

describe("the draft", () => {
  it("comes back as it was typed, spaces and unfinished parts too", () => {
    const typed = form({
      positions: { trial: objects("要看 "), pretrial: { position: "consents", reasons: "" } },
      capability: "unable",
      note: "没有 ",
      needs: { physical_examination: { needed: true, what: "" } },
    });
    expect(formOf(draftOf(typed))).toEqual(typed);
    expect(isBlank(typed)).toBe(false);
    expect(isBlank(formOf(null))).toBe(true);
  });
});

describe("addresses", () => {
  it("lead to their screen and back", () => {
    for (const place of ["start", "equipment", "position", "technical", "on_site", "review"] as const) {
      expect(readStatementPath(statementPath("par_abcdefgh", place))).toEqual({ participation: "par_abcdefgh", place });
    }
  });

  it("of other pages and of screens that do not exist are not ours", () => {
    expect(readStatementPath("/p/par_abcdefgh")).toBeNull();
    expect(readStatementPath("/p/par_abcdefgh/statement/send")).toBeNull();
    expect(readStatementPath("/p/../statement")).toBeNull();
  });
});

describe("what follows from an objection", () => {
  const text = (zh: string) => ({ zh, en: zh });

  it("is said for both, with reasons and without, where they differ", () => {
    const differs = sheet({ consequences: { objects: text("可以"), objects_with_reasons: text("法官决定") } });
    expect(consequencesOf(differs, "objects").map((one) => [one.reasons, one.text.zh])).toEqual([
      [true, "法官决定"],
      [false, "可以"],
    ]);
  });

  it("is said once where reasons change nothing, and not at all where the server says nothing", () => {
    const same = sheet({ consequences: { objects: text("不行"), objects_with_reasons: text("不行") } });
    expect(consequencesOf(same, "objects")).toEqual([{ reasons: null, text: text("不行") }]);
    expect(consequencesOf(sheet(), "consents")).toEqual([]);
  });
});

describe("the name of an objection", () => {
  const t = ((key: string) => key) as never;
  const label = (of: StatementSheet) => choiceLabel(t, of, of.stage, "objects");

  it("says whose consent is taken back", () => {
    expect(label(sheet())).toBe("statement.position.objects");
    expect(label(sheet({ positions: [stood()] }))).toBe("statement.position.retract");
    expect(label(sheet({ positions: [stood({ own: false })] }))).toBe("statement.position.retractSide");
  });

  it("is a withdrawal in a mediation that was agreed to", () => {
    const mediation = { kind: "mediation", stage: "mediation", stages: ["mediation"] } as const;
    expect(label(sheet({ ...mediation, stages: ["mediation"] }))).toBe("statement.position.refuseToMediate");
    const agreed = [stood({ stage: "mediation" })];
    expect(label(sheet({ ...mediation, stages: ["mediation"], positions: agreed }))).toBe("statement.position.withdrawFromMediation");
  });
});
