/**
 * The training step against PyTorch: same features, batches, initial weights and schedule, in one run and in turns, with
 * as many threads. hashbook does as many steps a call as its training loop. The losses of 100 steps have to agree to 1e-3 before the clock runs. torch.compile is in the table
 * where the machine has what it needs; the floor is the operations of the matrix products over the rate at which
 * PyTorch does the largest of them.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, it } from "vitest";
import { openEngine } from "../../src/compute/engine.js";
import { relativeDifference } from "../results.js";
import type { BenchJob } from "./job.js";
import { benchJob, ITEMS, OurTraining, stepOperations } from "./job.js";
import { TorchPeer } from "./peer.js";
import type { Measured } from "./table.js";
import { publishTraining } from "./table.js";

/** Threads of every candidate but wasm, which has one. */
const THREADS = 2;
const TURNS = 8;
const STEPS_A_TURN = 48;
/** Steps of the wasm engine a turn, which is ten times slower. */
const WASM_STEPS = 5;
/** Pause before a candidate's turn, so that threads of the one before it have stopped spinning. Milliseconds. */
const PAUSE = 50;

const results: Measured[] = [];
afterAll(() => {
  if (results.length === 4) publishTraining(results, { items: ITEMS, threads: THREADS });
});

type Candidate = (steps: number) => Promise<number[]>;

it.each<[string, number, number]>([
  ["hashnet", 256, 48],
  ["hashnet", 512, 64],
  ["dch", 256, 48],
  ["dch", 512, 64],
])("%s, 2048→%i→%i", async (method, hidden, bits) => {
  const folder = await mkdtemp(join(tmpdir(), "hashbook-bench-"));
  const job = benchJob(method, hidden, bits);
  const peer = await TorchPeer.open(folder, job, THREADS);
  try {
    results.push(await measured(job, peer));
  } finally {
    peer.close();
    await rm(folder, { recursive: true });
  }
});

async function measured(job: BenchJob, peer: TorchPeer): Promise<Measured> {
  const ours = await OurTraining.open(await openEngine({ engine: "cpu", threads: THREADS }), job);
  const wasm = await OurTraining.open(await openEngine({ engine: "wasm" }), job);
  const expected = await peer.trajectory(100);
  const difference = Math.max(
    relativeDifference(await ours.run(100), expected),
    relativeDifference(await wasm.run(20), expected.slice(0, 20)),
  );
  expect(difference).toBeLessThan(1e-3);
  expect(expected[99]).toBeLessThan(expected[0]);
  const candidates: Record<string, Candidate> = {
    ours: steps => ours.time(1 + Math.round(steps / ours.stepsACall)),
    torch: steps => peer.time("eager", steps),
    torchCompile: steps => peer.time("compiled", steps),
    wasm: () => wasm.time(WASM_STEPS, 1),
  };
  const missing = await peer.time("compiled", 1).then(
    () => undefined,
    (error: Error) => error.message,
  );
  if (missing !== undefined) delete candidates.torchCompile;
  const times = await inTurns(candidates);
  const rates = [await peer.gemmRate(), await peer.gemmRate(), await peer.gemmRate()];
  await ours.dispose();
  await wasm.dispose();
  const { hidden, bits } = job.config;
  const method = job.config.method.name;
  const floor = (1000 * stepOperations(job)) / Math.max(...rates);
  return { method, hidden: hidden[0], bits, times, floor, difference, torch: peer.version, missing };
}

/** Milliseconds a step of the calls of each candidate; the first of each turn is left out. */
async function inTurns(candidates: Record<string, Candidate>): Promise<Record<string, number[]>> {
  const times: Record<string, number[]> = {};
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [name, run] of Object.entries(candidates)) {
      await sleep(PAUSE);
      const [, ...steps] = await run(STEPS_A_TURN);
      times[name] = [...(times[name] ?? []), ...steps];
    }
  }
  return times;
}
