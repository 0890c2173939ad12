import { join } from "node:path";
import type { Backbone } from "../backbone/backbone.js";
import type { Pooling } from "../backbone/pooling.js";
import { POOLING_SCHEMA } from "../backbone/pooling.js";
import { MAX_BITS } from "../codes/packed-codes.js";
import type { ByteProducts } from "../compute/byte-products.js";
import { byteProducts } from "../compute/byte-products.js";
import type { Engine } from "../compute/program.js";
import type { Precision, Quantization } from "../compute/quantization.js";
import { QUANTIZATION_SCHEMA } from "../compute/quantization.js";
import { InputError } from "../core/errors.js";
import { writeAtomically } from "../core/files.js";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFileIfAny } from "../core/json-file.js";
import type { JsonSchema } from "../core/json-schema.js";
import { COUNT, listOf, objectOf, TEXT, YES_OR_NO } from "../core/json-schema.js";
import { version } from "../core/version.js";
import type { Dataset } from "../datasets/dataset.js";
import type { Preprocessing } from "../images/preprocessing.js";
import { PREPROCESSING_SCHEMA } from "../images/preprocessing.js";
import type { SeenItems } from "./seen-items.js";
import { parseSeen, SEEN_SCHEMA } from "./seen-items.js";
import type { WhitenedAs } from "./whitened-as.js";
import { WHITENED_SCHEMA } from "./whitened-as.js";

/** One of several equal parts of a dataset, worked on by one machine. */
export interface Shard {
  /** 1 to `of`. */
  readonly index: number;
  readonly of: number;
}

/** One of several parts of features that were joined: each row of length 1 times the weight. */
export interface FeaturePart
  extends Pick<
    FeatureManifest,
    "backbone" | "layer" | "pool" | "weightsHash" | "preprocessing" | "quantization" | "whitened"
  > {
  readonly weight: number;
  /** Length of its features. */
  readonly dim: number;
}

/** The format of what `extract` writes. Raised when a reader of the version before would misread it. */
export const DATA_FOLDER_FORMAT: number = 1;

/** What to do about a folder of an older format. */
export const EXTRACT_AGAIN: string =
  "what this version writes: run the same `hashbook extract` into this folder again, which adds what is missing and " +
  "computes nothing where the features are there";

/** How a feature matrix was made: everything that shaped it. Stored beside it as manifest.json. */
export interface FeatureManifest {
  /** Version of the format; absent in manifests from before there were versions. */
  readonly format?: number;
  readonly dataset: string;
  /** The dataset's content hash. */
  readonly contentHash: string;
  /** Names of the classes; a label is a place in this list. Absent where `format` is. */
  readonly classNames?: readonly string[];
  /** True for images that were drawn, not photographed. */
  readonly synthetic?: boolean;
  /** Products that were made one, see `Dataset`; the content hash is of these too. */
  readonly mergedProducts?: readonly (readonly string[])[];
  readonly backbone: string;
  /** Where in the network, when not at its pooled end. */
  readonly layer?: string;
  /** How the last map became a feature; absent at the average. Of an ONNX file: absent where it was flattened. */
  readonly pool?: Pooling;
  readonly weightsHash: string;
  /** Items that the weights were tuned on, as `fine-tune` notes it with them. Default: none that is known. */
  readonly seen?: readonly SeenItems[];
  readonly preprocessing: Preprocessing;
  /** Within which ranges it was computed in 8-bit integers. Absent: in 32-bit floats. */
  readonly quantization?: Quantization;
  /** Features of several networks or settings side by side: what each part is. Absent: they are of one network. */
  readonly parts?: readonly FeaturePart[];
  /** How they were whitened, joined or not. Absent: as the network gives them. */
  readonly whitened?: WhitenedAs;
  /** Engine that computed it; engines agree to 1e-4, not to the bit. */
  readonly engine: string;
  /** Rows and columns of the matrix. */
  readonly shape: readonly [number, number];
  /** The model whose packed codes are kept (codes.npy) instead of the features, which would have this shape. Default: none. */
  readonly codes?: {
    /** SHA-256 of the model's files, as codes have it beside them. */
    readonly model: string;
    readonly bits: number;
  };
  /** Version of this package. */
  readonly version: string;
  /** When the matrix is a part: which one, and the dataset's rows [begin, end) in it. */
  readonly shard?: Shard & { readonly rows: readonly [number, number] };
  /**
   * No part of what the features are: the engine in full, why it was chosen, images an engine call, what was assumed of
   * the preprocessing, and of int8 which kernels the processor needed, which give the same.
   */
  readonly run?: {
    readonly engine: string;
    readonly reason?: string;
    readonly images?: number;
    readonly assumptions?: readonly string[];
    readonly byteProducts?: ByteProducts;
  };
}

/**
 * The rows [begin, end) of a shard: parts of equal size, to one row, that tile all rows. They depend on nothing else, so
 * that machines with other batches divide alike.
 * @throws {InputError} when index is not in 1..of
 */
export function shardRows(rows: number, { index, of }: Shard): [number, number] {
  if (!(Number.isInteger(index) && Number.isInteger(of) && index >= 1 && index <= of)) {
    throw new InputError("there is no such shard", {
      expected: "1 ≤ i ≤ n of whole numbers",
      actual: `${index}/${of}`,
    });
  }
  return [Math.floor((rows * (index - 1)) / of), Math.floor((rows * index) / of)];
}

/** The manifest of features about to be made. */
export function featureManifestOf(
  dataset: Dataset,
  backbone: Backbone,
  {
    engine,
    batchSize,
    shard,
    codes,
  }: Pick<FeatureManifest, "codes"> & {
    readonly engine: Engine;
    readonly batchSize: number;
    readonly shard?: Shard;
  },
): FeatureManifest {
  const rows = shard === undefined ? undefined : shardRows(dataset.ids.length, shard);
  return {
    format: DATA_FOLDER_FORMAT,
    dataset: dataset.name,
    contentHash: dataset.contentHash,
    classNames: dataset.classNames,
    ...(dataset.synthetic ? { synthetic: true } : {}),
    ...(dataset.mergedProducts === undefined ? {} : { mergedProducts: dataset.mergedProducts }),
    backbone: backbone.name,
    ...(backbone.layer === undefined ? {} : { layer: backbone.layer }),
    ...(backbone.pool === undefined ? {} : { pool: backbone.pool }),
    weightsHash: backbone.weightsHash,
    ...(backbone.seen === undefined ? {} : { seen: parseSeen(backbone.seen, `weights of ${backbone.name}`) }),
    preprocessing: backbone.preprocessing,
    ...(backbone.quantization === undefined ? {} : { quantization: backbone.quantization }),
    engine: engine.name,
    shape: [rows === undefined ? dataset.ids.length : rows[1] - rows[0], backbone.dim],
    ...(codes === undefined ? {} : { codes }),
    version,
    ...(shard === undefined || rows === undefined ? {} : { shard: { ...shard, rows } }),
    run: {
      engine: engine.description,
      ...(engine.reason === undefined ? {} : { reason: engine.reason }),
      images: batchSize,
      ...(backbone.assumptions?.length ? { assumptions: backbone.assumptions } : {}),
      ...(backbone.quantization === undefined ? {} : { byteProducts: byteProducts() }),
    },
  };
}

/** How the network computed the features. */
export function precisionOf({ quantization }: FeatureManifest): Precision {
  return quantization?.precision ?? "fp32";
}

/** Writes manifest.json into a folder. */
export async function writeFeatureManifest(folder: string, manifest: FeatureManifest): Promise<void> {
  await writeAtomically(join(folder, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

const ROWS_AND_COLUMNS = { minItems: 2, maxItems: 2 };

/** {@link FeatureManifest} in files; of format 1 on with class names. */
export const FEATURE_MANIFEST_SCHEMA: JsonSchema = {
  ...objectOf(
    {
      dataset: TEXT,
      contentHash: TEXT,
      backbone: TEXT,
      weightsHash: TEXT,
      preprocessing: PREPROCESSING_SCHEMA,
      engine: TEXT,
      shape: listOf(COUNT, ROWS_AND_COLUMNS),
      version: TEXT,
    },
    {
      classNames: listOf(TEXT),
      synthetic: YES_OR_NO,
      mergedProducts: listOf(listOf(TEXT, { minItems: 2 })),
      layer: TEXT,
      pool: POOLING_SCHEMA,
      seen: SEEN_SCHEMA,
      codes: objectOf({ model: TEXT, bits: { type: "integer", minimum: 1, maximum: MAX_BITS } }),
      parts: listOf(
        objectOf(
          {
            weight: { type: "number", exclusiveMinimum: 0 },
            dim: COUNT,
            backbone: TEXT,
            weightsHash: TEXT,
            preprocessing: PREPROCESSING_SCHEMA,
          },
          { layer: TEXT, pool: POOLING_SCHEMA, quantization: QUANTIZATION_SCHEMA, whitened: WHITENED_SCHEMA },
        ),
        { minItems: 2 },
      ),
      whitened: WHITENED_SCHEMA,
      shard: objectOf({ index: COUNT, of: COUNT, rows: listOf(COUNT, ROWS_AND_COLUMNS) }),
      quantization: QUANTIZATION_SCHEMA,
      run: objectOf(
        { engine: TEXT },
        {
          reason: TEXT,
          images: COUNT,
          assumptions: listOf(TEXT),
          byteProducts: { enum: ["exact", "saturating"] satisfies ByteProducts[] },
        },
      ),
    },
  ),
  if: { required: ["format"] },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { required: ["classNames"] },
};

const MANIFEST_JSON: JsonFileKind<FeatureManifest> = {
  what: "the manifest of a data folder",
  schema: FEATURE_MANIFEST_SCHEMA,
  format: { version: DATA_FOLDER_FORMAT, older: EXTRACT_AGAIN, since: true },
};

/**
 * The manifest of a folder of features, of any version up to this one; undefined when it has none.
 * @throws {InputError} when it is damaged, or of a newer version
 */
export async function readFeatureManifest(folder: string): Promise<FeatureManifest | undefined> {
  return readJsonFileIfAny(join(folder, "manifest.json"), MANIFEST_JSON);
}
