import type { ChildProcess } from "node:child_process";
import { execFile, spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../src/core/random.js";
import { toyExperiment } from "../experiments/toy-experiment.js";
import { writeDataFolder } from "../features/written-data-folder.js";

/** `bench/sweep.mjs` does the same on 10,000 pictures, with five kills. */
const KILLS = 3;
const CLI = fileURLToPath(new URL("../../bin/hashbook.js", import.meta.url));

interface Document {
  readonly comparison: { readonly entries: unknown };
  readonly runs: readonly { readonly name: string }[];
}

describe("hashbook sweep", () => {
  let folder: string;
  /** Of an undisturbed one. */
  let whole: Document;
  let seconds: number;

  /** A command line in a home of its own: nothing is found there that another has computed. */
  const commandOf = (home: string) => {
    const words = ["method=dch,hashnet,lsh", "bits=8,16", "seed=0..1", "epochs=40", "hidden=[8]", "batch=20"];
    const args = [CLI, "sweep", "--data", join(folder, "work"), "--name", "kills", "--json", "-m", ...words];
    return { args, env: { ...process.env, HASHBOOK_HOME: join(folder, home) } };
  };
  const run = async (home: string): Promise<Document> => {
    const { args, env } = commandOf(home);
    return JSON.parse((await promisify(execFile)(process.execPath, args, { env, maxBuffer: 2 ** 26 })).stdout);
  };
  const endOf = (child: ChildProcess): Promise<NodeJS.Signals | number | null> =>
    new Promise(resolve => child.once("close", (code, signal) => resolve(signal ?? code)));

  /** Runs of a home's study that have their result. */
  const finishedRuns = async (home: string): Promise<number> => {
    const names = await readdir(join(folder, home, "runs/studies/kills"), { recursive: true }).catch(() => []);
    return names.filter(name => name.endsWith("/metrics.csv") || name.endsWith("/codes.npy")).length;
  };

  /** The study of a home that was disturbed is that of the undisturbed one. */
  const expectWhole = async (home: string): Promise<void> => {
    const found = await run(home);
    expect(found.comparison.entries).toEqual(whole.comparison.entries);
    expect(found.comparison).toEqual(whole.comparison);
    expect(found.runs).toEqual(whole.runs);
    expect(found.runs).toHaveLength(12);
    for (const { name } of found.runs) {
      for (const file of ["codes.npy", "head.safetensors", "metrics.csv"]) {
        const read = (of: string): Promise<Buffer> => readFile(join(folder, of, "runs/studies/kills", name, file));
        const [one, other] = await Promise.all([home, "whole"].map(read).map(text => text.catch(() => undefined)));
        expect(one?.equals(other as Buffer) ?? one === other, `${name}/${file}`).toBe(true);
      }
    }
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hashbook-sweep-kill-"));
    const { featureSet, split } = toyExperiment();
    const { labels, features } = featureSet;
    await writeDataFolder(join(folder, "work"), { classNames: ["a", "b", "c", "d"], labels, features, roles: split });
    const started = performance.now();
    whole = await run("whole");
    seconds = (performance.now() - started) / 1000;
  }, 300_000);
  afterAll(() => rm(folder, { recursive: true }));

  it("killed at random moments gives the table of an undisturbed study to the last digit", {
    timeout: 600_000,
  }, async () => {
    const random = new Random(7);
    for (let kills = 0; kills < KILLS; kills++) {
      const { args, env } = commandOf("killed");
      const child = spawn(process.execPath, args, { stdio: "ignore", env });
      const ended = endOf(child);
      // Of twelve runs one more than last time, and then at any moment of the next.
      while ((await finishedRuns("killed")) <= kills && child.exitCode === null) await sleep(5);
      await sleep(1000 * (seconds / 24) * random.uniform());
      child.kill("SIGKILL");
      expect(await ended).toBe("SIGKILL");
    }
    await expectWhole("killed");
  });

  it.skipIf(process.platform === "win32")(
    "stops at a terminal's Ctrl-C with 130, leaves no process, and goes on",
    {
      timeout: 300_000,
    },
    async () => {
      const { args, env } = commandOf("interrupted");
      // A group of its own, all of which a terminal interrupts.
      const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"], env, detached: true });
      let stderr = "";
      child.stderr?.on("data", text => {
        if (stderr === "") process.kill(-child.pid!, "SIGINT"); // the first run is over, others are under way
        stderr += text;
      });
      expect([await endOf(child), stderr]).toEqual([
        130,
        expect.stringMatching(/interrupted by SIGINT; what is finished is kept\n$/),
      ]);
      expect(stderr).toMatch(/interrupted: the same again goes on/);
      expect(() => process.kill(-child.pid!, 0)).toThrow(/ESRCH/);
      await expectWhole("interrupted");
    },
  );
});
