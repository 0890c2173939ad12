import type { Abortable } from "../core/abort.js";
import { checkAborted } from "../core/abort.js";
import { InputError } from "../core/errors.js";
import type { Metric } from "../metrics/metric.js";
import { differingSettings, flatSettings } from "../records/differing-settings.js";
import { readStudy } from "../records/read-study.js";
import type { Run } from "../records/run-record.js";
import type { StudyRecord } from "../records/study-record.js";
import { meanAndDeviation } from "../training/mean-and-deviation.js";
import { nameOf, runsToCompare, unlabelledOf } from "./compared-runs.js";
import type { Block } from "./effect-test.js";
import { effectTest, holm } from "./effect-test.js";
import { measuresOf } from "./measure.js";
import { meanOfQueries, valuesOfRun } from "./run-values.js";

/** Settings of {@link settingEffects}. */
export interface SettingEffectsOptions extends Abortable {
  /** What is measured, as for `compare`. Default mAP and P@H≤2. */
  readonly metrics?: readonly (string | Metric)[];
  /** Tables without an effect drawn. Default 10,000; at least 100. */
  readonly draws?: number;
  /** Of the draws. Default 0; any integer. */
  readonly seed?: number;
}

/** What a setting of a method does to a measure. */
export interface SettingEffect {
  /** As tables have it. */
  readonly title: string;
  /** Name of the method. */
  readonly method: string;
  readonly colour?: string;
  /** `bits`, or a setting by its dotted name, `gamma`. */
  readonly setting: string;
  readonly measure: string;
  /** The values that were tried, numbers in ascending order; the mean over all else that was tried with each of them. */
  readonly levels: readonly { readonly value: string; readonly mean: number }[];
  /** Each value with each choice of the other settings (`lambda=0`; empty where there is no other). */
  readonly points: readonly SettingPoint[];
  /** The largest of the levels' means minus the smallest. */
  readonly range: number;
  /** What seeds do: deviation over the seeds of runs that are otherwise alike, pooled; 0 for one seed each. */
  readonly noise: number;
  readonly pValue: number;
  /** p after Holm's correction for all effects that were looked at together. */
  readonly corrected: number;
}

/** A value of a setting with one choice of the others, over its seeds. */
export interface SettingPoint {
  readonly value: string;
  readonly others: string;
  readonly mean: number;
  /** Sample deviation; 0 for one seed. */
  readonly deviation: number;
  readonly seeds: number;
}

/**
 * What the settings that a study varies (bits among them) do to measures, method by method, beyond what seeds do: an analysis
 * of variance with the deviation over seeds as its error, all else being equal, corrected for the number of questions. It
 * is about these queries; a setting whose values were not all tried with all else equal is left out.
 * @param study of `sweep` or `readStudy`, or the id or folder of one
 * @throws {InputError} when nothing was varied, for a measure that there is not, and when stored codes are missing or damaged
 */
export async function settingEffects(
  study: string | StudyRecord,
  { metrics = ["mAP", "P@H≤2"], draws = 10_000, seed = 0, signal }: SettingEffectsOptions = {},
): Promise<SettingEffect[]> {
  if (!(Number.isSafeInteger(draws) && draws >= 100)) {
    throw new InputError("these are not enough draws", { expected: "at least 100", actual: `${draws}` });
  }
  const read = typeof study === "string" ? await readStudy(study) : study;
  const runs = runsToCompare([read]).flatMap(entry => entry.runs);
  const measures = measuresOf(metrics);
  const judged = { labels: read.labels, split: read.split, measures, unlabelled: unlabelledOf(runs[0]), signal };
  const varied = variedSettings(runs);
  const tried: TriedRun[] = [];
  for (const run of varied.flatMap(one => one.runs)) {
    checkAborted(signal);
    const values = await valuesOfRun(run, judged);
    const mean = (measure: string): number => meanOfQueries(values[measure], { measure, run: nameOf(run) });
    const means = Object.fromEntries(Object.keys(values).map(measure => [measure, mean(measure)]));
    tried.push({ run, settings: settingsOf(run), means });
  }
  const effects = varied.flatMap(({ runs: own, settings }) =>
    settings.flatMap(setting =>
      measures.flatMap(({ name }) =>
        effectOf(
          tried.filter(({ run, means }) => own.includes(run) && name in means),
          { setting, measure: name, others: settings.filter(other => other !== setting), draws, seed },
        ),
      ),
    ),
  );
  if (effects.length === 0) {
    throw new InputError(`no setting was varied in "${read.id}" with all else equal`, {
      expected: "runs of one method that differ in bits or one setting",
    });
  }
  const corrected = holm(effects.map(({ pValue }) => pValue));
  return effects.map((effect, i) => ({ ...effect, corrected: corrected[i] }));
}

/** A run, and what it was tried for. */
interface TriedRun {
  readonly run: Run;
  readonly settings: ReadonlyMap<string, string>;
  /** By measure. */
  readonly means: Readonly<Record<string, number>>;
}

function settingsOf({ record }: Run): ReadonlyMap<string, string> {
  return new Map([["bits", String(record.bits)], ...flatSettings(record.config)]);
}

/** Methods of which runs differ, with the settings that they differ in. */
function variedSettings(
  runs: readonly Run[],
): { readonly runs: readonly Run[]; readonly settings: readonly string[] }[] {
  const methods = [...new Set(runs.map(({ record }) => record.config.method))];
  return methods.flatMap(method => {
    const own = runs.filter(({ record }) => record.config.method === method);
    const all = own.map(settingsOf);
    const names = [...new Set(all.flatMap(settings => [...settings.keys()]))];
    const settings = names.filter(name => new Set(all.map(one => one.get(name))).size > 1);
    return settings.length === 0 ? [] : [{ runs: own, settings }];
  });
}

interface Question {
  readonly setting: string;
  readonly measure: string;
  /** The other settings that vary. */
  readonly others: readonly string[];
  readonly draws: number;
  readonly seed: number;
}

/** One effect; none where no value was tried beside another with all else equal. */
function effectOf(tried: readonly TriedRun[], question: Question): Omit<SettingEffect, "corrected">[] {
  const { setting, measure, others } = question;
  const levelOf = ({ settings }: TriedRun): string => settings.get(setting) ?? "none";
  const othersOf = ({ settings }: TriedRun): string =>
    others.map(name => `${name}=${settings.get(name) ?? "none"}`).join(", ");
  const levels = inOrder([...new Set(tried.map(levelOf))]);
  const blocks = [...new Set(tried.map(othersOf))]
    .map(choice => tried.filter(one => othersOf(one) === choice))
    .filter(block => levels.every(level => block.some(one => levelOf(one) === level)));
  if (levels.length < 2 || blocks.length === 0) return [];
  const points = blocks.flatMap(block =>
    levels.map(value => {
      const alike = block.filter(one => levelOf(one) === value).map(({ means }) => means[measure]);
      const { mean, deviation, count } = meanAndDeviation(alike);
      return { value, others: othersOf(block[0]), mean, deviation, seeds: count };
    }),
  );
  const means = levels.map(value => ({
    value,
    mean: meanAndDeviation(points.filter(point => point.value === value).map(({ mean }) => mean)).mean,
  }));
  const heights = means.map(({ mean }) => mean);
  const { record } = tried[0].run;
  return [
    {
      title: plainTitle(tried.map(({ run }) => run)),
      method: record.config.method,
      ...(record.colour === undefined ? {} : { colour: record.colour }),
      setting,
      measure,
      levels: means,
      points,
      range: Math.max(...heights) - Math.min(...heights),
      noise: pooledDeviation(points),
      pValue: effectTest(
        blocks.map(
          (block): Block => ({
            values: Float64Array.from(block, one => one.means[measure]),
            levels: block.map(one => levels.indexOf(levelOf(one))),
          }),
        ),
        question,
      ),
    },
  ];
}

/** Numbers in ascending order, words as they come. */
function inOrder(values: readonly string[]): string[] {
  return values.every(value => Number.isFinite(Number(value)))
    ? [...values].sort((a, b) => Number(a) - Number(b))
    : [...values];
}

function pooledDeviation(points: readonly SettingPoint[]): number {
  const freedom = points.reduce((sum, { seeds }) => sum + seeds - 1, 0);
  const squares = points.reduce((sum, { seeds, deviation }) => sum + (seeds - 1) * deviation ** 2, 0);
  return freedom === 0 ? 0 : Math.sqrt(squares / freedom);
}

/** The title of a method without the settings that were added to tell runs of a study apart. */
function plainTitle(runs: readonly Run[]): string {
  const { title } = runs[0].record;
  const added = `, ${differingSettings(runs.map(({ record }) => record))[0]}`;
  return title.endsWith(added) ? title.slice(0, -added.length) : title;
}
