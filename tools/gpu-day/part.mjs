// What every part of the GPU day shares: what it was asked for, how it times a call, how it tells a result.

/**
 * What the day asks of its parts.
 * @typedef {object} Settings
 * @property {string} folder where the parts leave what later ones read
 * @property {boolean} small a processor plays GPU: only enough work to see that everything runs
 * @property {number} seconds a measurement's length
 */

/** @type {Settings} */
export const SETTINGS = JSON.parse(process.env.HASHBOOK_GPU_DAY ?? '{"folder": ".", "small": true, "seconds": 1}');

/**
 * A result, as a line of JSON on stdout: what was told before a process hangs or is ended is kept.
 * @param {{table: string, work: string, candidate: string, value?: number, unit?: string, note?: string, fault?: string}} row
 */
export function tell(row) {
  process.stdout.write(`${JSON.stringify(row)}\n`);
}

/** Does one piece of work; what goes wrong in it is its result, and the others follow. */
export async function attempt(row, work) {
  try {
    tell({ ...row, ...(await work()) });
  } catch (error) {
    tell({ ...row, fault: String(error?.message ?? error).split("\n")[0] });
  }
}

/** Median milliseconds of a call, of those that fit into the seconds; the first, which compiles and fills caches, apart. */
export async function time(call, seconds = SETTINGS.seconds) {
  const began = performance.now();
  await call();
  const first = performance.now() - began;
  const times = [];
  const end = performance.now() + 1000 * seconds;
  do {
    const started = performance.now();
    await call();
    times.push(performance.now() - started);
  } while (performance.now() < end);
  times.sort((a, b) => a - b);
  return { median: times[Math.floor(times.length / 2)], first, calls: times.length };
}
