import { createHash } from "node:crypto";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Backbone } from "../backbone/backbone.js";
import { withPooling } from "../backbone/open-backbone.js";
import { POOLING_SCHEMA } from "../backbone/pooling.js";
import { writeAtomically } from "../core/files.js";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFileIfAny } from "../core/json-file.js";
import { COUNT, objectOf, TEXT } from "../core/json-schema.js";
import { lockBeside, lockOfFolder, withLock } from "../core/lock.js";
import { dataPath } from "../core/paths.js";
import type { Dataset } from "../datasets/dataset.js";
import type { Preprocessing } from "../images/preprocessing.js";
import { PREPROCESSING_SCHEMA } from "../images/preprocessing.js";
import type { LearnPoolingOptions } from "./learn-pooling.js";
import { learnPooling } from "./learn-pooling.js";

/** The format of such files. Raised when a reader of the version before would misread it. */
const FORMAT = 1;

/** What an exponent was learned of. */
interface LearnedOf {
  readonly contentHash: string;
  readonly backbone: string;
  readonly weightsHash: string;
  readonly preprocessing: Preprocessing;
  readonly seed: number;
}

interface LearnedPooling extends LearnedOf {
  readonly format: number;
  readonly pool: { readonly gem: number };
}

/** Lies in the folder of all shards. */
export const POOLING_FILE = "pooling.json";

const POOLING_JSON: JsonFileKind<LearnedPooling> = {
  what: "the learned pooling of a network",
  remedy: "delete it: it is learned again",
  schema: objectOf({
    contentHash: TEXT,
    backbone: TEXT,
    weightsHash: TEXT,
    preprocessing: PREPROCESSING_SCHEMA,
    seed: COUNT,
    pool: POOLING_SCHEMA,
  }),
  format: { version: FORMAT, older: "what this version writes: delete it, it is learned again" },
};

/**
 * The backbone, pooled with the exponent that `learnPooling` learns. That is kept: shards share it in the folder of all,
 * and what is asked for twice is learned once.
 * @param options.folder of all shards. Default: it is kept among the features, by name
 * @throws {InputError} as `learnPooling`, and when a kept file is damaged
 */
export async function withLearnedPooling(
  backbone: Backbone,
  dataset: Dataset,
  { folder, ...options }: LearnPoolingOptions & { readonly folder?: string },
): Promise<Backbone> {
  const { name, weightsHash, preprocessing } = backbone;
  const { contentHash } = dataset;
  const of: LearnedOf = { contentHash, backbone: name, weightsHash, preprocessing, seed: options.seed ?? 0 };
  const file = folder === undefined ? dataPath("features", `pooling-${keyOf(of)}.json`) : join(folder, POOLING_FILE);
  const read = async (): Promise<Backbone | undefined> => {
    const found = await readJsonFileIfAny(file, POOLING_JSON);
    return found !== undefined && isOf(found, of) ? withPooling(backbone, found.pool) : undefined;
  };
  const learn = async (): Promise<Backbone> => {
    const pool = { gem: await learnPooling(backbone, dataset, options) };
    const learned: LearnedPooling = { format: FORMAT, ...of, pool };
    await writeAtomically(file, `${JSON.stringify(learned, null, 2)}\n`);
    return withPooling(backbone, pool);
  };
  const lock = folder === undefined ? lockBeside(file) : lockOfFolder(folder);
  const readOrLearn = async (): Promise<Backbone> => (await read()) ?? learn();
  // What is there is only read, also where nothing can be written.
  return (await read()) ?? withLock(lock, readOrLearn, { task: "learning how to pool", signal: options.signal });
}

function keyOf(of: LearnedOf): string {
  return createHash("sha256").update(JSON.stringify(of)).digest("hex").slice(0, 12);
}

function isOf(found: LearnedPooling, of: LearnedOf): boolean {
  return (Object.keys(of) as (keyof LearnedOf)[]).every(key => isDeepStrictEqual(found[key], of[key]));
}
