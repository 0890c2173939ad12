import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { writeAlone, writeOutput } from "../../src/core/output-files.js";

it("of two that write a pair of files at once, the pair of one is there, and no leftover", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hashbook-output-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [codes, sidecar] = ["codes.npy", "codes.json"].map(name => join(folder, name));
  for (const file of [codes, sidecar]) await writeFile(`${file}.7-0123abcd.partial`, "");
  await writeFile(`${join(folder, "other.npy")}.7-0123abcd.partial`, "");
  const writeBoth = (text: string, pause: number) =>
    writeAlone([codes, sidecar], async () => {
      await writeFile(codes, text);
      await sleep(pause);
      await writeFile(sidecar, text);
    });
  await Promise.all([writeBoth("one", 60), writeBoth("two", 0)]);
  expect(await readFile(codes, "utf8")).toBe(await readFile(sidecar, "utf8"));
  expect((await readdir(folder)).sort()).toEqual(["codes.json", "codes.npy", "other.npy.7-0123abcd.partial"]);
  await writeOutput(join(folder, "other.npy"), "3");
  expect((await readdir(folder)).sort()).toEqual(["codes.json", "codes.npy", "other.npy"]);
});
