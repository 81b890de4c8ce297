import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

import en from "../../src/locales/desk.en.json";
import zh from "../../src/locales/desk.zh.json";
import { offeredActions } from "../../src/desk/lifecycle";
import { GROUND_KINDS } from "../../src/desk/rulings";

function leaves(tree: object, prefix = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === "string") found.set(prefix + key, value);
    else for (const [path, text] of leaves(value as object, `${prefix}${key}.`)) found.set(path, text);
  }
  return found;
}

const words = { zh: leaves(zh), en: leaves(en) };
const source = new URL("../../src/desk/", import.meta.url);
const code = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => readFileSync(new URL(name, source), "utf8"))
  .join("\n");

describe("the desk's words", () => {
  it("are the same keys in both languages, none of them empty", () => {
    expect([...words.en.keys()].sort()).toEqual([...words.zh.keys()].sort());
    for (const [key, text] of [...words.zh, ...words.en]) expect(text.trim(), key).not.toBe("");
  });

  it("fill in the same values in both languages", () => {
    const slots = (text: string): string[] => (text.match(/\{\{\w+\}\}/g) ?? []).sort();
    for (const [key, text] of words.zh) {
      // A singular may write its one out in words.
      if (key.endsWith("_one") || key.endsWith("_other")) continue;
      expect(slots(words.en.get(key) ?? ""), key).toEqual(slots(text));
    }
  });

  it("have every key that the pages name outright", () => {
    const named = [...code.matchAll(/\bt\(\s*"([\w.]+)"/g)].map((match) => match[1] ?? "");
    expect(named.length).toBeGreaterThan(100);
    for (const key of named) expect(words.zh.has(key) || words.zh.has(`${key}_other`), key).toBe(true);
  });

  it("have a word for every ground and every action", () => {
    for (const kind of GROUND_KINDS) {
      for (const key of [`ruling.question.${kind}`, `ruling.held.${kind}`, `ruling.notHeld.${kind}`]) {
        expect(words.zh.has(key), key).toBe(true);
      }
    }
    const all = { determine: 1, schedule: 1, open_lobby: 1, enter: 1, cancel: 1 };
    const info = { allowed: true, reason: null, citation: null };
    const actions = Object.fromEntries(Object.keys(all).map((name) => [name, info]));
    for (const action of offeredActions("scheduled", actions)) {
      expect(words.en.has(`action.${action.name}`), action.name).toBe(true);
    }
  });
});
