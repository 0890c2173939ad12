import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { CellRecordOptions } from "../../src/experiments/cell-record.js";
import { readOrCompute } from "../../src/experiments/cell-record.js";

const before = process.env.HASHBOOK_HOME;
let home: string;
let computed: number;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "hashbook-cells-"));
  process.env.HASHBOOK_HOME = home;
});
beforeEach(() => {
  computed = 0;
});
afterAll(async () => {
  if (before === undefined) delete process.env.HASHBOOK_HOME;
  else process.env.HASHBOOK_HOME = before;
  await rm(home, { recursive: true });
});

const run = (options: CellRecordOptions, name = "a-cell") =>
  readOrCompute(name, options, async () => {
    computed++;
    const codes = { data: Uint8Array.of(1, 255, 3), rows: Int32Array.of(-5, 7), values: [Float32Array.of(0.1)] };
    return { mAP: 1 / 3, words: "γ", nothing: null, codes };
  });

describe("readOrCompute", () => {
  it("computes once, and reads the same values, typed arrays too", async () => {
    const first = await run({ of: { bits: 48, seeds: [0, 1] } });
    expect(first.origin).toMatch(/^Computed here, in /);
    const second = await run({ of: { bits: 48, seeds: [0, 1] } });
    expect(second.value).toEqual(first.value);
    expect(second.value.codes.rows).toBeInstanceOf(Int32Array);
    expect([...second.value.codes.values[0]]).toEqual([Math.fround(0.1)]);
    expect(second.origin).toMatch(/^Read from `a-cell.json`, computed on \d{4}-\d\d-\d\d in .* with hashbook /);
    expect(computed).toBe(1);
  });

  it("computes what is on record of anything else, and when it is told to", async () => {
    await run({ of: { bits: 48, seeds: [0, 1] } });
    await run({ of: { bits: 48, seeds: [0, 2] } });
    expect(computed).toBe(1);
    await run({ of: { bits: 48, seeds: [0, 2] }, recompute: true });
    expect(computed).toBe(2);
  });

  it("reads what is kept where nothing was computed", async () => {
    const of = { bits: 16 };
    const { value } = await run({ of }, "kept");
    await mkdir(join(home, "records", "cells"), { recursive: true });
    await rename(join(home, "runs", "cells", "kept.json"), join(home, "records", "cells", "kept.json"));
    expect((await run({ of }, "kept")).value).toEqual(value);
    expect(computed).toBe(1);
  });

  it("refuses a damaged record by name, one of a newer version, and a name that is a path", async () => {
    const of = { bits: 8 };
    await run({ of }, "damaged");
    const file = join(home, "runs", "cells", "damaged.json");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.slice(0, 50));
    await expect(run({ of }, "damaged")).rejects.toThrow(
      /damaged.json.*this is no JSON|this is no JSON.*damaged.json/s,
    );
    await writeFile(file, text.replace('"format": 1', '"format": 2'));
    await expect(run({ of }, "damaged")).rejects.toThrow(/newer hashbook/);
    await expect(run({ of }, "../x")).rejects.toThrow(/no name of a record/);
  });
});
