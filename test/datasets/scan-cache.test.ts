// The cached walk: what it returns must never differ from what a fresh walk returns.
import { access, chmod, mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { scanDigixTrain } from "../../src/datasets/digix-scan.js";
import { cachedScan } from "../../src/datasets/scan-cache.js";
import { soundDigix, writeFiles } from "./digix-folder.js";

let root: string;
let home: string | undefined;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "hashbook-scan-"));
  home = process.env.HASHBOOK_HOME;
  process.env.HASHBOOK_HOME = join(root, "home");
  await writeFiles(join(root, "digix"), soundDigix());
});
afterEach(async () => {
  if (home === undefined) delete process.env.HASHBOOK_HOME;
  else process.env.HASHBOOK_HOME = home;
  await rm(root, { recursive: true });
});

const folder = (): string => join(root, "digix/train_data");
const fresh = (): ReturnType<typeof scanDigixTrain> => scanDigixTrain(folder(), "digix");
/** Clocks of file systems tick every few milliseconds. */
const SETTLE = 40;
const opened = (settleMs = SETTLE): ReturnType<typeof cachedScan> =>
  cachedScan(folder(), "digix", fresh, { fromImages: 1, settleMs });

const path = fc
  .record({ product: fc.integer({ min: 0, max: 5 }), name: fc.constantFrom("A1X0", "NEW", "other") })
  .map(({ product, name }) => join(`DIGIX_00000${product}`, `${name}.jpg`));
const edit = fc.oneof(
  fc.record({ kind: fc.constant("write" as const), path }),
  fc.record({ kind: fc.constant("remove" as const), path }),
  fc.record({ kind: fc.constant("rename" as const), path }),
  fc.record({ kind: fc.constant("label" as const), path }),
  fc.record({ kind: fc.constant("drop" as const), path }),
  fc.record({ kind: fc.constant("nothing" as const), path }),
);

async function apply({ kind, path: at }: { kind: string; path: string }): Promise<void> {
  const file = join(folder(), at);
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  const list = join(folder(), "label.txt");
  // A file that is there is not rewritten in place: that is what the cache does not notice, as documented.
  if (kind === "write" && !isThere) await writeFiles(folder(), { [at]: "new" });
  if (kind === "remove" && isThere) await rm(file);
  if (kind === "rename" && isThere) await rename(file, `${file.slice(0, -4)}R.jpg`);
  if (kind === "label") await writeFile(list, `${await readFile(list, "utf8")}${at.slice(0, 13)}NEW.jpg,2\n`);
  if (kind === "drop") await rm(join(folder(), at.slice(0, 12)), { recursive: true, force: true });
}

describe("cachedScan", () => {
  it("gives what a fresh walk gives after any edits, at once after them too", async () => {
    let hits = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ edit, wait: fc.boolean() }), { maxLength: 6 }), async steps => {
        await rm(join(root, "digix"), { recursive: true, force: true });
        await writeFiles(join(root, "digix"), soundDigix());
        for (const { edit: one, wait } of steps) {
          if (wait) await sleep(SETTLE + 15);
          await opened().catch(() => undefined);
          await apply(one);
          const expected = await fresh().catch(error => error.message);
          const { cached, ...got } = await opened().catch(error => ({ ...error, cached: false, text: error.message }));
          expect("text" in got ? got.text : got).toEqual(expected);
          if (cached) hits++;
        }
      }),
      { numRuns: 25, seed: 4 },
    );
    expect(hits, "the cache must have been used, or this proves nothing").toBeGreaterThan(3);
  });

  it("is used when nothing changed, and not trusted when a folder changed just before", async () => {
    expect((await opened(60_000)).cached).toBe(false);
    expect((await opened(60_000)).cached).toBe(false);
    await sleep(SETTLE + 15);
    expect((await opened()).cached).toBe(false);
    const second = await opened();
    expect(second.cached).toBe(true);
    const { cached, ...scan } = second;
    expect(scan).toEqual(await fresh());
    // A copy that keeps times keeps ctime out of reach.
    await writeFiles(folder(), { "DIGIX_000001/NEW.jpg": "x" });
    await utimes(join(folder(), "DIGIX_000001"), 1, 1);
    expect((await opened()).cached).toBe(false);
  });

  it("is made again when it is damaged, and done without when it cannot be written", async () => {
    await sleep(SETTLE + 15);
    await opened();
    const kept = join(root, "home/cache/datasets");
    const [name] = await readdir(kept);
    const text = await readFile(join(kept, name), "utf8");
    for (const damaged of ["", "{}", text.slice(0, text.length / 2), "null"]) {
      await writeFile(join(kept, name), damaged);
      expect((await opened()).ids).toEqual((await fresh()).ids);
    }
    process.env.HASHBOOK_HOME = "/dev/null";
    expect((await opened()).cached).toBe(false);
    expect((await opened()).ids).toEqual((await fresh()).ids);
  });

  it("writes nothing to the dataset's folder, which may be read only", async () => {
    await chmod(folder(), 0o555);
    try {
      await sleep(SETTLE + 15);
      await opened();
      expect((await opened()).cached).toBe(true);
      expect((await readdir(folder())).sort()).toEqual([...[0, 1, 2, 3, 4].map(i => `DIGIX_00000${i}`), "label.txt"]);
    } finally {
      await chmod(folder(), 0o755);
    }
  });

  it("small datasets are walked each time", async () => {
    await sleep(SETTLE + 15);
    for (let i = 0; i < 2; i++) {
      expect((await cachedScan(folder(), "digix", fresh, { settleMs: SETTLE })).cached).toBe(false);
    }
  });
});
