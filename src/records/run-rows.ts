import { InputError } from "../core/errors.js";
import { knownNames } from "../core/nearest-name.js";
import { flatSettings } from "./differing-settings.js";
import { finalMetrics } from "./final-metrics.js";
import type { Run } from "./run-record.js";
import type { StudyRecord } from "./study-record.js";

/** A run in a list. */
export interface RunRow {
  readonly study: string;
  /** Its name. */
  readonly run: string;
  readonly title: string;
  /** What it was made with, by the names that settings have: method, bits, seed, `gamma`, `optimizer.kind` …, as texts. */
  readonly settings: Readonly<Record<string, string>>;
  /** How it does: `mAP`, `P@H≤2` …, of the queries, and `val/mAP`. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Seconds of learning. */
  readonly trainSeconds: number;
  /** ISO 8601, UTC. */
  readonly date: string;
}

/** Which runs are listed, and how. */
export interface RunListing {
  /** By settings, `study` or `run`: one of these values each. Default: all runs. */
  readonly where?: Readonly<Record<string, readonly string[]>>;
  /** A metric, largest first, or a setting, `study`, `run`, `date`, `trainSeconds`, ascending. Default: as in the studies. */
  readonly sort?: string;
  /** The other way round. Default false. */
  readonly reverse?: boolean;
}

/**
 * The runs of studies as rows, those that are asked for in the order asked for.
 * @throws {InputError} for a name that no run has, with the nearest one
 */
export function runRows(studies: readonly StudyRecord[], listing: RunListing = {}): RunRow[] {
  const { where = {}, sort, reverse = false } = listing;
  const rows = studies.flatMap(({ runs }) => runs.map(rowOf));
  const fieldsOf = (row: RunRow): string[] => [...PLAIN, ...Object.keys(row.settings)];
  const fields = new Set(rows.flatMap(fieldsOf));
  for (const name of Object.keys(where)) checkName(name, fields, rows);
  const chosen = rows.filter(row =>
    Object.entries(where).every(([name, values]) => isOneOf(fieldOf(row, name), values)),
  );
  if (sort === undefined) return reverse ? chosen.reverse() : chosen;
  checkName(sort, new Set([...fields, ...rows.flatMap(({ metrics }) => Object.keys(metrics))]), rows);
  const sorted = chosen.sort((a, b) => compareBy(sort, a, b));
  return reverse ? sorted.reverse() : sorted;
}

/** Fields of a row that are no settings. */
const PLAIN = ["study", "run", "title", "date", "trainSeconds"] as const;

function rowOf({ study, record, result, validationMAP }: Run): RunRow {
  const { name, title, config, trainSeconds, date } = record;
  const { method, bits, seed } = config;
  const settings = { method, bits: `${bits}`, seed: `${seed}`, ...Object.fromEntries(flatSettings(config)) };
  const metrics = Object.entries(finalMetrics(result, validationMAP));
  const short = metrics.map(([metric, value]) => [metric.replace(/^test\//, ""), value] as const);
  return { study, run: name, title, settings, metrics: Object.fromEntries(short), trainSeconds, date };
}

function fieldOf(row: RunRow, name: string): string | undefined {
  const plain = PLAIN.find(one => one === name);
  return plain === undefined ? row.settings[name] : String(row[plain]);
}

/** `5` is also `5.0`. */
function isOneOf(value: string | undefined, values: readonly string[]): boolean {
  const isSame = (other: string): boolean =>
    other === value || (other.trim() !== "" && Number(other) === Number(value));
  return value !== undefined && values.some(isSame);
}

function checkName(name: string, names: ReadonlySet<string>, rows: readonly RunRow[]): void {
  if (rows.length === 0 || names.has(name)) return;
  throw new InputError(`no run has "${name}"`, { expected: knownNames(name, [...names]) });
}

/** Metrics largest first, numbers before texts; a run without one comes last. */
function compareBy(name: string, a: RunRow, b: RunRow): number {
  const [x, y] = [a.metrics[name], b.metrics[name]];
  if (x !== undefined || y !== undefined) return (y ?? Number.NEGATIVE_INFINITY) - (x ?? Number.NEGATIVE_INFINITY);
  const [one, other] = [fieldOf(a, name), fieldOf(b, name)];
  if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined);
  const difference = Number(one) - Number(other);
  return Number.isNaN(difference) ? one.localeCompare(other) : difference;
}
