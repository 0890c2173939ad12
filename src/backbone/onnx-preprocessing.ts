import { basename, dirname, join } from "node:path";
import { InputError } from "../core/errors.js";
import type { JsonFileKind } from "../core/json-file.js";
import { parseJsonFile, readJsonFileIfAny } from "../core/json-file.js";
import type { Preprocessing } from "../images/preprocessing.js";
import { PREPROCESSING_SCHEMA } from "../images/preprocessing.js";
import type { PreprocessingSettings } from "../images/preprocessing-settings.js";
import { withSettings } from "../images/preprocessing-settings.js";
import type { OnnxModel } from "./onnx-file.js";
import { isPretrainedCfg, settingsOfPretrainedCfg } from "./pretrained-cfg.js";

/** How a model's images are made, and what of it nobody said. */
export interface OnnxPreprocessing {
  readonly preprocessing: Preprocessing;
  /** A sentence each; empty when all was said. */
  readonly assumptions: readonly string[];
}

/** Of the models that `hashbook export` writes, in their metadata. */
const OWN_JSON: JsonFileKind<Preprocessing> = {
  what: 'the metadata "preprocessing" as `hashbook export` writes it',
  schema: PREPROCESSING_SCHEMA,
};

/** Of other people's programs, which put other things in such files too: what of it is meant is checked by itself. */
const BESIDE_JSON: JsonFileKind<unknown> = { what: "how the model beside it wants its images", schema: {} };

/** Side of the input of a model that takes any, where nothing says which. */
const USUAL_SIDE = 224;

/** ImageNet's, as torchvision has them. */
const USUAL = {
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  interpolation: "bilinear",
} as const;

/** What has to be said of a model for nothing to be assumed, in words. */
const NEEDED = {
  mean: "ImageNet's mean",
  std: "ImageNet's standard deviation",
  interpolation: "bilinear interpolation",
  cropShare: "the middle 224 of 256 (crop share 0.875)",
} as const;

/**
 * How a model wants its images: what the caller says; else what a JSON file beside the model says (`model.json`,
 * `model.onnx.json` or `config.json` with timm's names); else its own metadata, by the same names; else ImageNet's mean
 * and deviation, 224 of 256, bilinear, which is told.
 * @param file path of the model
 * @param side of its input; 0 where it takes any
 * @throws {InputError} when one of them cannot be followed, or the model takes images of another size
 */
export async function onnxPreprocessing(
  { model, file, side }: { readonly model: OnnxModel; readonly file: string; readonly side: number },
  asked: PreprocessingSettings = {},
): Promise<OnnxPreprocessing> {
  if (side > 0 && asked.size !== undefined && asked.size !== side) {
    throw new InputError("the model takes images of one size", {
      file,
      expected: `${side} pixels a side`,
      actual: `${asked.size}`,
    });
  }
  const own = ownPreprocessing(model, file);
  if (own !== undefined) return { preprocessing: withOwnNormalisation(own, asked, file), assumptions: [] };
  const beside = await settingsBeside(file, asked);
  const inside = settingsInside(model, file, { ...beside, ...asked });
  const said: PreprocessingSettings = { ...inside, ...beside, ...asked };
  const crop = side || (said.size ?? USUAL_SIDE);
  const usual: Preprocessing = { resize: Math.round((crop * 256) / 224), crop, ...USUAL };
  return {
    preprocessing: withSettings(usual, { ...said, size: crop }),
    assumptions: assumptionsOf(said, side, basename(file)),
  };
}

function assumptionsOf(said: PreprocessingSettings, side: number, name: string): string[] {
  const missing = Object.entries(NEEDED).filter(([setting]) => said[setting as keyof typeof NEEDED] === undefined);
  const words: string[] = missing.map(([, word]) => word);
  if (side === 0 && said.size === undefined) words.push(`${USUAL_SIDE} pixels a side`);
  if (words.length === 0) return [];
  return [
    `nothing says how ${name} wants its images: assumed ${words.join(", ")}. Options, or a JSON file beside it with ` +
      "timm's mean, std, input_size, crop_pct, interpolation, say otherwise",
  ];
}

/** What models that `hashbook export` wrote say; they normalise themselves. */
function ownPreprocessing({ metadataProps, producerName }: OnnxModel, file: string): Preprocessing | undefined {
  const text = metadataProps?.find(({ key }) => key === "preprocessing")?.value;
  if (producerName !== "hashbook" || !text) return undefined;
  return { ...parseJsonFile(text, file, OWN_JSON), mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] };
}

function withOwnNormalisation(own: Preprocessing, asked: PreprocessingSettings, file: string): Preprocessing {
  if (asked.mean === undefined && asked.std === undefined) return withSettings(own, asked);
  throw new InputError("the model normalises its images itself", { file, expected: "neither mean nor std" });
}

/** Settings of the first file beside the model that holds some. */
async function settingsBeside(file: string, known: PreprocessingSettings): Promise<PreprocessingSettings> {
  const stem = file.replace(/\.onnx$/, "");
  for (const path of [`${stem}.json`, `${file}.json`, join(dirname(file), "config.json")]) {
    const value = await readJsonFileIfAny(path, BESIDE_JSON);
    if (isPretrainedCfg(value)) return settingsOfPretrainedCfg(value, path, known);
  }
  return {};
}

/** Settings of the model's metadata: a `pretrained_cfg` as JSON, or an entry each. */
function settingsInside(
  { metadataProps }: OnnxModel,
  file: string,
  known: PreprocessingSettings,
): PreprocessingSettings {
  const entries = Object.fromEntries(
    (metadataProps ?? []).map(({ key, value }) => [key ?? "", readEntry(value ?? "")]),
  );
  return isPretrainedCfg(entries) ? settingsOfPretrainedCfg(entries, `${file} (its metadata)`, known) : {};
}

/** JSON where it is some, a list of numbers where it looks so, else the text. */
function readEntry(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const numbers = text.split(",").map(Number);
    return numbers.length > 1 && numbers.every(Number.isFinite) ? numbers : text;
  }
}
