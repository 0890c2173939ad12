import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Candidate } from "../challenge/candidate.js";
import type { Engine } from "../compute/program.js";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFileIfAny } from "../core/json-file.js";
import { COUNT, listOf, NUMBER, objectOf, TEXT, YES_OR_NO } from "../core/json-schema.js";
import { writeOutput } from "../core/output-files.js";
import { version } from "../core/version.js";
import type { Dataset } from "../datasets/dataset.js";
import type { Choice } from "./choice.js";
import type { Environment } from "./environment.js";
import type { NamedFeatures } from "./features-list-file.js";

/** The format of run.json; raised when a reader of the version before would misread it. */
const FORMAT = 1;

/** A submission that a run wrote. */
export interface RunSubmission {
  readonly part: string;
  readonly file: string;
  /** Why it is as it is: a JSON file. */
  readonly record: string;
  readonly sha256: string;
  /** What it follows from: the same again is not made again. */
  readonly key: string;
  readonly queries: number;
  readonly gallery: number;
  /** Where labels are known. */
  readonly score?: number;
  /** Whether the score lies where the folds expected it. */
  readonly asPredicted?: boolean;
}

/** What a run did, in `run.json` of its folder. */
export interface ChallengeRunRecord {
  readonly kind: "challenge-run";
  readonly format: number;
  readonly version: string;
  readonly root: string;
  readonly synthetic: boolean;
  /** Sizes, and what is unusual of the images, a sentence each. */
  readonly notes: readonly string[];
  readonly duplicates: { readonly kind: string; readonly mergedProducts: readonly (readonly string[])[] };
  readonly features: NamedFeatures;
  /** Labelled images left out. */
  readonly unreadable: number;
  readonly candidates: readonly Candidate[];
  readonly chosen: Candidate;
  readonly predicted: Choice["predicted"];
  readonly why: readonly string[];
  readonly submissions: readonly RunSubmission[];
  readonly engine: string;
  readonly environment: Environment;
  /** ISO 8601, UTC. */
  readonly date: string;
}

const RUN_JSON: JsonFileKind<ChallengeRunRecord> = {
  what: "what a run of the challenge did, as `hashbook challenge run` writes it",
  remedy: "remove it, and run again: what was computed is found",
  schema: objectOf({
    kind: { enum: ["challenge-run"] },
    root: TEXT,
    synthetic: YES_OR_NO,
    why: listOf(TEXT),
    submissions: listOf(
      objectOf(
        { part: TEXT, file: TEXT, record: TEXT, sha256: TEXT, key: TEXT, queries: COUNT, gallery: COUNT },
        { score: NUMBER, asPredicted: YES_OR_NO },
      ),
    ),
    date: TEXT,
  }),
  format: { version: FORMAT, older: "what `hashbook challenge run` writes: run again" },
};

/** The record in a run's folder. */
export function challengeRunFile(folder: string): string {
  return join(folder, "run.json");
}

/** What a run did that wrote into this folder; undefined where none has. @throws {InputError} when it is damaged */
export async function readChallengeRun(folder: string): Promise<ChallengeRunRecord | undefined> {
  return readJsonFileIfAny(challengeRunFile(folder), RUN_JSON);
}

/** Writes the record. @returns all of it */
export async function writeChallengeRun(
  folder: string,
  record: Omit<ChallengeRunRecord, "kind" | "format" | "version">,
): Promise<ChallengeRunRecord> {
  const document: ChallengeRunRecord = { kind: "challenge-run", format: FORMAT, version, ...record };
  await writeOutput(challengeRunFile(folder), `${JSON.stringify(document, null, 2)}\n`);
  return document;
}

/** What a submission follows from, in sixteen hexadecimal digits. */
export function answerKey(of: {
  readonly candidate: Candidate;
  readonly features: NamedFeatures;
  readonly labelled: Dataset;
  readonly test: Dataset;
  readonly engine: Engine;
}): string {
  const { candidate, features, labelled, test, engine } = of;
  const what = { candidate, features, labelled: labelled.contentHash, test: test.contentHash, engine: engine.name };
  return createHash("sha256").update(JSON.stringify(what)).digest("hex").slice(0, 16);
}
