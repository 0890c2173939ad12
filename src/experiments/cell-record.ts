import { join } from "node:path";
import { InputError } from "../core/errors.js";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFileIfAny } from "../core/json-file.js";
import { objectOf, TEXT } from "../core/json-schema.js";
import { writeOutput } from "../core/output-files.js";
import { homeFolder, packageFolder, runsPath } from "../core/paths.js";
import { duration } from "../core/progress.js";
import type { Environment } from "./environment.js";
import { environment } from "./environment.js";
import { fromPlain, toPlain } from "./plain-value.js";

/** Settings of {@link readOrCompute}. */
export interface CellRecordOptions {
  /** All that the value depends on, as plain values: what is on record of anything else is not taken. */
  readonly of: Readonly<Record<string, unknown>>;
  /** Compute in any case. Default false. */
  readonly recompute?: boolean;
}

/** What a cell has computed, and where it comes from. */
export interface CellRecord<T> {
  readonly value: T;
  /** One sentence for people: read from which file, made when and with what; or computed now. */
  readonly origin: string;
}

/** As it is in a file. */
interface CellRecordFile {
  readonly format: number;
  /** ISO 8601, UTC. */
  readonly date: string;
  readonly environment: Environment;
  readonly seconds: number;
  readonly of: object;
  /** Typed arrays in the form of `toPlain`. */
  readonly value?: unknown;
}

const FORMAT = 1;

const CELL_RECORD: JsonFileKind<CellRecordFile> = {
  what: "what a cell has computed, on record",
  remedy: "remove it, and it is computed again",
  format: { version: FORMAT, older: "a record of this version" },
  schema: objectOf({
    date: TEXT,
    environment: objectOf({ hashbook: TEXT, node: TEXT, processor: TEXT }),
    seconds: { type: "number" },
    of: { type: "object" },
  }),
};

/**
 * What took long to compute and is on record is read: from `runs/cells/`, else from `records/cells/` of the study or of
 * hashbook. Anything else is computed, and written to `runs/cells/`; copied to `records/cells/` it is kept.
 * @param name of the record, of its file without `.json`: letters, digits, hyphens
 * @param compute gives plain values: objects, lists, texts, finite numbers, typed arrays
 * @throws {InputError} when the name is another, or a record is damaged
 */
export async function readOrCompute<T>(
  name: string,
  { of, recompute = false }: CellRecordOptions,
  compute: () => Promise<T>,
): Promise<CellRecord<T>> {
  if (!/^[\w-]+$/.test(name)) {
    throw new InputError("no name of a record", { expected: "letters, digits, hyphens", actual: name });
  }
  const found = recompute ? undefined : await findRecord(name, of);
  if (found !== undefined) return { value: fromPlain(found.document.value) as T, origin: originText(found) };
  const started = performance.now();
  const value = toPlain(await compute());
  const seconds = (performance.now() - started) / 1000;
  const date = new Date().toISOString();
  const document: CellRecordFile = { format: FORMAT, date, environment: environment(), seconds, of, value };
  await writeOutput(runsPath("cells", `${name}.json`), `${JSON.stringify(document, null, 1)}\n`);
  return { value: fromPlain(value) as T, origin: `Computed here, in ${duration(seconds)}.` };
}

/** A record of just this, the first in the order of places. */
async function findRecord(
  name: string,
  of: object,
): Promise<{ readonly file: string; readonly document: CellRecordFile } | undefined> {
  const asked = JSON.stringify(of);
  const kept = [homeFolder(), packageFolder].map(folder => join(folder, "records", "cells"));
  for (const folder of [runsPath("cells"), ...kept]) {
    const file = join(folder, `${name}.json`);
    const document = await readJsonFileIfAny(file, CELL_RECORD);
    if (document !== undefined && JSON.stringify(document.of) === asked) return { file: `${name}.json`, document };
  }
  return undefined;
}

function originText({
  file,
  document: { date, seconds, environment: at },
}: {
  readonly file: string;
  readonly document: CellRecordFile;
}): string {
  return (
    `Read from \`${file}\`, computed on ${date.slice(0, 10)} in ${duration(seconds)} with hashbook ${at.hashbook} ` +
    `on Node ${at.node}; \`recompute = true\` computes it here.`
  );
}
