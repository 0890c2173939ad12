import { setTimeout as sleep } from "node:timers/promises";

/** Times of one candidate, milliseconds a call. */
export interface Timing {
  readonly median: number;
  /** The fastest call: what is left when nothing else runs. */
  readonly least: number;
  /** First and third quartile: half of the calls lie between. */
  readonly quartiles: readonly [number, number];
  readonly calls: number;
}

/** How often {@link measure} calls. */
export interface MeasureOptions {
  /** Turns, each of which calls every candidate. */
  readonly turns: number;
  /** Timed calls of a candidate in a turn. */
  readonly calls: number;
}

/** Pause before a candidate's turn, so that threads of the one before it have stopped spinning. Milliseconds. */
const PAUSE = 50;

/**
 * Times candidates that do the same work, in the same process and in turns, so that a slow spell of the machine meets
 * all of them. The first call of each turn is not counted: it finds the caches of the candidate before it.
 */
export async function measure<Name extends string>(
  candidates: Readonly<Record<Name, () => Promise<unknown>>>,
  { turns, calls }: MeasureOptions,
): Promise<Record<Name, Timing>> {
  const names = Object.keys(candidates) as Name[];
  const times = Object.fromEntries(names.map(name => [name, []])) as unknown as Record<Name, number[]>;
  for (let turn = 0; turn < turns; turn++) {
    for (const name of names) {
      await sleep(PAUSE);
      await candidates[name]();
      for (let call = 0; call < calls; call++) {
        const started = performance.now();
        await candidates[name]();
        times[name].push(performance.now() - started);
      }
    }
  }
  return Object.fromEntries(names.map(name => [name, timing(times[name])])) as Record<Name, Timing>;
}

function timing(times: readonly number[]): Timing {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))];
  return { median: at(0.5), least: sorted[0], quartiles: [at(0.25), at(0.75)], calls: sorted.length };
}
