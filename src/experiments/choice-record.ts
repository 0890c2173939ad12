import { hashOfFiles } from "../core/file-hash.js";
import { writeAtomically } from "../core/files.js";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFile } from "../core/json-file.js";
import { COUNT, listOf, NUMBER, objectOf, TEXT, YES_OR_NO } from "../core/json-schema.js";
import type { Choice, ChoiceFolds } from "./choice.js";
import type { Environment } from "./environment.js";

/** The format of these records; raised when a reader of the version before would misread them. */
const FORMAT = 1;

/** How a candidate did, without the scores of single queries. */
export type RecordedCandidate = Choice["compared"]["ways"][number] &
  Pick<Choice["results"][number], "candidate" | "scores" | "bytesPerImage" | "msPerQuery" | "trainSeconds">;

/** Why a submission is as it is: what was compared, how one was taken, what was expected of it. */
export interface ChoiceRecord {
  readonly kind: "challenge-choice";
  readonly format: number;
  /** SHA-256 of the submission. */
  readonly submission: string;
  /** Labelled data and test part, for people. */
  readonly dataset: { readonly labelled: string; readonly test: string };
  readonly synthetic: boolean;
  readonly rule: Choice["rule"];
  /** Name of the one taken; its settings are among the candidates. */
  readonly chosen: string;
  readonly candidates: readonly RecordedCandidate[];
  /** Name of the one with the highest mean. */
  readonly best: string;
  readonly predicted: Choice["predicted"];
  readonly folds: ChoiceFolds;
  /** What made the features, by their names; null where it is not known. */
  readonly features: Readonly<Record<string, unknown>>;
  readonly why: readonly string[];
  /** Of the training on all products. */
  readonly trainSeconds: number;
  readonly engine: string;
  readonly environment: Environment;
  /** ISO 8601, UTC. */
  readonly date: string;
}

/** `submission.csv.choice.json` for `submission.csv`. */
export function choiceRecordFile(submission: string): string {
  return `${submission}.choice.json`;
}

/** How candidates did, as records hold it. */
export function recordedCandidates({ results, compared }: Choice): RecordedCandidate[] {
  return results.map(({ candidate, scores, bytesPerImage, msPerQuery, trainSeconds }, place) => ({
    ...compared.ways[place],
    ...{ candidate, scores, bytesPerImage, msPerQuery, trainSeconds },
  }));
}

/** Writes the record beside a submission that is there. @returns its path */
export async function writeChoiceRecord(
  submission: string,
  record: Omit<ChoiceRecord, "kind" | "format" | "submission">,
): Promise<string> {
  const file = choiceRecordFile(submission);
  const hash = await hashOfFiles([submission]);
  const document: ChoiceRecord = { kind: "challenge-choice", format: FORMAT, submission: hash, ...record };
  await writeAtomically(file, `${JSON.stringify(document, null, 2)}\n`);
  return file;
}

const CHOICE_JSON: JsonFileKind<ChoiceRecord> = {
  what: "why a submission was chosen, as `hashbook challenge choose` writes it",
  remedy: "choose again",
  schema: objectOf({
    kind: { enum: ["challenge-choice"] },
    submission: TEXT,
    dataset: objectOf({ labelled: TEXT, test: TEXT }),
    synthetic: YES_OR_NO,
    rule: TEXT,
    chosen: TEXT,
    best: TEXT,
    candidates: listOf(objectOf({ name: TEXT, candidate: objectOf({ name: TEXT }), bytesPerImage: NUMBER })),
    predicted: objectOf({ score: NUMBER, low: NUMBER, high: NUMBER, products: COUNT }),
    folds: objectOf({ of: COUNT, repeats: COUNT }),
    why: listOf(TEXT),
  }),
  format: { version: FORMAT, older: "what `hashbook challenge choose` writes: choose again" },
};

/** Reads a record. @throws {InputError} when it is not there, damaged, or of another format */
export async function readChoiceRecord(file: string): Promise<ChoiceRecord> {
  return readJsonFile(file, CHOICE_JSON);
}
