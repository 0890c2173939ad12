import { join } from "node:path";
import type { Backbone } from "../backbone/backbone.js";
import { binarize } from "../codes/binarize.js";
import { packCodes } from "../codes/packed-codes.js";
import { openEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import { InputError } from "../core/errors.js";
import { removeLeftovers } from "../core/leftovers.js";
import { lockOfFolder, withLock } from "../core/lock.js";
import type { Dataset } from "../datasets/dataset.js";
import type { CodesModel } from "../features/codes-sidecar.js";
import { filesBeside, readCodesSidecar, writeCodesSidecar } from "../features/codes-sidecar.js";
import { itemsOf, readDataFolder } from "../features/data-folder.js";
import type { ExtractOptions, FeatureFolder } from "../features/extract.js";
import { extractToFolder } from "../features/extract.js";
import type { FeatureCoder } from "../features/kept-matrix.js";
import { Encoder } from "../hashing/encode.js";
import type { HashModel } from "../hashing/hash-model.js";
import { givesCodes, modelGraph } from "../hashing/hash-model.js";

/** Settings of {@link extractCodes}. */
export interface ExtractCodesOptions extends ExtractOptions {
  readonly folder: string;
  readonly backbone: Backbone;
  /** What makes codes of the backbone's features. */
  readonly model: HashModel;
  /** What the codes say of it. */
  readonly madeBy: CodesModel;
}

/**
 * Runs a backbone and a head over all images of a dataset and keeps their packed codes alone: a data folder with codes.npy,
 * what it is beside it, ids and labels, without features. What is whole is found, what a killed run left is continued.
 * Bits of an image that could not be read are 0; failed.csv names it.
 * @throws {InputError} as {@link extractToFolder}, and when the model takes other features or gives no codes
 */
export async function extractCodes(
  dataset: Dataset,
  { backbone, model, madeBy, ...options }: ExtractCodesOptions,
): Promise<FeatureFolder> {
  const { inputDim, bits } = modelGraph(model);
  if (inputDim !== backbone.dim || !givesCodes(model)) {
    throw new InputError("this model makes no codes of these features", {
      expected: `a model of codes, of features of length ${backbone.dim} from ${backbone.name}`,
      actual: `features of length ${inputDim}${givesCodes(model) ? "" : ", real values instead of codes"}`,
    });
  }
  const engine = options.engine ?? (await openEngine());
  const { coder, dispose } = openCoder(model, madeBy.hash, engine);
  try {
    const made = await extractToFolder(dataset, backbone, { ...options, engine, coder });
    const file = join(made.folder, "codes.npy");
    // What is whole is only read, also where nothing can be written.
    if ((await readCodesSidecar(file)) !== undefined) return made;
    const { signal } = options;
    await withLock(lockOfFolder(made.folder), () => describeCodes(made, madeBy, bits), {
      ...{ task: "describing codes", signal },
    });
    return made;
  } finally {
    await dispose();
  }
}

function openCoder(
  model: HashModel,
  hash: string,
  engine: Engine,
): { readonly coder: FeatureCoder; dispose(): Promise<void> } {
  const graph = modelGraph(model);
  const encoder = new Encoder(engine, graph);
  const codesOf = async (features: Float32Array): Promise<Uint8Array> => {
    const shape = [features.length / graph.inputDim, graph.inputDim];
    return packCodes(binarize(await encoder.encode(graph.arrays, { data: features, shape }))).data;
  };
  return { coder: { codes: { model: hash, bits: graph.bits }, codesOf }, dispose: () => encoder.dispose() };
}

/** Writes what the codes are beside them, where that is not there; what a killed writer left of it goes. */
async function describeCodes({ folder }: FeatureFolder, model: CodesModel, bits: number): Promise<void> {
  const file = join(folder, "codes.npy");
  if ((await readCodesSidecar(file)) !== undefined) return; // another process was here meanwhile
  await removeLeftovers(folder, filesBeside(file));
  const data = await readDataFolder(folder);
  const { shard } = data.manifest;
  const part = shard === undefined ? {} : { from: shard.rows[0] };
  const of = { data: itemsOf(data), ...part, classNames: data.classNames };
  await writeCodesSidecar(file, { form: "packed", rows: data.ids.length, bits, model, ...of }, data.ids);
}
