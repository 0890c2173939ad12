import { join } from "node:path";
import { writeAtomically } from "../core/files.js";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFileIfAny } from "../core/json-file.js";
import { COUNT, listOf, NUMBER, objectOf, TEXT } from "../core/json-schema.js";
import { DATA_IDENTITY_SCHEMA } from "./run-record-file.js";
import type { StudyFile } from "./study-record.js";

/** Of study.json. Raised when a reader of the version before would misread it. */
export const STUDY_FORMAT = 1;

const CANDIDATE = objectOf({ settings: TEXT, validationMAP: NUMBER, seeds: COUNT });

const STUDY_JSON: JsonFileKind<StudyFile> = {
  what: "the study.json of a study",
  schema: objectOf(
    {
      id: TEXT,
      date: TEXT,
      sweeps: listOf({ type: "object" }),
      asked: listOf(TEXT),
      data: DATA_IDENTITY_SCHEMA,
      origin: {
        type: "object",
        required: ["kind"],
        oneOf: [
          objectOf({ kind: { const: "study" }, options: objectOf({ dataset: TEXT }) }),
          objectOf({ kind: { const: "folder" }, path: TEXT, validation: NUMBER }),
          objectOf({ kind: { const: "given" } }),
        ],
      },
      protocol: objectOf({ words: TEXT }, { name: TEXT }),
    },
    {
      selection: objectOf({
        by: TEXT,
        chosen: {
          type: "object",
          additionalProperties: objectOf({ runs: listOf(TEXT), candidates: listOf(CANDIDATE) }),
        },
      }),
    },
  ),
  format: { version: STUDY_FORMAT, older: "a study of this version: run it again" },
};

/** Writes study.json into the folder of a study. */
export async function writeStudyFile(folder: string, file: Omit<StudyFile, "format">): Promise<void> {
  const document = { ...file, format: STUDY_FORMAT };
  await writeAtomically(join(folder, "study.json"), `${JSON.stringify(document, null, 1)}\n`);
}

/** What the folder of a study says of it; undefined where there is no study. @throws {InputError} when it is damaged */
export async function readStudyFile(folder: string): Promise<StudyFile | undefined> {
  return readJsonFileIfAny(join(folder, "study.json"), STUDY_JSON);
}
