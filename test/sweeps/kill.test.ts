import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../src/core/random.js";
import { toyExperiment } from "../experiments/toy-experiment.js";
import { writeDataFolder } from "../features/written-data-folder.js";

/** `bench/sweep.mjs` does the same on 10,000 pictures, with five kills. */
const KILLS = 3;
const CLI = fileURLToPath(new URL("../../bin/hashbook.js", import.meta.url));

describe("hashbook sweep", () => {
  let folder: string;

  /** A command line in a home of its own: nothing is found there that another has computed. */
  const commandOf = (home: string) => {
    const words = ["method=dch,hashnet,lsh", "bits=8,16", "seed=0..1", "epochs=40", "hidden=[8]", "batch=20"];
    const args = [CLI, "sweep", "--data", join(folder, "work"), "--name", "kills", "--json", "-m", ...words];
    return { args, env: { ...process.env, HASHBOOK_HOME: join(folder, home) } };
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hashbook-sweep-kill-"));
    const { featureSet, split } = toyExperiment();
    const { labels, features } = featureSet;
    await writeDataFolder(join(folder, "work"), { classNames: ["a", "b", "c", "d"], labels, features, roles: split });
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("killed at random moments gives the table of an undisturbed study to the last digit", {
    timeout: 600_000,
  }, async () => {
    const run = async (home: string): Promise<string> => {
      const { args, env } = commandOf(home);
      return (await promisify(execFile)(process.execPath, args, { env, maxBuffer: 2 ** 26 })).stdout;
    };
    const started = performance.now();
    const whole = JSON.parse(await run("whole"));
    const seconds = (performance.now() - started) / 1000;
    const random = new Random(7);
    let kills = 0;
    for (let tries = 0; tries < KILLS; tries++) {
      const { args, env } = commandOf("killed");
      const child = spawn(process.execPath, args, { stdio: "ignore", env });
      const gone = new Promise<NodeJS.Signals | null>(resolve => child.once("exit", (_, signal) => resolve(signal)));
      setTimeout(() => child.kill("SIGKILL"), 1000 * seconds * (0.15 + 0.35 * random.uniform()));
      if ((await gone) === "SIGKILL") kills++;
    }
    expect(kills).toBeGreaterThan(0);
    const killed = JSON.parse(await run("killed"));
    expect(killed.comparison.entries).toEqual(whole.comparison.entries);
    expect(killed.comparison).toEqual(whole.comparison);
    expect(killed.runs).toEqual(whole.runs);
    expect(killed.runs).toHaveLength(12);
    for (const { name } of killed.runs) {
      for (const file of ["codes.npy", "head.safetensors", "metrics.csv"]) {
        const read = (home: string): Promise<Buffer> => readFile(join(folder, home, "runs/studies/kills", name, file));
        const [one, other] = await Promise.all(["killed", "whole"].map(read).map(text => text.catch(() => undefined)));
        expect(one?.equals(other as Buffer) ?? one === other, `${name}/${file}`).toBe(true);
      }
    }
  });
});
