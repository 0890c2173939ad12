import type { Candidate } from "../challenge/candidate.js";
import type { SearchCost } from "../challenge/choice-rule.js";
import { compareRankings } from "../challenge/compare-rankings.js";
import type { FoldScores } from "../challenge/fold-scores.js";
import { openEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import type { Abortable } from "../core/abort.js";
import { checkAborted } from "../core/abort.js";
import { takeRows } from "../core/arrays.js";
import { runsPath } from "../core/paths.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import type { Dataset } from "../datasets/dataset.js";
import type { FeatureSet } from "../features/extract.js";
import type { Sides } from "../ranking/side.js";
import { meanAndDeviation } from "../training/mean-and-deviation.js";
import type { PoolOptions } from "../training/training-process.js";
import { foldKey, hashOf, labelledHash, learnedGraph, plainLearning } from "./candidate-key.js";
import { checkCandidates } from "./check-candidates.js";
import type { StoredFoldResult } from "./fold-result-file.js";
import { FOLD_RESULT_FORMAT, queriesOfResult, readFoldResult, writeFoldResult } from "./fold-result-file.js";
import { candidateSide, learnCandidate } from "./learned-candidate.js";
import type { Fold } from "./open-folds.js";
import { foldPlaces, openFold } from "./open-folds.js";
import type { TrainPlace } from "./train-apart.js";
import { trainApart } from "./train-apart.js";

/** Labelled images with their features, one set or several. */
export interface CandidateData {
  /** What computes, where the options name no other. Default: the best that is there. */
  readonly engine?: Engine;
  readonly dataset: Dataset<Int32Array>;
  /** By name; a candidate that names none has the first. Rows are those of the dataset. */
  readonly featureSets: Readonly<Record<string, Pick<FeatureSet, "features">>>;
}

/** How candidates are compared over folds. */
export interface CompareCandidatesOptions extends Abortable, PoolOptions {
  /** Number of folds. Default 5. */
  readonly of?: number;
  /** Deals of products to folds: every product is held out once by each. Default 1. */
  readonly repeats?: number;
  /** Of the first deal. Default 0. */
  readonly seed?: number;
  /** Where finished folds are kept and found again. Default `runs/challenge/folds`. */
  readonly store?: string;
  /** Trainings at a time, 1 or more. Default: as many as there are cores. */
  readonly workers?: number;
  /** Default: that of the data, else the best that is there. */
  readonly engine?: Engine;
  readonly onProgress?: ProgressListener;
}

/** How a candidate did on all folds. */
export interface CandidateResult extends FoldScores, SearchCost {
  readonly candidate: Candidate;
  /** Of learning on the products outside of a fold, one thread, in the mean over folds; 0 where nothing is learned. */
  readonly trainSeconds: number;
}

/** Candidates that learn the same of the same features. */
interface Group {
  readonly members: readonly { readonly candidate: Candidate; readonly at: number }[];
  readonly features: string;
}

/** A group on a fold. */
interface Work {
  readonly group: Group;
  readonly fold: Fold;
  /** Place of the fold among all. */
  readonly at: number;
  /** Keys of the members' results. */
  readonly keys: readonly string[];
}

/**
 * Learns each candidate on the products outside of each fold and scores it on those inside. What several candidates learn
 * alike is learned once a fold; each fold has a training seed of its own, so that folds differ as trainings do. Finished
 * folds are kept on the disk, and found again when the same is asked for: work that was killed goes on. What a ranking
 * costs is timed at the end on the first fold, when nothing else runs.
 * @param candidates all are checked before the first is learned
 * @returns a result each, in their order
 * @throws {InputError} as `checkCandidates`, `trainHead` and `rankGallery`
 */
export async function compareCandidates(
  data: CandidateData,
  candidates: readonly Candidate[],
  options: CompareCandidatesOptions = {},
): Promise<CandidateResult[]> {
  checkCandidates(candidates, Object.keys(data.featureSets));
  return new Comparison(data, candidates, {
    ...options,
    engine: options.engine ?? data.engine ?? (await openEngine()),
  }).run();
}

/** One comparison at work. */
class Comparison {
  private readonly found: StoredFoldResult[][];
  /** Of the first fold, until they are timed; by group. */
  private readonly timed: Map<Group, Sides> = new Map();
  private readonly store: string;

  constructor(
    private readonly data: CandidateData,
    private readonly candidates: readonly Candidate[],
    private readonly options: CompareCandidatesOptions & { readonly engine: Engine },
  ) {
    this.found = candidates.map(() => []);
    this.store = options.store ?? runsPath("challenge", "folds");
  }

  async run(): Promise<CandidateResult[]> {
    const { of = 5, repeats = 1, seed = 0, engine, workers, pool, onProgress } = this.options;
    const folds = foldPlaces(of, repeats, seed).map(place => openFold(this.data.dataset, place, { engine }));
    const all = this.works(folds);
    const missing: Work[] = [];
    for (const work of all) if (!(await this.isKept(work))) missing.push(work);
    const meter = new ProgressMeter("folds", all.length, "trainings", onProgress, all.length - missing.length);
    let done = all.length - missing.length;
    await trainApart(missing, { engine, workers, pool }, async (work, place) => {
      checkAborted(this.options.signal);
      await this.judge(work, place);
      meter.report(++done, `fold ${work.at + 1} of ${folds.length}, ${work.group.members[0].candidate.name}`);
    });
    for (const work of all) if (work.at === 0) await this.time(work);
    return this.candidates.map((candidate, at) => resultOf(candidate, this.found[at]));
  }

  private works(folds: readonly Fold[]): Work[] {
    const { dataset, featureSets } = this.data;
    const labelled = labelledHash(dataset);
    const hashes = Object.fromEntries(
      Object.entries(featureSets).map(([name, { features }]) => [name, hashOf(features.data)]),
    );
    return groupsOf(this.candidates, Object.keys(featureSets)[0]).flatMap(group => {
      const [{ candidate: first }] = group.members;
      const { features } = featureSets[group.features];
      const graph = learnedGraph(first, { features, labels: dataset.labels, train: folds[0].train });
      return folds.map((fold, at): Work => {
        const { fold: number, of, seed } = fold;
        const parts = { graph, features: hashes[group.features], labelled, engine: this.options.engine.name };
        const place = { fold: number, of, seed };
        const rest = { place, seed: seedOf(first, at), format: FOLD_RESULT_FORMAT, ...parts };
        return { group, fold, at, keys: group.members.map(({ candidate }) => foldKey({ candidate, ...rest })) };
      });
    });
  }

  private async isKept({ group, at, keys }: Work): Promise<boolean> {
    const kept = await Promise.all(keys.map(key => readFoldResult(this.store, key)));
    kept.forEach((result, i) => {
      if (result !== undefined) this.found[group.members[i].at][at] = result;
    });
    return kept.every(result => result !== undefined);
  }

  /** Learns what a group learns on a fold, and ranks by it in all ways that are not known yet. */
  private async judge(work: Work, place: TrainPlace): Promise<void> {
    const { group, fold, at, keys } = work;
    const { sides, seconds } = await this.learn(work, place);
    if (at === 0) this.timed.set(group, sides);
    for (const [i, { candidate, at: row }] of group.members.entries()) {
      if (this.found[row][at] !== undefined) continue;
      checkAborted(this.options.signal);
      const { queries } = await fold.score(sides, candidate.ranking);
      const result: StoredFoldResult = {
        name: candidate.name,
        fold: fold.set.title,
        products: Array.from(queries.products),
        scores: Array.from(queries.scores),
        seconds: isLearned(candidate) ? seconds : 0,
      };
      await writeFoldResult(this.store, keys[i], result);
      this.found[row][at] = result;
    }
  }

  private async learn({ group, fold, at }: Work, place: TrainPlace): Promise<{ sides: Sides; seconds: number }> {
    const { engine, signal } = this.options;
    const { features } = this.data.featureSets[group.features];
    const [{ candidate }] = group.members;
    const data = { features, labels: this.data.dataset.labels, train: fold.train };
    const learned = await learnCandidate(candidate, data, { place, seed: seedOf(candidate, at), engine, signal });
    const { query, gallery } = fold.set.rows;
    const queries = await candidateSide(learned, takeRows(features, query), { engine });
    const database = await candidateSide(learned, takeRows(features, gallery), { engine });
    return { sides: { queries, database }, seconds: learned.seconds };
  }

  /** Times the rankings of a group on the first fold, which is learned again where an earlier run did not come so far. */
  private async time(work: Work): Promise<void> {
    const { group, fold, at, keys } = work;
    const { engine, signal } = this.options;
    const missing = [...group.members.entries()].filter(([, { at: row }]) => this.found[row][at].cost === undefined);
    if (missing.length === 0) return;
    const sides = this.timed.get(group) ?? (await this.learn(work, { engine })).sides;
    for (const [i, { candidate, at: row }] of missing) {
      checkAborted(signal);
      const ranked = { name: candidate.name, sides, method: candidate.ranking };
      const [{ bytesPerImage, msPerQuery }] = await compareRankings(fold.set, [ranked], { engine });
      const result = { ...this.found[row][at], cost: { bytesPerImage, msPerQuery } };
      await writeFoldResult(this.store, keys[i], result);
      this.found[row][at] = result;
    }
    this.timed.delete(group);
  }
}

function isLearned({ training, whiten }: Candidate): boolean {
  return training !== undefined || whiten !== undefined;
}

/** Candidates by what they learn, in the order of the first of each. @param usual features of those that name none */
function groupsOf(candidates: readonly Candidate[], usual: string): Group[] {
  const groups = new Map<string, { features: string; members: Group["members"][number][] }>();
  for (const [at, candidate] of candidates.entries()) {
    const { features = usual } = candidate;
    const key = JSON.stringify([features, plainLearning(candidate)]);
    const group = groups.get(key) ?? { features, members: [] };
    group.members.push({ candidate, at });
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** The seed of a training on a fold. */
function seedOf({ training }: Candidate, at: number): number | undefined {
  return training === undefined ? undefined : ((training.seed ?? 0) + at) % 2 ** 32;
}

function resultOf(candidate: Candidate, found: readonly StoredFoldResult[]): CandidateResult {
  const queries = found.map(queriesOfResult);
  const { cost } = found[0];
  return {
    name: candidate.name,
    candidate,
    scores: queries.map(({ scores }) => meanAndDeviation(Array.from(scores)).mean),
    queries,
    trainSeconds: meanAndDeviation(found.map(({ seconds }) => seconds)).mean,
    bytesPerImage: cost?.bytesPerImage ?? 0,
    msPerQuery: cost?.msPerQuery ?? null,
  };
}
