import { InputError } from "../core/errors.js";
import type { Unlabelled } from "../core/unlabelled.js";
import { settingsKey } from "../experiments/settings-key.js";
import { differingSettings } from "../records/differing-settings.js";
import type { DataIdentity, Run } from "../records/run-record.js";
import type { StudyRecord } from "../records/study-record.js";

/** What may differ between the runs of a table, where it is asked for: never what is searched. */
export type AllowedDifference = "features" | "learned";

/** Which runs are compared. */
export interface RunChoice {
  /** Which runs. Default: all that are finished and, where settings were chosen by validation, of the chosen settings. */
  readonly where?: (run: Run) => boolean;
  /** What may differ between runs, and is said: features for one of backbones, learned for one of train rows. Default: nothing. */
  readonly differing?: readonly AllowedDifference[];
}

/** The runs of one method with its settings at one length. */
export interface EntryRuns {
  readonly title: string;
  readonly method: string;
  readonly bits: number;
  readonly colour?: string;
  /** One a seed, by seed. */
  readonly runs: readonly Run[];
}

/** What each of the identities says, for people. */
const IDENTITIES: Readonly<Record<keyof DataIdentity, string>> = {
  dataset: "their datasets",
  rows: "their numbers of images",
  features: "their features (backbone, preprocessing, or the images themselves)",
  labels: "their labels",
  searched: "which rows are queries and database",
  learned: "which rows are learned from, or held out of them",
};

/**
 * The runs to compare, those of equal settings together.
 * @throws {InputError} when there are none, when they are of other data or another protocol, naming what differs, when a
 *   seed is there twice with different computations, or when a run was not chosen by validation
 */
export function runsToCompare(
  studies: readonly StudyRecord[],
  { where = () => true, differing = [] }: RunChoice = {},
): EntryRuns[] {
  const runs = studies.flatMap(study => study.runs.filter(run => isJudged(study, run) && where(run)));
  if (runs.length === 0) {
    const ids = studies.map(({ id }) => `"${id}"`).join(", ");
    throw new InputError(`there is nothing to compare in ${ids}`, {
      expected: "a finished run",
      actual: `${studies.reduce((sum, study) => sum + study.runs.length, 0)} finished runs, none of them asked for`,
    });
  }
  for (const run of runs) checkComparable(runs[0], run, differing);
  return byTitle(withTellingTitles(groupsOf(runs)));
}

/** Where settings were chosen by validation, the queries judge the chosen ones only. */
function isJudged({ selection }: StudyRecord, run: Run): boolean {
  if (selection === undefined) return true;
  return Object.values(selection.chosen).some(({ runs }) => runs.includes(run.record.name));
}

function checkComparable(first: Run, run: Run, differing: readonly AllowedDifference[]): void {
  const [expected, actual] = [first.record.data, run.record.data];
  for (const [name, words] of Object.entries(IDENTITIES) as [keyof DataIdentity, string][]) {
    if (expected[name] === actual[name] || (differing as readonly string[]).includes(name)) continue;
    throw new InputError(`${nameOf(run)} does not compare with ${nameOf(first)}: ${words} differ`, {
      expected: `${name} ${expected[name]}`,
      actual: `${actual[name]}`,
    });
  }
  const treated = [first, run].map(unlabelledOf);
  if (treated[0] === treated[1]) return;
  throw new InputError(
    `${nameOf(run)} does not compare with ${nameOf(first)}: their items of unknown class are treated otherwise`,
    {
      expected: `unlabelled "${treated[0]}"`,
      actual: `"${treated[1]}"`,
    },
  );
}

/** How a run treats items of unknown class. */
export function unlabelledOf({ record }: Run): Unlabelled {
  return record.config.unlabelled ?? "drop";
}

/** How messages call a run. */
export function nameOf({ study, record }: Run): string {
  return `${study}/${record.name}`;
}

function groupsOf(runs: readonly Run[]): EntryRuns[] {
  const groups = new Map<string, Run[]>();
  for (const run of runs) {
    const { config, bits, data, methodFile } = run.record;
    // Two files may define methods of one name: seeds of the one are none of the other.
    const method = [config.method, methodFile?.sha256];
    const key = JSON.stringify([method, settingsKey(config), bits, data.features, data.learned]);
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    const twin = group.find(({ record }) => record.seed === run.record.seed);
    if (twin === undefined) group.push(run);
    else checkSame(twin, run);
  }
  return [...groups.values()].map(group => {
    const { config, bits, colour } = group[0].record;
    // Of several studies the one that had most to tell apart says most.
    const titles = group.map(({ record }) => record.title).sort((a, b) => b.length - a.length);
    return {
      title: titles[0],
      method: config.method,
      bits,
      ...(colour === undefined ? {} : { colour }),
      runs: group.sort((a, b) => a.record.seed - b.record.seed),
    };
  });
}

/** The same training in two studies counts once; two that were computed otherwise are no repetition. */
function checkSame(one: Run, other: Run): void {
  if (one.record.key === other.record.key) return;
  throw new InputError(
    `${nameOf(one)} and ${nameOf(other)} have equal settings and seed, and were computed otherwise`,
    {
      expected: `one of them: leave the other out by "where"`,
      actual: `keys ${one.record.key} and ${other.record.key}: code, engine or method differ`,
    },
  );
}

/** By method and settings, as they come first, then bits. */
function byTitle(entries: readonly EntryRuns[]): EntryRuns[] {
  const titles = [...new Set(entries.map(({ title }) => title))];
  return titles.flatMap(title => entries.filter(entry => entry.title === title).sort((a, b) => a.bits - b.bits));
}

/** Titles that tell entries of one length apart: by settings, else by backbone, else by study. */
function withTellingTitles(groups: readonly EntryRuns[]): EntryRuns[] {
  const settings = differingSettings(groups.map(({ runs }) => runs[0].record));
  const apart: readonly ((group: EntryRuns, at: number) => string)[] = [
    (_, at) => settings[at],
    ({ runs }) => runs[0].record.features.backbone,
    ({ runs }) => runs[0].study,
  ];
  return apart.reduce(
    (entries, by) => {
      const words = entries.map(by);
      return entries.map((entry, at) => {
        const isTold = entries.some(({ title }, i) => title === entry.title && isToldBy(entries, words, i));
        return isTold && words[at] !== "" ? { ...entry, title: `${entry.title}, ${words[at]}` } : entry;
      });
    },
    [...groups],
  );
}

/** Whether another entry of the same title and length has another word. */
function isToldBy(entries: readonly EntryRuns[], words: readonly string[], at: number): boolean {
  const { title, bits } = entries[at];
  return entries.some((other, i) => other.title === title && other.bits === bits && words[i] !== words[at]);
}
