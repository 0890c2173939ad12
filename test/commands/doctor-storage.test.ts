import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { storageLines, storedKinds } from "../../src/commands/doctor-storage.js";
import { survey } from "../../src/reproduction/survey.js";
import { toyStudy } from "../records/toy-study.js";

describe("what doctor says of what is stored", () => {
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "hashbook-storage-"));
    await toyStudy(join(home, "runs"), { methods: ["lsh"], bits: [8], seeds: [0, 1] });
  });
  afterAll(() => rm(home, { recursive: true }));

  it("is how many there are of each kind, and their size", async () => {
    const kinds = await storedKinds(home);
    expect(kinds.map(({ kind, count, unneeded }) => [kind, count, unneeded])).toEqual([
      ["experiment", 2, 0],
      ["study", 1, 0],
    ]);
    const text = storageLines(home, kinds).join("\n");
    expect(text).toMatch(/holds:\n {2}experiment +\d+\.\d KiB in 2\n {2}study +\d+\.\d KiB in 1$/);
  });

  it("names what nobody needs", async () => {
    const [experiment] = await survey({ home });
    await writeFile(join(experiment.path, "codes.npy.1-0123abcd.partial"), "left");
    expect(storageLines(home, await storedKinds(home)).at(-1)).toBe(
      "nobody needs 4 bytes of it: `hashbook runs prune` frees them",
    );
  });

  it("is nothing where nothing is", () => {
    expect(storageLines("home", [])).toEqual(["home holds nothing"]);
  });
});
