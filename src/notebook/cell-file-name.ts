/** The name of a cell's code in stack traces. @param number how many cells the kernel has run with it, from 1 */
export function cellFileName(number: number): string {
  return `evalmachine.<cell ${number}>`;
}

/** The number of the first cell that a stack trace goes through; undefined when it goes through none. */
export function cellNumberIn(trace: string): number | undefined {
  const match = /evalmachine\.<cell (\d+)>:\d+:\d+/.exec(trace);
  return match === null ? undefined : Number(match[1]);
}
