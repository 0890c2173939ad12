import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { writeAtomically } from "../core/files.js";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFileIfAny } from "../core/json-file.js";
import { COUNT, listOf, NUMBER, objectOf, TEXT, YES_OR_NO } from "../core/json-schema.js";
import { decodeSafetensors, encodeSafetensors, readWeightsFile } from "../core/safetensors.js";
import type { EpochRecord, StepRecord } from "./history.js";
import { EPOCH_SCHEMA, STEP_SCHEMA } from "./history.js";
import type { PlateauState } from "./learning-rate.js";
import type { TrainingFacts } from "./training-facts.js";
import { differences } from "./training-facts.js";

type Arrays = Readonly<Record<string, NdArray<Float32Array>>>;

/** Where a training stands after an epoch. With the same data, going on from here gives the same bits. */
export interface Checkpoint {
  /** What the training is of, the key of its `TrainingPlan`. */
  readonly key: string;
  /** What shaped it. Absent in checkpoints of before it was noted. */
  readonly facts?: TrainingFacts;
  readonly epochs: readonly EpochRecord[];
  readonly steps: readonly StepRecord[];
  readonly plateau: PlateauState;
  /** Seconds of training so far, over all runs. */
  readonly seconds: number;
  /** Parameters and moments by name. */
  readonly state: Arrays;
  /** The parameters after the epoch with the highest validation mAP, where there is validation. */
  readonly best?: { readonly epoch: number; readonly parameters: Arrays };
}

/** Of checkpoint.json. */
const FORMAT = 1;

/** checkpoint.json: all but the arrays, and the files that hold those. */
type CheckpointFile = Omit<Checkpoint, "state" | "best"> & {
  readonly format: number;
  /** The model of the training has been written. */
  readonly finished?: boolean;
  readonly state: string;
  readonly best?: { readonly epoch: number; readonly file: string };
};

const NAME = "checkpoint.json";

const START_ANEW = "start anew in another folder, or without resuming";

/** The name of a file of arrays beside it; no path that leads elsewhere. */
const ARRAYS_FILE = {
  type: "string",
  pattern: "^(last|best)-\\d+\\.safetensors$",
  description: "last-<epoch>.safetensors or best-<epoch>.safetensors",
};

const CHECKPOINT_JSON: JsonFileKind<CheckpointFile> = {
  what: "the checkpoint of a training",
  remedy: START_ANEW,
  schema: objectOf(
    {
      key: TEXT,
      epochs: listOf(EPOCH_SCHEMA, { minItems: 1 }),
      steps: listOf(STEP_SCHEMA),
      plateau: objectOf({ factor: NUMBER, best: { type: ["number", "null"] }, waited: COUNT }),
      seconds: { type: "number", minimum: 0 },
      state: ARRAYS_FILE,
    },
    {
      facts: { type: "object", additionalProperties: { type: ["string", "number", "boolean", "null"] } },
      finished: YES_OR_NO,
      best: objectOf({ epoch: COUNT, file: ARRAYS_FILE }),
    },
  ),
  format: { version: FORMAT, older: `a checkpoint of this version: ${START_ANEW}` },
};

/**
 * Writes a checkpoint over the one before. The arrays go to `last-<epoch>.safetensors` and `best-<epoch>.safetensors`,
 * then checkpoint.json names them in one atomic step, then files it no longer names are removed: whenever the process is
 * killed, a whole checkpoint is there.
 */
export async function saveCheckpoint(folder: string, checkpoint: Checkpoint): Promise<void> {
  const { state, best, ...rest } = checkpoint;
  const before = await readDescription(folder).catch(() => undefined);
  const last = `last-${rest.epochs.length}.safetensors`;
  await writeAtomically(join(folder, last), encodeSafetensors(state, { key: rest.key }));
  const bestFile = best === undefined ? undefined : `best-${best.epoch}.safetensors`;
  // A file of that name may be of another training, which had stood here before.
  const isThere = before?.key === rest.key && before.best?.file === bestFile;
  if (best !== undefined && bestFile !== undefined && !isThere) {
    await writeAtomically(join(folder, bestFile), encodeSafetensors(best.parameters, { key: rest.key }));
  }
  const file: CheckpointFile = {
    format: FORMAT,
    ...rest,
    state: last,
    ...(best === undefined || bestFile === undefined ? {} : { best: { epoch: best.epoch, file: bestFile } }),
  };
  await writeAtomically(join(folder, NAME), `${JSON.stringify(file)}\n`);
  // by a look into the folder, not by what the last checkpoint named: a kill may have left more than that
  for (const name of await readdir(folder)) {
    const stale = /^(last|best)-\d+\.safetensors/.test(name) && name !== last && name !== bestFile;
    if (stale) await rm(join(folder, name), { force: true });
  }
}

/** Notes that the model of a training has been written: what is in the folder need not be continued. */
export async function markFinished(folder: string): Promise<void> {
  const found = await readDescription(folder);
  if (found !== undefined)
    await writeAtomically(join(folder, NAME), `${JSON.stringify({ ...found, finished: true })}\n`);
}

/**
 * How far a training has come whose model was not written; undefined when there is none in the folder. Checkpoints of
 * before that was noted count as finished.
 */
export async function unfinishedTraining(
  folder: string,
): Promise<{ readonly epochs: number; readonly of: number } | undefined> {
  const found = await readDescription(folder).catch(() => undefined);
  const of = found?.facts?.epochs;
  if (found === undefined || found.finished === true || typeof of !== "number") return undefined;
  return { epochs: found.epochs.length, of };
}

/**
 * Reads the checkpoint of a training, if the folder has one.
 * @throws {InputError} when it is damaged, or one of another training, naming in what it differs
 */
export async function loadCheckpoint(
  folder: string,
  { key, facts = {} }: Pick<Checkpoint, "key" | "facts">,
): Promise<Checkpoint | undefined> {
  const found = await readDescription(folder);
  if (found === undefined) return undefined;
  if (found.key !== key) {
    const differing = found.facts === undefined ? [] : differences(found.facts, facts);
    throw new InputError("this is a checkpoint of another training", {
      file: join(folder, NAME),
      expected: `the same features, labels, settings and engine; ${START_ANEW}`,
      ...(differing.length === 0 ? {} : { actual: differing.join("; ") }),
    });
  }
  const { state, best, format: _, finished: _f, ...rest } = found;
  const read = async (name: string): Promise<Arrays> => {
    const file = join(folder, name);
    const { tensors, metadata } = decodeSafetensors(await readWeightsFile(file), file);
    if ((metadata.key ?? key) === key) return tensors as Arrays;
    // A new training had begun to write here, and came no further.
    throw new InputError("these arrays are of another training", { file, expected: `those that ${NAME} names` });
  };
  const arrays = { state: await read(state) };
  return best === undefined
    ? { ...rest, ...arrays }
    : { ...rest, ...arrays, best: { epoch: best.epoch, parameters: await read(best.file) } };
}

async function readDescription(folder: string): Promise<CheckpointFile | undefined> {
  return readJsonFileIfAny(join(folder, NAME), CHECKPOINT_JSON);
}
