import { appendFileSync, readFileSync } from "node:fs";

/** What long work is counted as by {@link timeWork}. */
export type WorkKind = "features" | "trainings" | "photographs" | "judging" | "figures" | "kernels";

/** A stretch of time, both ends in milliseconds since 1970. */
export interface Stretch {
  readonly kind: WorkKind;
  readonly begin: number;
  readonly end: number;
}

const nowMs = (): number => performance.timeOrigin + performance.now();

/**
 * Does work, and notes when, where somebody asks: `hashbook run` names a file in `HASHBOOK_TIMES`, to which the processes
 * that it starts append a line a piece of work. That it cannot be noted keeps nobody from working.
 */
export async function timeWork<T>(kind: WorkKind, work: () => Promise<T>): Promise<T> {
  const file = process.env.HASHBOOK_TIMES;
  if (!file) return work();
  const begin = nowMs();
  try {
    return await work();
  } finally {
    try {
      appendFileSync(file, `${kind} ${begin} ${nowMs()}\n`);
    } catch {
      // a full disk, or the run is over
    }
  }
}

/** What was noted in a file by {@link timeWork}; nothing where there is no file. */
export function readTimes(file: string): Stretch[] {
  let text = "";
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return [];
  }
  return text.split("\n").flatMap(line => {
    const [kind, begin, end] = line.split(" ");
    return end === undefined ? [] : [{ kind: kind as WorkKind, begin: Number(begin), end: Number(end) }];
  });
}

/** Seconds in which work of each kind went on, however much of it at once. Kinds may overlap one another. */
export function secondsByKind(stretches: readonly Stretch[]): Partial<Record<WorkKind, number>> {
  const until = new Map<WorkKind, number>();
  const seconds: Partial<Record<WorkKind, number>> = {};
  for (const { kind, begin, end } of [...stretches].sort((a, b) => a.begin - b.begin)) {
    const covered = Math.max(begin, until.get(kind) ?? begin);
    seconds[kind] = (seconds[kind] ?? 0) + Math.max(0, end - covered) / 1000;
    until.set(kind, Math.max(end, covered));
  }
  return seconds;
}
