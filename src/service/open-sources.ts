import { basename, join } from "node:path";
import type { OpenDatasetOptions } from "../catalogue/open-dataset.js";
import { datasetNames, openDataset } from "../catalogue/open-dataset.js";
import { packedSigns } from "../codes/binarize.js";
import type { PackedCodes } from "../codes/packed-codes.js";
import type { NdArray } from "../core/arrays.js";
import { InputError, UsageError } from "../core/errors.js";
import type { ImageInput } from "../datasets/image-input.js";
import { backboneOf } from "../embedding/model-backbone.js";
import { itemsOf, readDataFolder } from "../features/data-folder.js";
import { readFeatureManifest } from "../features/feature-manifest.js";
import { itemsOfDataset } from "../features/items-identity.js";
import { encodeFeatures } from "../hashing/encode.js";
import type { HashModel } from "../hashing/hash-model.js";
import { givesCodes } from "../hashing/hash-model.js";
import { readHeadDescription } from "../hashing/head-file.js";
import { modelHashes } from "../hashing/model-hash.js";
import { loadModel } from "../methods/model-file.js";
import { readCodesOf } from "./codes-of-data.js";
import { DEFAULT_DATASET, openDefaultModel } from "./default-model.js";
import { featuresOf } from "./features-of-data.js";
import { modelIds, modelTitle } from "./model-title.js";
import type { OpenedData } from "./opened-data.js";
import type { OpenedModel, OpenedSources, OpeningOptions } from "./opened-sources.js";

/** Where models, codes and pictures are. */
export interface ServiceSources {
  /** Folders of models. Empty: one is trained on the dataset, once. */
  readonly models: readonly string[];
  /** A data folder, or a dataset by name or path. Default {@link DEFAULT_DATASET}. */
  readonly data?: string;
  /** Codes of the data, one file a model in their order, or none: then they are made of the features. */
  readonly codes: readonly string[];
  /** Addresses of galleries in an engine, one a model in their order, instead of codes. */
  readonly galleries?: readonly string[];
  /** Name or path of the dataset whose pictures a data folder is of. Default: as the folder says, where that is a name. */
  readonly dataset?: string;
  readonly places: OpenDatasetOptions;
}

/** A model and its network, as its folder says. */
interface ModelParts extends Pick<OpenedModel, "id" | "title" | "method" | "backbone" | "model"> {
  readonly folder: string;
  /** The file of its codes. Absent: they are to be made. */
  readonly codesFile?: string;
  /** The engine that holds them. */
  readonly gallery?: string;
}

/**
 * Opens what a service is made of. What has to be computed (features of a dataset, a model where none is named) is
 * computed once and kept.
 * @throws {InputError} when a file is missing or damaged, or does not belong to the others
 * @throws {UsageError} when options do not go together
 */
export async function openSources(sources: ServiceSources, options: OpeningOptions = {}): Promise<OpenedSources> {
  const { models, data = DEFAULT_DATASET } = sources;
  const isFolder = (await readFeatureManifest(data)) !== undefined;
  if (!isFolder) checkDatasetName(sources);
  if (models.length === 0) return withoutModels(sources, data, isFolder, options);
  checkNumbers(sources);
  if (sources.data === undefined) for (const folder of models) await checkTrainedOnDefault(folder);
  const ids = modelIds(models);
  const parts: ModelParts[] = [];
  for (const [i, folder] of models.entries())
    parts.push({ ...(await readModel(folder, ids[i])), ...placeOfCodes(sources, i) });
  const opened = isFolder ? await openFolder(data, sources) : await openWhole(data, sources, options);
  const failed = new Set<number>(opened.folder?.failed);
  const made: OpenedModel[] = [];
  for (const one of parts) made.push(await withCodes(one, opened, failed, options));
  return { items: opened.items, failed: [...failed], models: made, notes: opened.notes };
}

/** @throws {UsageError} when a dataset is named of whose pictures no data folder is */
function checkDatasetName({ data, dataset }: ServiceSources): void {
  if (dataset === undefined) return;
  throw new UsageError("--dataset names the pictures of a data folder, and --data names no such folder", {
    expected: `--data FOLDER of \`extract\` beside it, or --data ${dataset} alone: features are made of it then`,
    actual: data === undefined ? "no --data" : `--data ${data}`,
  });
}

/** @throws {UsageError} when no data is named, and the model was trained on other pictures than would be served */
async function checkTrainedOnDefault(model: string): Promise<void> {
  const { features } = await readHeadDescription(model);
  if (features === undefined || features.dataset === DEFAULT_DATASET) return;
  throw new UsageError("no --data says what is to be searched, and the model was trained on other pictures", {
    file: join(model, "head.json"),
    expected: `--data FOLDER of \`extract\` with --dataset, or --data ${DEFAULT_DATASET} to search these`,
    actual: `a model of ${features.dataset}`,
  });
}

/** @throws {UsageError} when there is not one file or gallery a model */
function checkNumbers({ models, codes, galleries = [] }: ServiceSources): void {
  if (codes.length > 0 && galleries.length > 0) {
    throw new UsageError("--codes and --gallery both say where codes are", { expected: "one of them" });
  }
  for (const [what, given] of Object.entries({ "files of --codes": codes, "addresses of --gallery": galleries })) {
    if (given.length === 0 || given.length === models.length) continue;
    throw new UsageError("codes and models differ in number", {
      expected: `${models.length} ${what}, one a model in their order, or none`,
      actual: `${given.length}`,
    });
  }
}

function placeOfCodes(
  { codes, galleries = [] }: ServiceSources,
  at: number,
): Pick<ModelParts, "codesFile" | "gallery"> {
  const [codesFile, gallery] = [codes[at], galleries[at]];
  return { ...(codesFile === undefined ? {} : { codesFile }), ...(gallery === undefined ? {} : { gallery }) };
}

async function withoutModels(
  { codes, galleries = [], places }: ServiceSources,
  data: string,
  isFolder: boolean,
  options: OpeningOptions,
): Promise<OpenedSources> {
  if (codes.length > 0 || galleries.length > 0 || isFolder) {
    throw new UsageError("codes and data folders need the model that pictures go through", {
      expected: "--model DIR, or a dataset's name alone",
    });
  }
  const opened = await openDefaultModel(data, places, options);
  return { ...opened, items: titledItems(opened.items, places.root ?? data) };
}

async function readModel(folder: string, id: string): Promise<ModelParts> {
  const { config, fitted } = await readHeadDescription(folder);
  const model = await loadModel(folder);
  if (!givesCodes(model)) {
    throw new InputError("the model gives real values, no codes, so nothing can be found by Hamming distance", {
      file: folder,
      expected: "a model of a method whose output is codes",
    });
  }
  const backbone = await backboneOf(folder, {});
  const method = config?.method ?? fitted?.method ?? "model";
  const title = modelTitle(method, "encode" in model ? model.bits : model.config.bits);
  return { id, title, method, backbone, model, folder };
}

async function openWhole(
  name: string,
  { places }: ServiceSources,
  { onProgress }: OpeningOptions,
): Promise<OpenedData> {
  const dataset = await openDataset(name, { ...places, onProgress });
  return {
    items: titledItems(dataset, places.root ?? name),
    identity: itemsOfDataset(dataset),
    place: name,
    dataset,
    notes: [],
  };
}

async function openFolder(path: string, { dataset: named, places }: ServiceSources): Promise<OpenedData> {
  const folder = await readDataFolder(path);
  const { manifest, ids, labels, classNames } = folder;
  const items = { name: manifest.dataset, ids, labels, classNames };
  const name = named ?? (opensByName(manifest.dataset) ? manifest.dataset : undefined);
  const base = { identity: itemsOf(folder), place: path, folder };
  if (name === undefined) {
    return { ...base, items, notes: [`no pictures are shown: --dataset PATH says where those of ${path} are`] };
  }
  const dataset = await openDataset(name, places);
  if (dataset.contentHash !== manifest.contentHash) {
    throw new InputError("these are not the pictures that the data folder is of", {
      file: name,
      expected: `content hash ${manifest.contentHash}, as ${join(path, "manifest.json")} says`,
      actual: dataset.contentHash,
    });
  }
  const first = manifest.shard?.rows[0] ?? 0;
  const whole = { ...items, image: (row: number) => dataset.image(first + row) };
  return { ...base, dataset, items: titledItems(whole, places.root ?? name), notes: [] };
}

/** Names that say how a dataset is read, not which it is. */
const READ_AS: readonly string[] = ["image-folder", "label-file", "lists"];

const opensByName = (name: string): boolean => datasetNames.includes(name) && !READ_AS.includes(name);

/** Called by the last part of a path, where the name says nothing. */
function titledItems(items: OpenedSources["items"], path: string): OpenedSources["items"] {
  const { name, classNames, ids, labels } = items;
  const image = (row: number): Promise<ImageInput> => items.image!(row);
  return { name, classNames, ids, labels, image, ...(READ_AS.includes(name) ? { title: basename(path) } : {}) };
}

/** A model with its codes, and its features where they are there or have to be made. @param failed is added to */
async function withCodes(
  { folder, codesFile, gallery, ...model }: ModelParts,
  data: OpenedData,
  failed: Set<number>,
  options: OpeningOptions,
): Promise<OpenedModel> {
  if (gallery !== undefined) {
    return { ...model, engine: { address: gallery, hashes: await modelHashes(folder) } };
  }
  const kept = data.folder?.manifest.codes === undefined ? undefined : join(data.folder.folder, "codes.npy");
  const file = codesFile ?? kept;
  const features = await featuresOf(folder, model.backbone, data, { ...options, isNeeded: file === undefined, failed });
  const codes =
    file === undefined ? await encode(model.model, features!) : await readCodesOf(file, folder, data, model.model);
  return { ...model, codes, ...(features === undefined ? {} : { features }) };
}

async function encode(model: HashModel, features: NdArray<Float32Array>): Promise<PackedCodes> {
  return packedSigns(await encodeFeatures(features, model));
}
