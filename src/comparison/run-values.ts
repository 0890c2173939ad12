import { join } from "node:path";
import { readCodes } from "../codes/codes-file.js";
import type { Abortable } from "../core/abort.js";
import type { NdArray } from "../core/arrays.js";
import { takeRows } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import type { Labels } from "../core/labels.js";
import { isLabelled } from "../core/labels.js";
import { readNpy } from "../core/npy.js";
import type { Unlabelled } from "../core/unlabelled.js";
import type { Split } from "../datasets/roles.js";
import { cosineScores } from "../features/cosine.js";
import { evaluateCodesInDetail, evaluateScoresInDetail } from "../metrics/evaluate.js";
import type { QueryMetrics } from "../metrics/query-metrics.js";
import { takeSide } from "../ranking/side.js";
import type { Run } from "../records/run-record.js";
import type { Measure } from "./measure.js";

/** What runs are judged with. */
export interface Judged extends Abortable {
  readonly labels: Labels;
  /** Who asks and what is searched. */
  readonly split: Pick<Split, "query" | "database">;
  readonly measures: readonly Measure[];
  readonly unlabelled: Unlabelled;
}

/** By measure, (queries,) values in the order of the split; NaN where a query is left out. */
export type RunValues = Readonly<Record<string, Float64Array>>;

/**
 * Ranks the database for every query by the codes that a run has left (an embedding by cosine) and measures each query.
 * Measures of Hamming balls have no values of an embedding.
 * @throws {InputError} when its codes are missing, damaged, or of other rows
 */
export async function valuesOfRun({ folder, record }: Run, judged: Judged): Promise<RunValues> {
  const { output, bits } = record;
  const measures = output === "codes" ? judged.measures : judged.measures.filter(({ radii }) => !radii);
  // Names of one's own metrics may be alike: each goes by its place.
  const metrics = measures.map(({ metric }, i) => ({ ...metric, name: `measure-${i}${cutoffPart(metric.cutoff)}` }));
  const { labels, split, unlabelled, signal } = judged;
  const options = { metrics, unlabelled, signal };
  const perQuery = await {
    codes: () => ofCodes(join(folder, "codes.npy"), bits, { labels, split }, options),
    embedding: () => ofEmbedding(join(folder, "embedding.npy"), { labels, split }, options),
  }[output]();
  return Object.fromEntries(
    measures.map((measure, i) => [measure.name, valuesOf(measure, perQuery, metrics[i].name, judged)]),
  );
}

function cutoffPart(cutoff: number | undefined): string {
  return cutoff === undefined ? "" : `@${cutoff}`;
}

type Searched = Pick<Judged, "labels" | "split">;
type Measuring = Parameters<typeof evaluateScoresInDetail>[2];

async function ofCodes(file: string, bits: number, { labels, split }: Searched, how: Measuring): Promise<QueryMetrics> {
  const all = { codes: await readCodes(file, { bits }), labels };
  const sides = { queries: takeSide(all, split.query), database: takeSide(all, split.database) };
  return (await evaluateCodesInDetail(sides, how)).perQuery;
}

async function ofEmbedding(file: string, { labels, split }: Searched, how: Measuring): Promise<QueryMetrics> {
  const values = (await readNpy(file)) as NdArray<Float32Array>;
  if (!(values.data instanceof Float32Array))
    throw new InputError("no embedding", { file, expected: "float32 values" });
  const sides = { queries: takeSide({ labels }, split.query), database: takeSide({ labels }, split.database) };
  const cosine = await cosineScores(takeRows(values, split.query), takeRows(values, split.database));
  const judging = evaluateScoresInDetail(sides, cosine.scores, { block: cosine.block, ...how });
  return (await judging.finally(() => cosine.dispose())).perQuery;
}

function valuesOf(measure: Measure, perQuery: QueryMetrics, name: string, judged: Judged): Float64Array {
  const { labels, split, unlabelled } = judged;
  const values = Float64Array.from(split.query, row => {
    const labelled = isLabelled(labels, row);
    return !labelled && unlabelled === "drop" ? Number.NaN : withoutRelevant(measure, labelled);
  });
  perQuery.query.forEach((query, i) => {
    values[query] = perQuery.metrics[name][i];
  });
  return values;
}

/** What a query without a relevant item counts: published codes have their ways. */
function withoutRelevant({ convention }: Measure, labelled: boolean): number {
  if (convention === undefined) return Number.NaN;
  const { withoutRelevant: known, unlabelled: unknown = known } = convention;
  const counts = labelled ? known : unknown;
  return counts === 0 ? 0 : Number.NaN;
}

/** @throws {InputError} where a measure leaves out every query */
export function meanOfQueries(values: Float64Array, { measure, run }: { measure: string; run: string }): number {
  const kept = values.filter(value => !Number.isNaN(value));
  if (kept.length > 0) return kept.reduce((sum, value) => sum + value, 0) / kept.length;
  throw new InputError(`"${measure}" leaves out all queries of ${run}, so it has no mean`);
}
