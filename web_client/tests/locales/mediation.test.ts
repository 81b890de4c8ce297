import { describe, expect, it } from "vitest";

import deskZh from "../../src/locales/desk.zh.json";
import zh from "../../src/locales/zh.json";

function keys(tree: object, prefix = ""): string[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "object" && value !== null && !Array.isArray(value) ? keys(value as object, `${prefix}${key}.`) : [prefix + key],
  );
}

const OWN = "_mediation";
/** The name of a phase of hearings that happens to end so. */
const PHASE = "phase.court_mediation";
/** Words of the court that a party to a mediation must not read; 法庭现场 is the court's own room for those who come. */
const OF_A_HEARING = /庭审|审判长|休庭|闭庭|入庭/;

describe.each([
  ["the parties' pages", zh],
  ["the desk", deskZh],
])("a mediation's words on %s", (_, tree) => {
  const all = new Set(keys(tree));
  const own = [...all].filter((key) => key.endsWith(OWN) && key !== PHASE);
  const textOf = (path: string): string =>
    String(path.split(".").reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], tree));

  it("each stand in for words of a hearing", () => {
    expect(own.length).toBeGreaterThan(20);
    for (const key of own) expect(all.has(key.slice(0, -OWN.length)), key).toBe(true);
  });

  it("name no bench and no court session", () => {
    for (const key of own) expect(textOf(key), key).not.toMatch(OF_A_HEARING);
  });
});
