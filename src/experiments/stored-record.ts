import { join } from "node:path";
import { writeAtomically } from "../core/files.js";
import type { JsonFileKind } from "../core/json-file.js";
import { checkedDocument, readJsonFileIfAny } from "../core/json-file.js";
import { COUNT, listOf, NUMBER, objectOf, TEXT } from "../core/json-schema.js";
import { isSystemError } from "../core/write-fault.js";
import type { FeatureManifest } from "../features/feature-manifest.js";
import { FEATURE_MANIFEST_SCHEMA } from "../features/feature-manifest.js";
import type { EpochRecord, StepRecord } from "../training/history.js";
import { EPOCH_SCHEMA, STEP_SCHEMA } from "../training/history.js";
import type { Computation } from "./computation.js";
import type { Environment } from "./environment.js";

/** What record.json holds: how a model came about. It says nothing of how it does, which is measured when it is read. */
export interface StoredRecord {
  readonly format: number;
  readonly kind: "trained" | "fitted";
  readonly config: Computation["config"];
  readonly features: FeatureManifest;
  readonly epochs: readonly EpochRecord[];
  readonly steps: readonly StepRecord[];
  readonly trainSeconds: number;
  readonly encodeSeconds: number;
  readonly engine: string;
  /** Threads of the engine, where it was told how many. Absent: one a physical core. */
  readonly threads?: number;
  readonly environment: Environment;
  /** ISO 8601, UTC. */
  readonly date: string;
}

/** Of record.json; raised when what it holds changes. Records of another one are made anew. */
const FORMAT = 2;

const RECORD = { what: "the record of an experiment", remedy: "delete its folder to run it again" };

/** A record of any format. */
const ANY_RECORD_JSON: JsonFileKind<{ readonly format: number }> = {
  ...RECORD,
  schema: objectOf({ format: COUNT }),
};

const RECORD_JSON: JsonFileKind<StoredRecord> = {
  ...RECORD,
  schema: objectOf({
    kind: { enum: ["trained", "fitted"] },
    config: objectOf({ method: TEXT, bits: COUNT }),
    features: FEATURE_MANIFEST_SCHEMA,
    epochs: listOf(EPOCH_SCHEMA),
    steps: listOf(STEP_SCHEMA),
    trainSeconds: NUMBER,
    encodeSeconds: NUMBER,
    engine: TEXT,
    environment: { type: "object" },
    date: TEXT,
  }),
};

/** Writes record.json into the folder of an experiment; it says that all is there, so it comes last. */
export function writeStored(folder: string, record: Omit<StoredRecord, "format">): Promise<void> {
  return writeAtomically(join(folder, "record.json"), `${JSON.stringify({ format: FORMAT, ...record }, null, 1)}\n`);
}

/** What a folder says, when it holds a whole experiment of this format. @throws {InputError} when it is damaged */
export async function readStored(folder: string): Promise<StoredRecord | undefined> {
  const file = join(folder, "record.json");
  const found = await readJsonFileIfAny(file, ANY_RECORD_JSON);
  return found?.format === FORMAT ? checkedDocument(found, file, RECORD_JSON) : undefined;
}

/** Whether this version can read the experiment of a folder; what it cannot read, it would compute anew. */
export type StoredState = "whole" | "older" | "newer" | "damaged" | "unreadable" | "none";

/** What {@link readStored} would find in a folder. */
export async function storedState(folder: string): Promise<StoredState> {
  try {
    const found = await readJsonFileIfAny(join(folder, "record.json"), ANY_RECORD_JSON);
    if (found === undefined) return "none";
    if (found.format !== FORMAT) return found.format < FORMAT ? "older" : "newer";
    return (await readStored(folder)) === undefined ? "none" : "whole";
  } catch (error) {
    // No right to read it, or a disk that fails for a moment: it may be whole.
    return isSystemError((error as Error).cause) ? "unreadable" : "damaged";
  }
}
