import type { PackedCodes } from "../codes/packed-codes.js";
import type { EngineName } from "../compute/engine.js";
import { UsageError } from "../core/errors.js";
import type { BackboneFlags } from "../embedding/model-backbone.js";
import { backboneOf } from "../embedding/model-backbone.js";
import type { MadeByModel } from "../features/codes-sidecar.js";
import { checkOneModel } from "../features/codes-sidecar.js";
import type { Truncated } from "../images/preprocessing.js";
import { checkCodesModel } from "./codes-model.js";
import type { KnownCodes } from "./known-codes.js";
import { readKnownCodes } from "./known-codes.js";
import { openModel } from "./model-option.js";

/** Flags of `search` that say what is searched for. */
export interface QueryFlags extends BackboneFlags {
  model?: string;
  method?: string;
  query?: string[];
  queryCodes?: string;
  truncated?: Truncated;
  engine?: EngineName;
}

/** Codes to search for, made by the model that made the database's, as far as these say so. */
export async function queriesOf(
  flags: QueryFlags,
  database: MadeByModel,
  bits: number | undefined,
): Promise<Pick<KnownCodes, "codes" | "sidecar" | "converted">> {
  const { query: images, queryCodes, model } = flags;
  if (images === undefined) {
    const queries = await readKnownCodes(queryCodes!, bits);
    checkOneModel(queries, database);
    return queries;
  }
  await checkCodesModel(database, model!);
  return { codes: await codesOfImages(flags, images), converted: [] };
}

/** Bits of the codes that the model makes; undefined without one. */
export async function modelBits({ model, method }: QueryFlags): Promise<number | undefined> {
  if (model === undefined) return undefined;
  const { modelGraph } = await import("../hashing/hash-model.js");
  return modelGraph(await openModel(model, method)).bits;
}

async function codesOfImages(flags: QueryFlags, files: string[]): Promise<PackedCodes> {
  const { openEngine } = await import("../compute/engine.js");
  const { openEmbedder } = await import("../embedding/open-embedder.js");
  const { givesCodes } = await import("../hashing/hash-model.js");
  const model = await openModel(flags.model!, flags.method);
  if (!givesCodes(model)) {
    throw new UsageError("the model gives real values, no codes, so nothing can be found by Hamming distance", {
      expected: "a model of a method whose output is codes",
    });
  }
  const opened = await backboneOf(flags.model!, flags);
  const { truncated = opened.preprocessing.truncated } = flags;
  const backbone = { ...opened, preprocessing: { ...opened.preprocessing, truncated } };
  const engine = await openEngine({ engine: flags.engine, precision: backbone.quantization?.precision });
  const embedder = await openEmbedder({ backbone, model }, { engine });
  try {
    return (await embedder.embedAll(files)).codes!; // the model gives codes
  } finally {
    await embedder.close();
  }
}
