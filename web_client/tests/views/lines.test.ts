import { describe, expect, test } from "vitest";

import { firstSentence, linesOf, MOST_LINES, tooLong } from "../../src/views/room/objection/lines";

describe("the judge's own lines of what was completed", () => {
  test("blank lines and outer blanks are no steps", () => {
    expect(linesOf("  双方证据1至4已质证 \n\n   \nArguments heard\n")).toEqual(["双方证据1至4已质证", "Arguments heard"]);
    expect(linesOf("")).toEqual([]);
  });

  test("too many lines and too long a line are told apart", () => {
    const most = Array.from({ length: MOST_LINES }, () => "x".repeat(500));
    expect(tooLong(most)).toBeNull();
    expect(tooLong([...most, "x"])).toBe("tooMany");
    expect(tooLong(["x".repeat(501)])).toBe("tooLong");
  });

  test("the reason that is proposed is the first sentence of the finding", () => {
    expect(firstSentence("各方均不同意，不能在线。如有改变，可告知。")).toBe("各方均不同意，不能在线。");
    expect(firstSentence("Every side objects. It will be held at court.")).toBe("Every side objects.");
    expect(firstSentence("no full stop")).toBe("no full stop");
  });
});
