import { isDeepStrictEqual } from "node:util";
import { KNOWN_BACKBONES } from "../backbone/known-backbones.js";
import type { FeatureManifest } from "../features/feature-manifest.js";
import type { Preprocessing } from "../images/preprocessing.js";

/** What the lines that use a model depend on. */
export interface CardCodeFacts {
  /** How its features were made. */
  readonly features: FeatureManifest;
  readonly output: "codes" | "embedding";
  /** Whether its method is one's own and fitted: its file is needed to encode. */
  readonly needsMethod: boolean;
  /** Whether the weights of the network lie beside the model, as `fine-tune` writes them. */
  readonly tunedWeights: boolean;
}

/** Stands for a file of the reader's. */
const ONNX_FILE = "backbone.onnx";
const METHOD_FILE = "mine.js";

/** Lines of TypeScript that make codes of an image by the model of the current folder. */
export function typescriptLines({ features, output, needsMethod, tunedWeights }: CardCodeFacts): string[] {
  const { backbone, layer, pool, preprocessing, quantization } = features;
  const isInt8 = quantization !== undefined;
  const isOnnx = backbone.endsWith(".onnx");
  const options = {
    ...(tunedWeights ? { file: "backbone.safetensors" } : {}),
    ...(layer === undefined ? {} : { [isOnnx ? "output" : "layer"]: layer }),
    ...(pool === undefined ? {} : { pool }),
  };
  const given = Object.keys(options).length === 0 ? "" : `, ${JSON.stringify(options)}`;
  const opened = `await hb.openBackbone(${JSON.stringify(isOnnx ? ONNX_FILE : backbone)}${given})`;
  const isUsual =
    Object.hasOwn(KNOWN_BACKBONES, backbone) &&
    isDeepStrictEqual(KNOWN_BACKBONES[backbone].architecture.preprocessing, preprocessing);
  const added = [...(isUsual ? [] : ["preprocessing"]), ...(isInt8 ? ["quantization"] : [])];
  const method = needsMethod ? `, { method: await hb.loadMethod("${METHOD_FILE}") }` : "";
  return [
    ...(isInt8 ? ['import { readFileSync } from "node:fs";'] : []),
    'import * as hb from "hashbook";',
    "",
    ...(isUsual ? [] : [`const preprocessing = ${JSON.stringify(preprocessing)} as const;`]),
    ...(isInt8 ? ['const { quantization } = JSON.parse(readFileSync("head.json", "utf8")).features; // int8'] : []),
    added.length === 0 ? `const backbone = ${opened};` : `const backbone = { ...(${opened}), ${added.join(", ")} };`,
    `const model = await hb.loadModel("."${method});`,
    'const features = await hb.imageFeatures(["image.jpg"], backbone); // (1, dim)',
    "const values = await hb.encodeFeatures(features, model); // (1, bits)",
    output === "codes"
      ? "console.log(hb.packCodes(hb.binarize(values)).data); // as numpy.packbits"
      : "console.log(values.data); // ranked by their cosine",
  ];
}

/** The command that writes model.onnx, which {@link pythonLines} run. */
export function exportLine({ features: { backbone }, needsMethod, tunedWeights }: CardCodeFacts): string {
  return [
    "hashbook export --model . --out model.onnx",
    ...(backbone.endsWith(".onnx") ? [`--backbone ${ONNX_FILE}`] : []),
    ...(tunedWeights ? ["--weights backbone.safetensors"] : []),
    ...(needsMethod ? [`--method ${METHOD_FILE}`] : []),
  ].join(" ");
}

/** Lines of Python (numpy, onnxruntime, Pillow) that make codes of an image by model.onnx. */
export function pythonLines({ features: { preprocessing, quantization }, output }: CardCodeFacts): string[] {
  const { crop } = preprocessing;
  const session =
    quantization === undefined
      ? ['model = onnxruntime.InferenceSession("model.onnx")']
      : [
          "options = onnxruntime.SessionOptions()  # int8; on x86 processors without VNNI also the next line",
          '# options.add_session_config_entry("session.x64quantprecision", "1")',
          'model = onnxruntime.InferenceSession("model.onnx", options)',
        ];
  return [
    "import numpy as np, onnxruntime",
    "from PIL import Image, ImageOps",
    "",
    ...session,
    'image = ImageOps.exif_transpose(Image.open("image.jpg")).convert("RGB")',
    ...resizingLines(preprocessing),
    `left, top = (round((length - ${crop}) / 2) for length in image.size)`,
    `image = image.crop((left, top, left + ${crop}, top + ${crop}))`,
    `pixels = np.asarray(image, dtype=np.float32)[None]  # (1, ${crop}, ${crop}, 3), 0 to 255`,
    ...(output === "codes"
      ? [
          '(code,) = model.run(["code"], {"pixels": pixels})  # (1, bits), -1 and +1',
          "print(np.packbits(code > 0, axis=1))",
        ]
      : ['(embedding,) = model.run(["embedding"], {"pixels": pixels})  # (1, bits)', "print(embedding)"]),
  ];
}

/**
 * torchvision's sizes: the longer side is cut off to whole pixels. In height first, then in width, each beyond a factor of
 * four by whole blocks before the filter: so sharp shrinks.
 */
function resizingLines({ resize, interpolation, cropMode = "center" }: Preprocessing): string[] {
  const filter = { bilinear: "BILINEAR", bicubic: "BICUBIC" }[interpolation];
  const sizes = {
    center: [`w, h = (${resize} * length // min(image.size) for length in image.size)`],
    squash: [`w, h = ${resize}, ${resize}`],
  }[cropMode];
  const by = `Image.Resampling.${filter}, reducing_gap=2`;
  return [...sizes, `image = image.resize((image.width, min(h, image.height)), ${by}).resize((w, h), ${by})`];
}
