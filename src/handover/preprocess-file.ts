import type { Backbone } from "../backbone/backbone.js";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFileIfAny } from "../core/json-file.js";
import { COUNT, objectOf, TEXT } from "../core/json-schema.js";
import { version } from "../core/version.js";
import { pixelInputs } from "../hashing/export-inputs.js";
import type { Interpolation } from "../images/enlarge.js";
import { viewCount } from "../images/views.js";

/** The format of preprocess.json. Raised when a program that reads the version before would misread it. */
const FORMAT = 1;

const PIL_FILTERS: Readonly<Record<Interpolation, number>> = { bilinear: 2, bicubic: 3 };

/** What stands in preprocess.json for whoever makes pixels for model.onnx. */
export interface PreprocessDocument {
  readonly kind: "hashbook preprocess";
  readonly format: number;
  /** Of this package. */
  readonly version: string;
  /** Shorter side after resizing, in pixels; both sides where `cropMode` is "squash". */
  readonly resize: number;
  /** Side of the square that is cut out. */
  readonly crop: number;
  readonly cropMode: "center" | "squash";
  readonly interpolation: Interpolation;
  /** The same as PIL numbers it (`PIL.Image.Resampling`). */
  readonly pilFilter: number;
  /** Which squares: the middle, the middle and its mirror image, or corners and middle of both. */
  readonly views: "centre" | "flip" | "ten-crop";
  /** What becomes of files that are cut short: "refuse", or "accept": what is there is taken. */
  readonly truncated: "refuse" | "accept";
  /** Inputs of model.onnx, float32, red green blue from 0 to 255. */
  readonly inputs: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly resize: number;
    readonly crop: number;
  }[];
  /** Digests of the gallery beside it, so that it is told apart from others' files of the same names. */
  readonly gallery?: WrittenGallery;
  /** What the model itself does with the pixels: (v/255 − mean)/std. */
  readonly insideTheModel: { readonly mean: readonly number[]; readonly std: readonly number[] };
}

/** What codes.npy and ids.txt in the folder are. */
export interface WrittenGallery {
  readonly rows: number;
  /** SHA-256 of codes.npy. */
  readonly codes: string;
  /** SHA-256 of ids.txt, whose lines are the rows of the codes. */
  readonly ids: string;
}

const WRITTEN_JSON: JsonFileKind<Partial<Pick<PreprocessDocument, "kind" | "gallery">>> = {
  what: "the preprocess.json of a folder that `hashbook export` wrote",
  remedy: "export the folder again",
  schema: objectOf({}, { kind: TEXT, gallery: objectOf({ rows: COUNT, codes: TEXT, ids: TEXT }) }),
};

/** Whether a file is a preprocess.json of ours, whatever lies beside it. */
export async function isPreprocessFile(file: string): Promise<boolean> {
  const found = await readJsonFileIfAny(file, WRITTEN_JSON).catch(() => undefined);
  return found?.kind === ("hashbook preprocess" satisfies PreprocessDocument["kind"]);
}

/** What the gallery beside a preprocess.json is; undefined where it says nothing of one. @throws {InputError} when it is damaged */
export async function readWrittenGallery(file: string): Promise<WrittenGallery | undefined> {
  return (await readJsonFileIfAny(file, WRITTEN_JSON))?.gallery;
}

/**
 * What preprocess.json says of a backbone.
 * @param backbone of fixed views: those of random ones cannot be exported
 */
export function preprocessDocument({ preprocessing }: Pick<Backbone, "preprocessing">): PreprocessDocument {
  const { resize, crop, cropMode = "center", interpolation, views, truncated = "refuse", mean, std } = preprocessing;
  const rows = viewCount(preprocessing);
  return {
    kind: "hashbook preprocess",
    format: FORMAT,
    version,
    ...{ resize, crop, cropMode, interpolation, pilFilter: PIL_FILTERS[interpolation], truncated },
    views: typeof views === "string" ? views : "centre",
    inputs: pixelInputs(preprocessing).map(({ name, preprocessing: one }) => ({
      ...{ name, shape: [rows, one.crop, one.crop, 3] },
      ...{ resize: one.resize, crop: one.crop },
    })),
    insideTheModel: { mean, std },
  };
}
