import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../src/core/random.js";
import { readFailedImages } from "../../src/features/failed-images.js";

// HASHBOOK_SLOW_TESTS=1 runs it as the promise is: 2,000 images, 20 kills.
const [IMAGES, KILLS] = process.env.HASHBOOK_SLOW_TESTS ? [2000, 20] : [96, 3];
const CLI = fileURLToPath(new URL("../../bin/hashbook.js", import.meta.url));

describe("hashbook extract", () => {
  let folder: string;
  const args = (out: string): string[] => {
    const flags = ["--batch", "8", "--engine", "cpu", "--out", join(folder, out)];
    return [CLI, "extract", "--dataset", join(folder, "images"), ...flags];
  };

  const expectSame = async (): Promise<void> => {
    for (const name of ["features.npy", "labels.npy"]) {
      const [killed, whole] = await Promise.all(["killed", "whole"].map(out => readFile(join(folder, out, name))));
      expect(killed.equals(whole), name).toBe(true);
    }
    // Not the reasons: libvips collects messages of all its threads in one place, so that they mix now and then.
    const failed = (out: string): Promise<unknown> =>
      readFailedImages(join(folder, out)).then(list => list.map(({ row, id }) => [row, id]));
    expect(await failed("killed")).toEqual(await failed("whole"));
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hashbook-kill-"));
    const random = new Random(1);
    for (const name of ["a", "b"]) await mkdir(join(folder, "images", name), { recursive: true });
    for (let i = 0; i < IMAGES; i++) {
      const data = Uint8Array.from({ length: 32 * 24 * 3 }, () => random.integer(256));
      const jpeg = await sharp(data, { raw: { width: 32, height: 24, channels: 3 } })
        .jpeg()
        .toBuffer();
      const bytes = i % 10 === 7 ? jpeg.subarray(0, 200) : jpeg; // every tenth is cut short
      await writeFile(join(folder, "images", i % 2 ? "a" : "b", `${String(i).padStart(5, "0")}.jpg`), bytes);
    }
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true }));

  it("killed at any moment and started again gives the bytes of an undisturbed run", {
    timeout: 1_800_000,
  }, async () => {
    const started = performance.now();
    await promisify(execFile)(process.execPath, args("whole"));
    const seconds = (performance.now() - started) / 1000;
    const random = new Random(7);
    let completed = 0;
    for (let kills = 0; kills < KILLS; ) {
      const child = spawn(process.execPath, args("killed"), { stdio: "ignore" });
      const gone = new Promise<NodeJS.Signals | null>(resolve => child.once("exit", (_, signal) => resolve(signal)));
      // from the first moments up to some way into the work: several kills fall into each of its stretches
      const timer = setTimeout(
        () => child.kill("SIGKILL"),
        1000 * (0.2 + random.uniform() * (1.5 + (2 * seconds) / KILLS)),
      );
      const signal = await gone;
      clearTimeout(timer);
      if (signal === "SIGKILL") kills++;
      else {
        await expectSame(); // it came through: once more from the start
        completed++;
        await rm(join(folder, "killed"), { recursive: true });
      }
    }
    await promisify(execFile)(process.execPath, args("killed"));
    await expectSame();
    expect(await readFailedImages(join(folder, "whole"))).toHaveLength(Math.floor((IMAGES + 2) / 10));
    console.info(`${KILLS} kills over ${IMAGES} images, ${completed + 1} runs came through`);
  });

  it("stopped by Ctrl-C says what is kept, and goes on from there", async () => {
    const child = spawn(process.execPath, args("killed-softly"), { stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.on("data", text => {
      stderr += text;
    });
    const ended = new Promise<number | null>(resolve => child.once("close", resolve));
    const log = join(folder, "killed-softly", "features.npy.progress");
    while (!(await readFile(log, "utf8").catch(() => "")).includes("\n")) await sleep(5);
    child.kill("SIGINT");
    expect([await ended, stderr]).toEqual([
      130,
      expect.stringMatching(new RegExp(`interrupted by SIGINT; what \\d+ of ${IMAGES} images gave is kept; the same`)),
    ]);
    const [, kept] = /what (\d+) of/.exec(stderr) ?? [];
    expect(Number(kept)).toBeGreaterThanOrEqual(8);
    await promisify(execFile)(process.execPath, args("killed-softly"));
    const [stopped, whole] = await Promise.all(
      ["killed-softly", "whole"].map(out => readFile(join(folder, out, "features.npy"))),
    );
    expect(stopped.equals(whole)).toBe(true);
  });
});
