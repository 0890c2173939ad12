import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import sharp from "sharp";
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
    expect(blocks).toHaveLength(4);
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

  it("of a search service runs on shards of codes that are joined, and finds a picture by itself", async () => {
    const at = (...parts: string[]): string => join(place, "service", ...parts);
    for (const [c, name] of ["bag", "shoe"].entries()) {
      mkdirSync(at("pictures", name), { recursive: true });
      for (let i = 0; i < 3; i++) {
        const background = { r: 90 * i, g: 200 * c, b: 40 };
        await sharp({ create: { width: 64, height: 64, channels: 3, background } })
          .png()
          .toFile(at("pictures", name, `${i}.png`));
      }
    }
    copyFileSync(at("pictures", "shoe", "2.png"), at("shoe.png"));
    const hashbook = (...args: string[]): void => {
      const cli = join(packageFolder, "bin", "hashbook.js");
      const run = spawnSync(process.execPath, [cli, ...args], { cwd: at(), encoding: "utf8" });
      expect(run.status, run.stderr).toBe(0);
    };
    hashbook("extract", "--dataset", "pictures", "--out", "features");
    hashbook("train", "--data", "features", "--method", "lsh", "--bits", "32", "--out", "model");
    const lines = readme.matchAll(/^npm run -s hashbook -- (.* gallery)$/gm);
    const commands = Array.from(lines, ([, args]) => args.split(" "));
    expect(commands).toHaveLength(3);
    for (const args of commands) hashbook(...args);
    const lib = JSON.stringify(pathToFileURL(join(packageFolder, "lib", "index.js")).href);
    const code = blockWith("hb.openGallery").replace('"../lib/index.js"', lib);
    const run = spawnSync(process.execPath, ["--input-type=module"], { cwd: at(), input: code, encoding: "utf8" });
    expect([run.status, run.stderr]).toEqual([0, ""]);
    expect(run.stdout).toMatch(/^shoe\/2\.png at 0 bits\n/);
    expect(run.stdout.trim().split("\n")).toHaveLength(5);
  }, 120_000);

  it("mine.js is a method", async () => {
    const file = join(place, "mine.js");
    writeFileSync(file, blockWith("// mine.js"));
    expect(await loadMethod(file)).toMatchObject({ kind: "trained", name: "mine" });
  });
});
