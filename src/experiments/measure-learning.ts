import type { Candidate } from "../challenge/candidate.js";
import type { Engine } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { Random } from "../core/random.js";
import { methodOf } from "../methods/known-methods.js";
import { resolveConfig } from "../training/train-config.js";
import { learnCandidate } from "./learned-candidate.js";
import { trainApart } from "./train-apart.js";

/** Seconds of learning, where as many learn at a time as in the run: what comes once, for each row, and for each step. */
export interface LearningSpeed {
  readonly once: number;
  readonly row: number;
  readonly step: number;
}

/** What is measured, and how many at a time. */
interface MeasureLearningOptions {
  readonly engine: Engine;
  readonly workers: number;
}

/** Rows learned from, and epochs of a training: by what they differ in, the three parts are told apart. */
const SIZES = [
  { rows: 1024, epochs: 1 },
  { rows: 3072, epochs: 1 },
  { rows: 3072, epochs: 4 },
] as const;
const CLASSES = 256;

/** What candidates that learn the same have in common. */
export function learningKey({ name: _, ranking: _r, ...learned }: Candidate): string {
  return JSON.stringify(learned);
}

/** Whether there are epochs. */
function isTrained({ training }: Candidate): boolean {
  return training !== undefined && methodOf(training.method).kind !== "fitted";
}

/** Steps of a training over so many rows; 0 where nothing is trained. @param epochs default: as the candidate says */
export function stepsOf(one: Candidate, rows: number, epochs?: number): number {
  if (one.training === undefined || !isTrained(one)) return 0;
  const config = resolveConfig(one.training);
  return (epochs ?? config.epochs) * Math.ceil(rows / config.batch);
}

/**
 * Measures on random vectors how fast candidates learn, some seconds for each that learns something of its own.
 * @param dimOf length of a candidate's features
 * @returns by {@link learningKey}
 */
export async function learningSpeeds(
  candidates: readonly Candidate[],
  dimOf: (candidate: Candidate) => number,
  { engine, workers }: MeasureLearningOptions,
): Promise<Record<string, LearningSpeed>> {
  const learners = new Map(
    candidates
      .filter(({ training, whiten }) => training !== undefined || whiten !== undefined)
      .map(one => [learningKey(one), one] as const),
  );
  const times = new Map<string, number[]>();
  const work = [...learners].flatMap(([key, one]) =>
    SIZES.filter(({ epochs }) => epochs === 1 || isTrained(one)).map((size, at) => ({ key, one, size, at })),
  );
  const trained = work.find(({ one }) => isTrained(one));
  const first = trained === undefined ? [] : Array.from({ length: workers }, () => ({ ...trained, at: -1 })); // processes start
  await trainApart([...first, ...work], { engine, workers }, async ({ key, one, size, at }, place) => {
    const { training } = one;
    const settings = training === undefined || !isTrained(one) ? training : { ...training, epochs: size.epochs };
    const data = randomRows(size.rows, dimOf(one));
    const learned = await learnCandidate({ ...one, training: settings }, data, { place, engine }).catch(notSoSmall);
    if (at < 0 || learned === undefined) return;
    const found = times.get(key) ?? [];
    found[at] = learned.seconds;
    times.set(key, found);
  });
  return Object.fromEntries([...learners].map(([key, one]) => [key, partsOf(one, times.get(key) ?? [])]));
}

/** What cannot be learned of so few classes (ITQ of more bits than they give directions) is left out of the estimate. */
function notSoSmall(error: Error): undefined {
  if (!(error instanceof InputError)) throw error;
}

/** What comes once, for each row, for each step, out of the times of {@link SIZES}. */
function partsOf(one: Candidate, [few = 0, more = 0, longer]: readonly number[]): LearningSpeed {
  const [{ rows: fewRows }, { rows: moreRows }, { epochs }] = SIZES;
  const [fewSteps, moreSteps] = [stepsOf(one, fewRows, 1), stepsOf(one, moreRows, 1)];
  const step = longer === undefined ? 0 : Math.max(0, longer - more) / ((epochs - 1) * moreSteps);
  const row = Math.max(0, more - few - step * (moreSteps - fewSteps)) / (moreRows - fewRows);
  return { once: Math.max(0, few - row * fewRows - step * fewSteps), row, step };
}

function randomRows(
  rows: number,
  dim: number,
): { features: NdArray<Float32Array>; labels: Int32Array; train: Int32Array } {
  const features = { data: new Random(0).normals(rows * dim), shape: [rows, dim] };
  const labels = Int32Array.from({ length: rows }, (_, row) => row % CLASSES);
  return { features, labels, train: Int32Array.from(labels.keys()) };
}
