// How long a run of the challenge takes, and how much room, from a few measurements on this machine.
import type { Candidate } from "../challenge/candidate.js";
import { RANKING_BLOCK } from "../challenge/rank-gallery.js";
import { duration } from "../core/progress.js";
import { bytesText } from "../core/size-text.js";
import type { LearningSpeed } from "./measure-learning.js";
import { learningKey, stepsOf } from "./measure-learning.js";
import type { RankingSpeed } from "./measure-ranking.js";
import type { SearchSize } from "./ranking-pairs.js";
import { pairsOf } from "./ranking-pairs.js";

/** What was measured here. */
export interface MachineSpeed {
  /** Seconds of one image for its fingerprint. */
  readonly fingerprint: number;
  /** By the name of the features: seconds of one image, and the length of its vector. */
  readonly features: Readonly<Record<string, { readonly seconds: number; readonly dim: number }>>;
  /** By what candidates learn, see `learningKey`. */
  readonly learning: Readonly<Record<string, LearningSpeed>>;
  /** By the name of the candidate. */
  readonly rankings: Readonly<Record<string, RankingSpeed>>;
}

/** How much there is to do. */
export interface RunSize {
  /** Labelled images. */
  readonly labelled: number;
  /** By the name of the part. */
  readonly tests: Readonly<Record<string, { readonly queries: number; readonly gallery: number }>>;
  /** The first one's features are used where a candidate names none. */
  readonly candidates: readonly Candidate[];
  /** Trainings of each candidate before it is chosen, and the share of the images that each leaves out. */
  readonly folds: number;
  readonly heldOut: number;
  /** Trainings at a time. */
  readonly workers: number;
  /** Whether products under several ids are looked for. */
  readonly duplicates: boolean;
}

/** What one step needs. */
export interface StepEstimate {
  readonly step: string;
  readonly seconds: number;
  /** Bytes that it writes. */
  readonly disk: number;
  /** Bytes that it holds at a time. */
  readonly memory: number;
}

/** What a run needs, and what there is. */
export interface RunEstimate {
  readonly steps: readonly StepEstimate[];
  readonly seconds: number;
  readonly disk: number;
  readonly memory: number;
}

const FLOAT = 4;
/** Bytes of a fingerprint: hash and thumbnail, and the spectra that thumbnails are compared by. */
const FINGERPRINT = 4128 + 2048;
/** Seconds to compare two images for copies on one core: bench/leak-check.md, 4 s for 1,000 with 49,804. */
const COPIES = 4 / (1000 * 49_804);
/** Passes over the queries of a fold that are timed, where they are one block. */
const TIMED_PASSES = 6;
/** Bytes of Node, the networks and the engine, about. */
const PROGRAM = 2 ** 30;

/** Estimates the steps of a run. What a list of candidates shares (features, trainings) is counted once. */
export function estimateRun(size: RunSize, speed: MachineSpeed): RunEstimate {
  const { labelled, tests, workers } = size;
  const steps: StepEstimate[] = [];
  if (size.duplicates) {
    const compared = (COPIES * labelled ** 2) / workers;
    const memory = PROGRAM + FINGERPRINT * labelled;
    steps.push({ step: "duplicates", seconds: speed.fingerprint * labelled + compared, disk: 0, memory });
  }
  for (const [name, { seconds, dim }] of Object.entries(speed.features)) {
    const parts = { train_data: labelled, ...mapValues(tests, ({ queries, gallery }) => queries + gallery) };
    for (const [part, images] of Object.entries(parts)) {
      const step = `features ${name} of ${part}`;
      steps.push({ step, seconds: seconds * images, disk: FLOAT * dim * images, memory: PROGRAM });
    }
  }
  steps.push(chooseEstimate(size, speed));
  const slowest = size.candidates.reduce((most, one) => Math.max(most, learningSeconds(one, labelled, speed)), 0);
  steps.push({
    step: "train on all",
    seconds: slowest,
    disk: 0,
    memory: PROGRAM + featureBytes(size, speed, labelled),
  });
  for (const [part, { queries, gallery }] of Object.entries(tests)) {
    const seconds = size.candidates.reduce(
      (most, one) => Math.max(most, rankingSeconds(one, { queries, gallery }, speed)),
      0,
    );
    const memory = PROGRAM + 2 * featureBytes(size, speed, queries + gallery);
    steps.push({ step: `rank ${part}`, seconds, disk: 200 * queries, memory });
  }
  const sum = (of: (step: StepEstimate) => number): number => steps.reduce((total, step) => total + of(step), 0);
  return {
    steps,
    seconds: sum(({ seconds }) => seconds),
    disk: sum(({ disk }) => disk),
    memory: steps.reduce((most, { memory }) => Math.max(most, memory), 0),
  };
}

function chooseEstimate(size: RunSize, speed: MachineSpeed): StepEstimate {
  const { labelled, folds, heldOut, workers } = size;
  const images = Math.round(labelled * heldOut);
  const fold = { queries: Math.round(images / 5), gallery: images - Math.round(images / 5) };
  const timed = folds + TIMED_PASSES / Math.max(1, fold.queries / RANKING_BLOCK); // what each costs is timed at the end
  const learned = new Map<string, number>(); // candidates that rank what they learn differently share it
  let ranked = 0;
  for (const one of size.candidates) {
    learned.set(learningKey(one), learningSeconds(one, labelled - images, speed));
    ranked += timed * rankingSeconds(one, fold, speed);
  }
  const all = [...learned.values()].reduce((total, seconds) => total + seconds, 0);
  const memory = PROGRAM + (1 + workers) * featureBytes(size, speed, labelled);
  return { step: "choose", seconds: (folds * all) / workers + ranked, disk: 0, memory };
}

/** Of a whitening, a fit and a training, whatever of them there is. */
function learningSeconds(one: Candidate, rows: number, { learning }: MachineSpeed): number {
  const { once, row, step } = learning[learningKey(one)] ?? { once: 0, row: 0, step: 0 };
  return once + row * rows + step * stepsOf(one, rows);
}

function rankingSeconds(one: Candidate, size: SearchSize, { rankings }: MachineSpeed): number {
  const { once, pair } = rankings[one.name];
  return once + pair * pairsOf(one.ranking, size);
}

function dimOf({ features }: Candidate, speed: MachineSpeed): number {
  const [first] = Object.keys(speed.features);
  return speed.features[features ?? first]?.dim ?? 0;
}

function featureBytes({ candidates }: RunSize, speed: MachineSpeed, images: number): number {
  return FLOAT * images * candidates.reduce((most, one) => Math.max(most, dimOf(one, speed)), 0);
}

function mapValues<T, R>(values: Readonly<Record<string, T>>, of: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, of(value)]));
}

/** What the machine has left. */
export interface MachineRoom {
  /** Bytes free on the disk that is written to. */
  readonly disk: number;
  /** Bytes of memory, used or not. */
  readonly memory: number;
}

/** Lines for people. */
export function estimateLines({ steps, seconds, disk, memory }: RunEstimate, room: MachineRoom): string[] {
  const rows = [
    ["step", "time", "disk", "memory"],
    ...steps.map(one => [one.step, duration(one.seconds), bytesText(one.disk), bytesText(one.memory)]),
    ["in all", duration(seconds), bytesText(disk), bytesText(memory)],
    ["there is", "", bytesText(room.disk), bytesText(room.memory)],
  ];
  const widths = rows[0].map((_, column) => rows.reduce((most, row) => Math.max(most, row[column].length), 0));
  return rows.map(row =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join("  ")
      .trimEnd(),
  );
}

/** What there is too little of, in words; undefined where there is enough. */
export function shortageOf({ disk, memory }: RunEstimate, room: MachineRoom): { disk?: string; memory?: string } {
  const short = (what: string, needed: number, there: number): string | undefined =>
    needed <= there
      ? undefined
      : `${bytesText(needed)} of ${what} are needed, about, and ${bytesText(there)} are there`;
  return {
    ...orNothing("disk", short("disk", disk, room.disk)),
    ...orNothing("memory", short("memory", memory, room.memory)),
  };
}

function orNothing<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, string>);
}
