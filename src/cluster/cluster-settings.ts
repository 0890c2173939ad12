import { InputError } from "../core/errors.js";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFile } from "../core/json-file.js";
import type { JsonSchema } from "../core/json-schema.js";
import { listOf, objectOf, TEXT } from "../core/json-schema.js";
import { knownNames } from "../core/nearest-name.js";

/** What tasks on a cluster are given, and how they are run there. */
export interface ClusterSettings {
  /** Account that is charged. Default: the user's. */
  readonly account?: string;
  /** Queue. Default: the cluster's. */
  readonly partition?: string;
  /** Limit of a task, as Slurm takes it: `90` minutes, `4:00:00`, `1-12`. Default: the partition's. */
  readonly time?: string;
  /** Of a task: `8G`; a number alone is MiB. Default: the cluster's. */
  readonly memory?: string;
  /** Cores of a task. Default 4. */
  readonly cpus?: number;
  /** Tasks that run at a time at most. Default: as many as the cluster takes. */
  readonly parallel?: number;
  /** How often a task whose program dies is begun, the first time included. Default 3. */
  readonly tries?: number;
  /** More options of sbatch, one each: `--constraint=avx512`. */
  readonly sbatch?: readonly string[];
  /** Lines of shell before the command: `module load nodejs`. */
  readonly setup?: readonly string[];
  /** What runs hashbook there, its words. Default: this Node and this hashbook; in a container `hashbook`. */
  readonly program?: readonly string[];
  /** Of Kubernetes: the image that has hashbook, and volumes, a claim and where it is mounted. */
  readonly container?: string;
  readonly volumes?: readonly VolumeMount[];
}

/** A volume of Kubernetes and where it is seen. */
export interface VolumeMount {
  /** Name of the persistent volume claim. */
  readonly claim: string;
  readonly path: string;
}

/** Cores of a task where nothing is said. */
export const DEFAULT_CPUS = 4;
/** Times that a task is begun where nothing is said. */
export const DEFAULT_TRIES = 3;

const MEMORY = /^\d+[KMGT]?$/;
const TIME = /^(\d+|\d+:\d+|\d+:\d+:\d+|\d+-\d+(:\d+(:\d+)?)?)$/;
const AT_LEAST_ONE: JsonSchema = { type: "integer", minimum: 1 };

/** Options of sbatch by which tasks are found, numbered and read again: with others they would be lost. */
const OWN_OPTIONS = /^(--(job-name|array|output|open-mode|dependency|parsable|wrap)(=|$)|-[Jaod])/;
/** `pictures:/data` */
const VOLUME = /^[a-z0-9][-a-z0-9.]*:\/.*$/;

/** What the texts of a setting must be like. */
const FORMS: Readonly<
  Partial<Record<keyof ClusterSettings, readonly [isFit: (text: string) => boolean, expected: string]>>
> = {
  memory: [text => MEMORY.test(text), "a number of MiB, or one with K, M, G or T: 8G"],
  time: [text => TIME.test(text), "minutes, hours:minutes:seconds, or days-hours: 90, 4:00:00, 1-12"],
  sbatch: [
    text => /^-.*$/.test(text) && !OWN_OPTIONS.test(text),
    "an option of sbatch as --constraint=avx512; the scripts have their own --job-name, --array, --output, --open-mode and --dependency",
  ],
  volumes: [text => VOLUME.test(text), "claim:/path, for example pictures:/data"],
};

const FIELDS: Readonly<Record<keyof ClusterSettings, JsonSchema>> = {
  account: TEXT,
  partition: TEXT,
  time: TEXT,
  memory: TEXT,
  cpus: AT_LEAST_ONE,
  parallel: AT_LEAST_ONE,
  tries: AT_LEAST_ONE,
  sbatch: listOf(TEXT),
  setup: listOf(TEXT),
  program: listOf(TEXT, { minItems: 1 }),
  container: TEXT,
  volumes: listOf(objectOf({ claim: TEXT, path: TEXT })),
};

const SETTINGS_JSON: JsonFileKind<ClusterSettings> = {
  what: "the settings of a cluster (account, partition, time, memory, cpus, …)",
  schema: objectOf({}, FIELDS),
};

/**
 * Reads the settings of a cluster.
 * @throws {InputError} naming the field that is none, or cannot be what it is
 */
export async function readClusterSettings(file: string): Promise<ClusterSettings> {
  const settings = await readJsonFile(file, SETTINGS_JSON);
  const stray = Object.keys(settings).find(name => !Object.hasOwn(FIELDS, name));
  if (stray !== undefined) {
    throw new InputError(`"${stray}" is no setting of a cluster`, {
      file,
      expected: knownNames(stray, Object.keys(FIELDS)),
    });
  }
  for (const name of Object.keys(FORMS) as (keyof ClusterSettings)[]) {
    const fault = settingFault(name, settings[name]);
    if (fault === undefined) continue;
    throw new InputError(`"${name}" cannot be this`, {
      file,
      expected: fault,
      actual: textsOf(settings[name]).join(", "),
    });
  }
  return settings;
}

/** What a setting would have to be; undefined when it is that. */
export function settingFault(name: keyof ClusterSettings, value: ClusterSettings[typeof name]): string | undefined {
  const [isFit, expected] = FORMS[name] ?? [];
  return isFit === undefined || textsOf(value).every(isFit) ? undefined : expected;
}

function textsOf(value: ClusterSettings[keyof ClusterSettings] = []): string[] {
  return [value].flat().map(one => (typeof one === "object" ? volumeText(one) : String(one)));
}

/** `pictures:/data` */
export function volumeText({ claim, path }: VolumeMount): string {
  return `${claim}:${path}`;
}

/** Seconds of a time as Slurm takes it. */
export function secondsOfTime(time: string): number {
  const [days, rest] = time.includes("-") ? time.split("-") : [undefined, time];
  const parts = rest.split(":").map(Number);
  if (days !== undefined) {
    const [hours = 0, minutes = 0, seconds = 0] = parts;
    return ((Number(days) * 24 + hours) * 60 + minutes) * 60 + seconds;
  }
  if (parts.length === 3) return (parts[0] * 60 + parts[1]) * 60 + parts[2];
  return parts[0] * 60 + (parts[1] ?? 0);
}
