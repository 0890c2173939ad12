import { InputError } from "../core/errors.js";
import { knownNames } from "../core/nearest-name.js";
import { acg } from "./acg.js";
import type { Metric } from "./metric.js";
import { defineMetric } from "./metric.js";
import { linearNdcg, ndcg } from "./ndcg.js";
import { precision } from "./precision.js";
import { plainRamap, ramap } from "./ramap.js";
import { wap } from "./wap.js";

/** All metrics that have a name, beside the figures that every evaluation holds; `definition` says what each is. */
export const KNOWN_METRICS: readonly Metric[] = [ndcg, linearNdcg, acg, wap, precision, ramap, plainRamap];

/** How a name is written: `acg@K` where a cutoff is needed, `ndcg[@K]` where there may be one. */
function writtenName({ name, cutoffs = "none" }: Metric): string {
  return { none: name, optional: `${name}[@K]`, required: `${name}@K` }[cutoffs];
}

/** What people ask for that is there without being asked for, in small letters. */
const ALWAYS = ["map", "ap", "top1", "top-1", "precision-recall", "pr", "recall", "radius2", "p@h", "digix"];

/** Their names as they are written. */
export const metricNames: readonly string[] = KNOWN_METRICS.map(writtenName);

const WIDTH = Math.max(...metricNames.map(name => name.length)) + 2;

/** A line each for help: the name, and what it is in a few words. */
export const metricLines: readonly string[] = KNOWN_METRICS.map(
  metric => `  ${writtenName(metric).padEnd(WIDTH)}${metric.definition.split(":")[0]}`,
);

/**
 * The metric of a name, for example "ndcg@100".
 * @throws {InputError} when there is none of that name, or it takes no cutoff or needs one
 */
export function metricOf(name: string): Metric {
  const [base, ...rest] = name.split("@");
  const metric = KNOWN_METRICS.find(known => known.name === base);
  if (metric === undefined) {
    if (ALWAYS.includes(base.toLowerCase())) {
      throw new InputError(`"${name}" need not be asked for: every evaluation holds it`, {
        expected: "another metric; mAP@R comes with the cutoff R",
      });
    }
    const names = KNOWN_METRICS.map(known => known.name);
    throw new InputError(`there is no metric "${name}"`, { expected: knownNames(base, names) });
  }
  return rest.length === 0 ? whole(metric) : atCutoff(metric, rest.join("@"));
}

/** @throws {InputError} when the metric needs a cutoff and has none */
function whole(metric: Metric): Metric {
  if (metric.cutoffs !== "required" || metric.cutoff !== undefined) return metric;
  throw new InputError(`the metric "${metric.name}" needs a cutoff`, {
    expected: `${metric.name}@K, for example @100`,
  });
}

function atCutoff(metric: Metric, text: string): Metric {
  const { name, cutoffs = "none" } = metric;
  if (cutoffs === "none") throw new InputError(`the metric "${name}" takes no cutoff`, { actual: `"${name}@${text}"` });
  const cutoff = Number(text);
  if (/^[0-9]+$/.test(text) && Number.isSafeInteger(cutoff) && cutoff >= 1) {
    return Object.freeze({ ...metric, name: `${name}@${cutoff}`, cutoff });
  }
  throw new InputError(`cutoff of the metric "${name}" out of range`, {
    expected: "an integer of at least 1",
    actual: `"${text}"`,
  });
}

/**
 * Metrics out of names and values, each name once.
 * @throws {InputError} as {@link metricOf} and `defineMetric`; for two of one name, or one's own by the name of a known one
 */
export function metricsOf(wanted: readonly (string | Metric)[]): Metric[] {
  const metrics = wanted.map(one => (typeof one === "string" ? metricOf(one) : ownMetric(one)));
  const twice = metrics.find(({ name }, i) => metrics.findIndex(other => other.name === name) !== i);
  if (twice === undefined) return metrics;
  throw new InputError(`the metric "${twice.name}" is asked for twice`, { expected: "each name once" });
}

/** Another function by the name of a known metric would print its figures under that name. */
function ownMetric(metric: Metric): Metric {
  const own = defineMetric(metric);
  const known = KNOWN_METRICS.find(({ name }) => name === own.name.split("@")[0]);
  if (known === undefined || known.perQuery === own.perQuery) return whole(own);
  throw new InputError(`the name "${own.name}" is taken by a metric of ours`, { expected: "another name" });
}
