import { rm } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomically } from "../core/files.js";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFileIfAny } from "../core/json-file.js";
import type { JsonSchema } from "../core/json-schema.js";
import { COUNT, NUMBER, objectOf, TEXT } from "../core/json-schema.js";
import { FEATURE_MANIFEST_SCHEMA } from "../features/feature-manifest.js";
import type { RunRecord } from "./run-record.js";

/** Of record.json of a run. Raised when a reader of the version before would misread it. */
const FORMAT = 1;

/** {@link DataIdentity} in files. */
export const DATA_IDENTITY_SCHEMA: JsonSchema = objectOf({
  dataset: TEXT,
  rows: COUNT,
  features: TEXT,
  labels: TEXT,
  searched: TEXT,
  learned: TEXT,
});

/** record.json, which also holds how a run does by its validation rows: not all runs are judged by the queries. */
export type RunDocument = RunRecord & { readonly validationMAP?: number };

const RUN_JSON: JsonFileKind<RunDocument> = {
  what: "the record.json of a run",
  remedy: "delete it, and run the study again, which makes what is missing",
  schema: objectOf(
    {
      name: TEXT,
      title: TEXT,
      kind: { enum: ["trained", "fitted"] },
      bits: { ...COUNT, minimum: 1 },
      seed: COUNT,
      output: { enum: ["codes", "embedding"] },
      config: objectOf({ method: TEXT, bits: COUNT, seed: COUNT, options: { type: "object" } }),
      features: FEATURE_MANIFEST_SCHEMA,
      key: TEXT,
      data: DATA_IDENTITY_SCHEMA,
      threads: COUNT,
      trainSeconds: NUMBER,
      encodeSeconds: NUMBER,
      engine: TEXT,
      environment: { type: "object" },
      date: TEXT,
      files: { type: "object", additionalProperties: TEXT },
    },
    { colour: TEXT, methodFile: objectOf({ path: TEXT, sha256: TEXT }), validationMAP: NUMBER },
  ),
  format: { version: FORMAT, older: "a study of this version: run it again" },
};

/** Writes record.json, which says that a run is whole: it comes last. */
export async function writeRunRecord(folder: string, document: Omit<RunDocument, "format">): Promise<RunDocument> {
  const whole = { format: FORMAT, ...document };
  await writeAtomically(join(folder, "record.json"), `${JSON.stringify(whole, null, 1)}\n`);
  return whole;
}

/** Takes record.json away: the run is to be made anew. */
export async function removeRunRecord(folder: string): Promise<void> {
  await rm(join(folder, "record.json"), { force: true });
}

/** What a run's folder says, when the run is finished. @throws {InputError} when it is damaged, or of another format */
export async function readRunRecord(folder: string): Promise<RunDocument | undefined> {
  return readJsonFileIfAny(join(folder, "record.json"), RUN_JSON);
}
