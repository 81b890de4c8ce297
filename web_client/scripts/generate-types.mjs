// Writes the TypeScript types of the wire from the committed JSON Schemas; with --check only compares.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { compile } from "json-schema-to-typescript";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const TARGETS = [
  [at("../../signaling/schema/signaling.json"), at("../src/protocol/signaling.gen.ts")],
  [at("../protocol/http.json"), at("../src/protocol/http.gen.ts")],
];
const check = process.argv.includes("--check");
let stale = 0;

for (const [source, target] of TARGETS) {
  const schema = JSON.parse(await readFile(source, "utf8"));
  const text = await compile(schema, schema.title, {
    additionalProperties: false,
    bannerComment: "/* Generated from the server's models by `npm run generate`. Do not edit. */",
    style: { printWidth: 110 },
    unreachableDefinitions: true,
    enableConstEnums: false,
  });
  // The tool notes who refers to what; that changes with every new reference and says nothing to a reader.
  const clean = text.replace(/^ \*\n \* This interface was referenced by `[^]*?(?=^ \*\/)/gm, "").replace(
    /^\/\*\*\n \* This interface was referenced by `[^]*?\*\/\n/gm,
    "",
  );
  if (!check) {
    await writeFile(target, clean);
    continue;
  }
  const present = await readFile(target, "utf8").catch(() => "");
  if (present !== clean) {
    console.error(`${target} is not what ${source} gives: run "npm run generate"`);
    stale += 1;
  }
}
process.exitCode = stale ? 1 : 0;
