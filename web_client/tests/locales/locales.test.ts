import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { describe, expect, it } from "vitest";

const SRC = fileURLToPath(new URL("../../src/", import.meta.url));
const LOCALES = join(SRC, "locales");

type Tree = { [key: string]: string | string[] | Tree };

function load(file: string): Tree {
  return JSON.parse(readFileSync(join(LOCALES, file), "utf8")) as Tree;
}

function flat(tree: Tree, prefix = ""): Map<string, string | string[]> {
  const found = new Map<string, string | string[]>();
  for (const [key, value] of Object.entries(tree)) {
    const path = prefix ? `${prefix}.${key}` : key;
    if (typeof value === "string" || Array.isArray(value)) found.set(path, value);
    else for (const [below, text] of flat(value, path)) found.set(below, text);
  }
  return found;
}

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sources(path);
    return /\.tsx?$/.test(name) && !name.endsWith(".gen.ts") ? [path] : [];
  });
}

const pairs = readdirSync(LOCALES)
  .filter((file) => /(^|\.)zh\.json$/.test(file))
  .map((file) => [file, file.replace(/zh\.json$/, "en.json")] as const);

const placeholders = (text: string | string[]) =>
  [...String(text).matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map((match) => match[1]).sort();

describe.each(pairs)("%s and %s", (zhFile, enFile) => {
  const zh = flat(load(zhFile));
  const en = flat(load(enFile));

  it("have the same keys", () => {
    expect([...en.keys()].filter((key) => !zh.has(key)), `missing in ${zhFile}`).toEqual([]);
    expect([...zh.keys()].filter((key) => !en.has(key)), `missing in ${enFile}`).toEqual([]);
  });

  it("have no empty text", () => {
    for (const [key, text] of [...zh, ...en]) expect(String(text).trim(), key).not.toBe("");
  });

  it("fill in the same values", () => {
    for (const [key, text] of zh) expect(placeholders(en.get(key) ?? ""), key).toEqual(placeholders(text));
  });

  it("are in their language", () => {
    const han = /\p{Script=Han}/u;
    for (const [key, text] of en) expect(han.test(String(text)), `${enFile}: ${key}`).toBe(false);
  });
});

it("every literal key that the page asks for exists", () => {
  const known = flat(load("zh.json"));
  const folders = sources(SRC).filter((path) => !path.includes(`${join("src", "desk")}`));
  const missing = folders.flatMap((path) =>
    [...readFileSync(path, "utf8").matchAll(/\bt\(\s*"([\w.]+)"/g)]
      .map((match) => match[1] ?? "")
      .filter((key) => !known.has(key))
      .map((key) => `${path.slice(SRC.length)}: ${key}`),
  );
  expect(missing).toEqual([]);
});

it("every role, phase, state and outcome of the wire has its word", () => {
  const known = flat(load("zh.json"));
  const wire = readFileSync(join(SRC, "protocol", "signaling.gen.ts"), "utf8");
  const union = (model: string, field: string): string[] => {
    const body = wire.slice(wire.indexOf(`export interface ${model} {`));
    const text = new RegExp(`\\n  ${field}\\??:([^;]*);`).exec(body)?.[1] ?? "";
    return [...text.matchAll(/"(\w+)"/g)].map((match) => match[1] ?? "");
  };
  const wanted = [
    ...union("ParticipantView", "role").map((role) => `role.${role}.none`),
    ...union("ParticipantView", "side").flatMap((side) => [`role.party.${side}`, `role.counsel.${side}`]),
    ...union("PhaseInfo", "name").map((phase) => `phase.${phase}`),
    ...union("ParticipantView", "state").map((state) => `participantState.${state}`),
    ...union("DeterminationView", "outcome").map((outcome) => `outcome.${outcome}`),
    ...union("RecordingInfo", "state").map((state) => `recording.${state}`),
    ...union("Terminated", "reason").map((reason) => `terminal.${reason}.title`),
    ...union("VerifyIdentity", "method").map((method) => `verify.${method}`),
  ];
  expect(wanted.length).toBeGreaterThan(60);
  expect(wanted.filter((key) => !known.has(key))).toEqual([]);
});
