import { checkAborted } from "../core/abort.js";
import { availableCores } from "../core/cores.js";
import { InputError } from "../core/errors.js";
import { giveBackCrew, readyThreads, takeCrew } from "./scan-crew.js";
import type { ScanPlan, ScanRequest } from "./scan-memory.js";
import { CONTROL, JOB, planScan } from "./scan-memory.js";

/**
 * Code words (8 bytes) compared below which starting another thread costs more than it saves; about 40 ms of work.
 * Measured by bench/rank.
 */
const WORTH_A_START = 4e7;
/** The same where a thread is there already and only has to be told; about 1 ms of work. */
const WORTH_A_CALL = 1e6;
/** Threads at most: of so many there is room to say what they do. */
export const MOST_THREADS = 256;
/** Milliseconds of work on this thread after which timers, signals and output get their turn. */
const TURN = 50;

/**
 * Threads to use, this one included.
 * @param asked what the caller wants; undefined: all cores, as far as there is work for them
 * @throws {InputError} unless an integer of at least 1 is asked for
 */
export function scanThreads(asked: number | undefined, queries: number, database: number, bits: number): number {
  if (asked === undefined) {
    const work = queries * database * Math.ceil(bits / 64);
    const started = Math.floor(work / WORTH_A_START) + 1;
    const called = Math.min(readyThreads(), Math.floor(work / WORTH_A_CALL) + 1);
    return Math.min(MOST_THREADS, availableCores(), Math.max(started, called));
  }
  if (Number.isInteger(asked) && asked >= 1 && asked <= MOST_THREADS) return asked;
  throw new InputError("number of threads out of range", {
    expected: `an integer in 1..${MOST_THREADS}`,
    actual: `${asked}`,
  });
}

/** A finished block of a scan. */
export interface FinishedBlock {
  readonly plan: ScanPlan;
  /** Where its results lie. */
  readonly slot: number;
}

/**
 * Runs a scan on all its threads and yields the finished blocks in their order. This thread takes its share of blocks,
 * so that small scans need no other. A slot is valid until the next one is asked for.
 * @param signal ends the scan with its reason
 */
export async function* finishedBlocks(request: ScanRequest, signal?: AbortSignal): AsyncGenerator<FinishedBlock, void> {
  const crew = takeCrew();
  let block = 0;
  let blocks = 1;
  try {
    const plan = planScan(request, crew.memory);
    const { slots } = plan;
    const run = crew.kernel(plan.kernel);
    const control = crew.start(plan);
    blocks = plan.blocks;
    let taken = Atomics.add(control, CONTROL.next, 1);
    let turn = performance.now();
    while (block < blocks) {
      checkAborted(signal);
      const slot = block % slots;
      if (Atomics.load(control, CONTROL.finished + slot) === block + 1) {
        yield { plan, slot };
        block++;
        Atomics.store(control, CONTROL.consumed, block);
        Atomics.notify(control, CONTROL.consumed);
      } else if (taken < Math.min(blocks, block + slots)) {
        run(JOB, taken, taken % slots, 0);
        Atomics.store(control, CONTROL.finished + (taken % slots), taken + 1);
        taken = Atomics.add(control, CONTROL.next, 1);
      } else await crew.news();
      if (performance.now() - turn < TURN) continue;
      await new Promise(resolve => setImmediate(resolve));
      turn = performance.now();
    }
  } finally {
    await crew.finish(block < blocks);
    await giveBackCrew(crew);
  }
}
