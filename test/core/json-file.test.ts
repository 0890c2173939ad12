import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InputError } from "../../src/core/errors.js";
import type { JsonFileKind } from "../../src/core/json-file.js";
import { parseJsonFile, readJsonFile, readJsonFileIfAny } from "../../src/core/json-file.js";
import { COUNT, listOf, objectOf, TEXT } from "../../src/core/json-schema.js";

const KIND: JsonFileKind<{ readonly name: string; readonly rows: readonly number[] }> = {
  what: "the record of a thing",
  remedy: "make it again",
  schema: objectOf(
    { name: TEXT, rows: listOf(COUNT, { maxItems: 3 }) },
    {
      hash: { type: "string", pattern: "^[0-9a-f]{64}$", description: "64 hexadecimal digits, a SHA-256" },
      kind: { enum: ["a", "b"] },
      share: { type: "number", exclusiveMinimum: 0, maximum: 1 },
      best: { type: ["number", "null"] },
      "a/b~c": objectOf({ deep: listOf(TEXT) }),
    },
  ),
  format: { version: 2, older: "what `thing` writes: write it again" },
};
const GOOD = { format: 2, name: "x", rows: [1, 2] };

describe("parseJsonFile", () => {
  it("gives a good document with all it holds, behind a byte order mark too", () => {
    const more = { ...GOOD, later: { field: [null] }, best: null };
    expect(parseJsonFile(JSON.stringify(more), "f.json", KIND)).toEqual(more);
    expect(parseJsonFile(`\ufeff${JSON.stringify(GOOD)}`, "f.json", KIND)).toEqual(GOOD);
  });

  it.each<[string, string]>([
    ["", "this is no JSON; expected the record of a thing; make it again; found an empty file"],
    [" \n", "this is no JSON; expected the record of a thing; make it again; found an empty file"],
    ["\0\x01\ufffd", "this is no JSON; expected the record of a thing; make it again; found bytes that are no text"],
    ['{"format": 2, "name"', "this is no JSON; expected the record of a thing; make it again; found "],
    ["null", "this is not the record of a thing; expected an object; make it again; found null"],
    ["[]", "this is not the record of a thing; expected an object; make it again; found []"],
    ['"x"', 'this is not the record of a thing; expected an object; make it again; found "x"'],
    ["{}", "written by an older hashbook; expected what `thing` writes: write it again; found no format version"],
    ['{"format": 1}', "written by an older hashbook; expected what `thing` writes: write it again; found format 1"],
    ['{"format": 3}', "written by a newer hashbook"],
    ['{"format": "2"}', "written by a newer hashbook"],
    ['{"format": 2}', '"name" is missing; expected the record of a thing; make it again'],
  ])("says what %j is not", (text, message) => {
    expect(() => parseJsonFile(text, "f.json", KIND)).toThrow(InputError);
    expect(() => parseJsonFile(text, "f.json", KIND)).toThrow(`f.json: ${message}`);
  });

  it.each<[object, string]>([
    [{ name: null }, '"name" cannot be this; expected a text; make it again; found null'],
    [{ rows: {} }, '"rows" cannot be this; expected a list of at most 3; make it again; found {}'],
    [{ rows: [0, 1, 2, 3] }, '"rows" cannot be this; expected a list of at most 3; make it again; found [0,1,2,3]'],
    [{ rows: [0, 2.5] }, '"rows[1]" cannot be this; expected a whole number of at least 0; make it again; found 2.5'],
    [{ rows: [-1] }, '"rows[0]" cannot be this; expected a whole number of at least 0; make it again; found -1'],
    [{ hash: "abc" }, '"hash" cannot be this; expected 64 hexadecimal digits, a SHA-256; make it again; found "abc"'],
    [{ kind: "c" }, '"kind" cannot be this; expected one of "a", "b"; make it again; found "c"'],
    [{ share: 0 }, '"share" cannot be this; expected a number above 0 and at most 1; make it again; found 0'],
    [{ best: "1" }, '"best" cannot be this; expected a number or null; make it again; found "1"'],
    [{ "a/b~c": {} }, '"a/b~c.deep" is missing'],
    [{ "a/b~c": { deep: ["x", 1] } }, '"a/b~c.deep[1]" cannot be this; expected a text; make it again; found 1'],
  ])("names the field of %j", (fields, message) => {
    expect(() => parseJsonFile(JSON.stringify({ ...GOOD, ...fields }), "f.json", KIND)).toThrow(`f.json: ${message}`);
  });

  it("lets through what the schema says, and else throws one line that names the file", () => {
    const isGood = (value: unknown): boolean => {
      const { format, name, rows } = (value ?? {}) as Record<string, unknown>;
      const fits = Array.isArray(rows) && rows.length <= 3 && rows.every(row => Number.isInteger(row) && row >= 0);
      return format === 2 && typeof name === "string" && fits;
    };
    const field = fc.oneof(fc.string(), fc.array(fc.oneof(fc.nat(), fc.double()), { maxLength: 4 }), fc.jsonValue());
    const nearly = fc.record({ format: fc.constantFrom(2, 2, 2, 1), name: field, rows: field }, { requiredKeys: [] });
    fc.assert(
      fc.property(fc.oneof(nearly, fc.jsonValue()), value => {
        const text = JSON.stringify(value);
        try {
          parseJsonFile(text, "f.json", KIND);
        } catch (error) {
          expect(isGood(JSON.parse(text))).toBe(false);
          expect(error).toBeInstanceOf(InputError);
          expect((error as Error).message).toMatch(/^f\.json: [^\n]{10,400}$/);
          return;
        }
        expect(isGood(JSON.parse(text))).toBe(true);
      }),
      { seed: 14, numRuns: 300 },
    );
  });

  it("takes files of before there were versions where they are of this one", () => {
    const kind = { ...KIND, format: { ...KIND.format!, since: true } };
    expect(parseJsonFile('{"name": "x", "rows": []}', "f.json", kind)).toMatchObject({ name: "x" });
    expect(() => parseJsonFile('{"format": null, "name": "x", "rows": []}', "f.json", kind)).toThrow(
      "found format null",
    );
  });
});

describe("reading", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hashbook-json-"));
    await mkdir(join(folder, "folder.json"));
    await writeFile(join(folder, "good.json"), JSON.stringify(GOOD));
    await writeFile(join(folder, "empty.json"), "");
  });
  afterAll(async () => rm(folder, { recursive: true }));

  it("tells a file that is missing from one that cannot be read", async () => {
    expect(await readJsonFile(join(folder, "good.json"), KIND)).toEqual(GOOD);
    expect(await readJsonFileIfAny(join(folder, "good.json"), KIND)).toEqual(GOOD);
    for (const name of ["none.json", "good.json/none.json"]) {
      expect(await readJsonFileIfAny(join(folder, name), KIND)).toBeUndefined();
      await expect(readJsonFile(join(folder, name), KIND)).rejects.toThrow("cannot be read; expected the record of a");
    }
    for (const name of ["folder.json", "empty.json"]) {
      await expect(readJsonFileIfAny(join(folder, name), KIND)).rejects.toMatchObject({ file: join(folder, name) });
    }
  });
});

/** Files that parse JSON themselves, and what it is: no document of a file of ours. */
const PARSE_OTHERWISE: Readonly<Record<string, string>> = {
  "backbone/onnx-preprocessing.ts": "a value of a model's metadata, or else a text; timm's schema comes after",
  "challenge/submission-note.ts": "whether a file may be written over",
  "commands/doctor-probe.ts": "what a process of ours prints",
  "commands/jupyter.ts": "what Jupyter prints",
  "commands/new.ts": "our own package.json",
  "commands/option-flag.ts": "the value of a flag",
  "commands/submit.ts": "a copy without what is undefined",
  "core/display.ts": "a copy",
  "core/json-file.ts": "the one place",
  "core/paths.ts": "a package.json of others, which decides nothing when it is damaged",
  "core/safetensors.ts": "the header, checked entry by entry",
  "core/version.ts": "our own package.json",
  "features/codes-sidecar.ts": "whether a file may be written over",
  "features/seen-items.ts": "a value of a weights file's metadata, held against its schema",
  "kernel/compile-cell.ts": "a source map of TypeScript's",
  "kernel/stack-frames.ts": "a source map of TypeScript's",
  "notebook/figure-bundle.ts": "a copy",
  "notebook/jupyter-message.ts": "signed messages of the kernel",
  "notebook/parameters.ts": "the value of a flag",
  "notebook/report-script.ts": "a script of the report",
  "plots/figure-worker.ts": "what its own process sends",
  "plots/plotly-window.ts": "a copy",
  "sweeps/sweep-words.ts": "values of the command line",
  "records/card-code.ts": "code that a model card shows to its reader",
};

it("no other file of the sources parses JSON", async () => {
  const source = fileURLToPath(new URL("../../src/", import.meta.url));
  const files = (await readdir(source, { recursive: true })).filter(name => name.endsWith(".ts"));
  const parsing: string[] = [];
  for (const name of files) {
    if (/JSON\.parse\(/.test(await readFile(join(source, name), "utf8"))) parsing.push(name.replaceAll("\\", "/"));
  }
  expect(parsing.sort()).toEqual(Object.keys(PARSE_OTHERWISE).sort());
});
