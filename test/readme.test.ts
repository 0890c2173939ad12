import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageFolder } from "../src/core/paths.js";
import { loadMethod } from "../src/methods/load-method.js";
import { ensureLib } from "./notebook/built-lib.js";

const readme = readFileSync(join(packageFolder, "README.md"), "utf8");
const blocks = [...readme.matchAll(/```(?:js|ts)\n([\s\S]*?)```/g)].map(([, code]) => code);
let place: string;

beforeAll(() => {
  ensureLib();
  place = mkdtempSync(join(tmpdir(), "hashbook-readme-"));
}, 120_000);
afterAll(() => rmSync(place, { recursive: true }));

/** The one block of README that has a text in it. */
function blockWith(text: string): string {
  const found = blocks.filter(code => code.includes(text));
  expect(found).toHaveLength(1);
  return found[0];
}

describe("README's code", () => {
  it("is all of it tried, here or in notebook 9", () => {
    expect(blocks).toHaveLength(3);
    // public-api.test.ts holds the study to compile; what it asks for is what notebook 9 runs.
    const notebook = readFileSync(join(packageFolder, "notebooks", "09-experiments.ipynb"), "utf8");
    for (const called of blockWith("hb.sweep").match(/hb\.\w+/g) ?? []) expect(notebook).toContain(called);
  });

  it("from one's own code runs as it stands, in notebooks/, and finds more than guessing would", () => {
    // From stdin, imports are looked up from the working directory.
    const run = spawnSync(process.execPath, ["--input-type=module"], {
      cwd: join(packageFolder, "notebooks"),
      input: blockWith("hb.trainHead"),
      encoding: "utf8",
      env: { ...process.env, HASHBOOK_HOME: place },
    });
    expect([run.status, run.stderr]).toEqual([0, ""]);
    expect(Number(/^mAP ([\d.]+)\n$/.exec(run.stdout)?.[1])).toBeGreaterThan(0.3);
  }, 120_000);

  it("mine.js is a method", async () => {
    const file = join(place, "mine.js");
    writeFileSync(file, blockWith("// mine.js"));
    expect(await loadMethod(file)).toMatchObject({ kind: "trained", name: "mine" });
  });
});
