import { InputError } from "../core/errors.js";
import { knownNames } from "../core/nearest-name.js";
import type { SearchResult } from "../experiments/result.js";
import { tieAwareAveragePrecision } from "../metrics/average-precision.js";
import { metricNames, metricOf, metricsOf } from "../metrics/known-metrics.js";
import type { Metric } from "../metrics/metric.js";
import { columnOf } from "../metrics/metric.js";
import type { Convention } from "../metrics/published.js";
import { conventionNames, conventionOf, publishedAveragePrecision } from "../metrics/published.js";
import { hammingBall } from "../metrics/radius.js";
import { hitsAt } from "../metrics/ranks.js";

/** What a column of a comparison measures. */
export interface Measure {
  /** As tables have it: "mAP@5000", "P@H≤2", "NDCG@100". */
  readonly name: string;
  /** What divides, how ties count, where it is from. */
  readonly definition: string;
  /** Gives the value of a query that has a relevant item. */
  readonly metric: Metric;
  /** Whether it needs Hamming distances, so that embeddings have none. */
  readonly radii: boolean;
  /** What counts for queries without a relevant item. Default: they are left out. */
  readonly convention?: Convention;
  /** So many first places are looked at. Default: all. */
  readonly cutoff?: number;
  /** Its value where a result was measured by it; undefined where it was not. Default: no result holds it. */
  ofResult?(result: MeasuredResult): number | undefined;
}

/** What of a result holds values. */
export type MeasuredResult = Pick<SearchResult, "evaluation" | "byRank">;

/** How measures are asked for, beside the names of metrics. */
export const MEASURE_FORMS: readonly string[] = [
  "mAP",
  "mAP@R",
  "mAP@R:CONVENTION",
  "P@N",
  "R@N",
  "P@H≤2",
  "mAP@H≤2",
  "top-1",
];

/** The reader of a form: undefined where a name is not of it. */
type Form = (name: string) => Omit<Measure, "name"> | undefined;

/** A metric of a measure; its own name is told nobody. */
function metricBy(perQuery: Metric["perQuery"], radii = false): Metric {
  return { name: "measure", definition: "of a comparison", radii, perQuery };
}

const averagePrecisionForm: Form = name => {
  const [, at] = /^map(?:@(\d+|all))?$/i.exec(name) ?? [undefined, null];
  if (at === null) return undefined;
  const cutoff = cutoffOf(name, at);
  const divisor = cutoff === undefined ? "the relevant items of the database" : "min(relevant items, R)";
  const places = cutoff === undefined ? "all places" : `the first R = ${cutoff} places`;
  return {
    definition: `mean average precision over ${places}: AP divided by ${divisor}; tie-aware: the expectation over random orders of tied items`,
    metric: metricBy(({ groups }, { harmonic }) => tieAwareAveragePrecision(groups, { cutoff, harmonic })),
    radii: false,
    ...(cutoff === undefined ? {} : { cutoff }),
    ofResult: ({ evaluation: { mAP, database } }) =>
      (mAP[placesKey(cutoff)] ?? (cutoff! >= database ? mAP.all : undefined))?.tieAware,
  };
};

const conventionForm: Form = name => {
  const [, at, by] = /^map(?:@(\d+|all))?:(.*)$/i.exec(name) ?? [];
  if (by === undefined) return undefined;
  const cutoff = cutoffOf(name, at);
  const convention = conventionOf(by.trim().toLowerCase());
  const { definition, source } = convention;
  return {
    definition: `mean average precision over ${cutoff === undefined ? "all places" : `the first R = ${cutoff}`} as ${source} computes it: ${definition}; ties in ascending database index`,
    metric: metricBy(({ relevantRanks }, { harmonic }) =>
      publishedAveragePrecision(
        convention,
        { relevantRanks, ranked: harmonic.length - 1, labelled: true }, // harmonic numbers from H_0 to that of all
        cutoff,
      ),
    ),
    radii: false,
    convention,
    ...(cutoff === undefined ? {} : { cutoff }),
    ofResult: ({ evaluation: { published } }) => published?.[convention.name]?.[placesKey(cutoff)],
  };
};

const firstPlacesForm: Form = name => {
  const [, what, at] = /^([pr])@(\d+)$/i.exec(name) ?? [];
  if (what === undefined) return undefined;
  const places = cutoffOf(name, at)!;
  const isPrecision = what.toLowerCase() === "p";
  const definition = isPrecision
    ? `relevant share of the first N = ${places} places, of all where there are fewer`
    : `share of the relevant items in the first N = ${places} places`;
  return {
    definition: `${definition}; ties in ascending database index`,
    metric: metricBy(({ relevantRanks }, { harmonic }) => {
      const whole = isPrecision ? Math.min(places, harmonic.length - 1) : relevantRanks.length;
      return hitsAt(relevantRanks, places) / whole;
    }),
    radii: false,
    cutoff: places,
    ofResult: ({ evaluation: { precisionAt, recallAt }, byRank }) => {
      const point = byRank.find(({ rank }) => rank === places);
      return isPrecision ? (precisionAt[places] ?? point?.precision) : (recallAt[places] ?? point?.recall);
    },
  };
};

const ballForm: Form = name => {
  const [, what, within] = /^(p|map|r)@h(?:≤|<=)(\d+)$/i.exec(name) ?? [];
  if (what === undefined) return undefined;
  const radius = Number(within);
  const ball = `the ball of Hamming radius ${radius} (inclusive)`;
  const forms = {
    p: {
      definition: `relevant share of ${ball}; an empty ball counts 0`,
      metric: metricBy(ranking => shareOf(hammingBall(ranking, radius)), true),
    },
    r: {
      definition: `share of the relevant items that ${ball} holds`,
      metric: metricBy(ranking => hammingBall(ranking, radius).hits / ranking.relevantRanks.length, true),
    },
    map: {
      definition: `mean average precision of ${ball}, AP divided by its relevant items, ties in ascending database index; without any it counts 0`,
      metric: metricBy(ranking => hammingBall(ranking, radius).averagePrecision, true),
    },
  };
  return { ...forms[what.toLowerCase() as keyof typeof forms], radii: true };
};

const firstForm: Form = name =>
  /^top-?1$/i.test(name)
    ? {
        definition: "share of queries whose first item is relevant; ties in ascending database index",
        metric: metricBy(({ relevantRanks }) => hitsAt(relevantRanks, 1)),
        radii: false,
        ofResult: ({ evaluation }) => evaluation.top1,
      }
    : undefined;

/** What an evaluation calls so many places. */
function placesKey(cutoff: number | undefined): string {
  return cutoff === undefined ? "all" : String(cutoff);
}

function shareOf({ hits, size }: { readonly hits: number; readonly size: number }): number {
  return size === 0 ? 0 : hits / size;
}

const FORMS: readonly Form[] = [averagePrecisionForm, conventionForm, firstPlacesForm, ballForm, firstForm];

/** @throws {InputError} for 0 */
function cutoffOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text.toLowerCase() === "all") return undefined;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InputError(`the number of "${name}" is out of range`, {
    expected: "an integer of at least 1",
    actual: text,
  });
}

/** As everyone writes it: "map@5000" is mAP@5000, "p@h<=2" is P@H≤2. */
function writtenAs(name: string): string {
  return name
    .replace("<=", "≤")
    .replace(/^map(?=$|[@:])/i, "mAP")
    .replace(/^(mAP)@all/i, "$1")
    .replace(/^(p|r)(?=@)/i, letter => letter.toUpperCase())
    .replace(/@h(?=≤)/, "@H")
    .replace(/^top-?1$/i, "top-1");
}

/**
 * What a name measures: "mAP@5000", "P@H≤2" (also "P@H<=2"), "P@100", "R@100", "top-1", "mAP@5000:thuml", "ndcg@100" …
 * @throws {InputError} when there is none of that name, naming the nearest
 */
function measureOfName(name: string): Measure {
  for (const form of FORMS) {
    const found = form(name.trim());
    if (found !== undefined) return { name: writtenAs(name.trim()), ...found };
  }
  const known = metricNames.map(one => one.split(/[@[]/)[0]);
  if (known.includes(name.split("@")[0])) {
    const metric = metricOf(name);
    return { ...measureOfMetric(metric), ofResult: ({ evaluation }) => evaluation.metrics?.[metric.name] };
  }
  const forms = [...MEASURE_FORMS, ...metricNames].map(form => withNumberOf(name, form));
  throw new InputError(`there is no measure "${name}"`, {
    expected: `${knownNames(name, forms)}; conventions: ${conventionNames.join(", ")}`,
  });
}

/** A form with the number that somebody has typed, so that names are compared by their letters. */
function withNumberOf(typed: string, form: string): string {
  const [, number] = /@(\d+)/.exec(typed) ?? [];
  return number === undefined ? form : form.replace(/\[?@[RNK]\]?/, `@${number}`);
}

function measureOfMetric(metric: Metric): Measure {
  const { definition, radii = false, cutoff } = metric;
  return { name: columnOf(metric), definition, metric, radii, ...(cutoff === undefined ? {} : { cutoff }) };
}

/**
 * What is to be compared.
 * @param wanted names and metrics of one's own
 * @throws {InputError} for an unknown name, a metric that is none, or one measure twice
 */
export function measuresOf(wanted: readonly (string | Metric)[]): Measure[] {
  const measures = wanted.map(one =>
    typeof one === "string" ? measureOfName(one) : measureOfMetric(metricsOf([one])[0]),
  );
  const twice = measures.find(({ name }, i) => measures.findIndex(other => other.name === name) !== i);
  if (twice !== undefined) throw new InputError(`"${twice.name}" is compared twice`, { expected: "each measure once" });
  if (measures.length === 0) throw new InputError("nothing is to be measured", { expected: "a measure, as mAP" });
  return measures;
}
