import type { PreprocessDocument } from "./preprocess-file.js";

/** What the lines of Python depend on. */
export interface PythonFacts {
  readonly preprocess: PreprocessDocument;
  readonly output: "codes" | "embedding";
  /** Whether the model computes in 8-bit integers. */
  readonly int8: boolean;
  /** Whether codes and ids lie beside the model. */
  readonly gallery: boolean;
}

/** Needed on x86 processors without VNNI, where sums of products overflow else; on others it costs time and changes nothing. */
const INT8: readonly string[] = [
  "options = onnxruntime.SessionOptions()",
  'options.add_session_config_entry("session.x64quantprecision", "1")  # for x86 processors without VNNI',
];

/** Of `code`. */
const SEARCH: readonly string[] = [
  'distances = np.bitwise_count(np.load("codes.npy") ^ np.packbits(code, axis=1)).sum(axis=1)',
  'for row in np.argsort(distances, kind="stable")[:10]: print(distances[row], ids[row])',
];

/** A line behind those of a search: compares the code with that of the picture's own row. */
export const OWN_ROW_LINE = 'print(distances[ids.index(sys.argv[2])], "bits differ")';

/**
 * Lines of Python (NumPy 2, onnxruntime, Pillow) that make the code of a picture by what lies in the folder and, where codes
 * lie there too, find the nearest, ties in the order of the rows as `hashbook search` has them. PIL shrinks as sharp does but for
 * rounding: first in height, then in width, each beyond a factor of four by whole blocks before the filter (`reducing_gap`).
 * What is enlarged is left alone by the first of the two, so that it is done in PIL's own order, which is ours.
 */
export function pythonLines({ preprocess, output, int8, gallery }: PythonFacts): string[] {
  const isCut = preprocess.truncated === "accept";
  const modules = ["PIL.Image", ...(isCut ? ["PIL.ImageFile"] : []), "PIL.ImageOps"].join(", ");
  const session = `onnxruntime.InferenceSession("model.onnx"${int8 ? ", options" : ""})`;
  const given = preprocess.inputs.length === 1 ? '{"pixels": pixels}' : "inputs";
  const run = (name: string): string => `${session}.run(["${name}"], ${given})[0]`;
  const ends: Readonly<Record<PythonFacts["output"], readonly string[]>> = {
    codes: [`code = ${run("code")} > 0`, ...(gallery ? SEARCH : ["print(np.packbits(code, axis=1))"])],
    embedding: [`print(${run("embedding")})  # ranked by cosine`],
  };
  return [
    `import json, sys, numpy as np, onnxruntime, ${modules}`,
    ...(isCut ? ["PIL.ImageFile.LOAD_TRUNCATED_IMAGES = True"] : []),
    gallery
      ? 'how, ids = json.load(open("preprocess.json")), open("ids.txt", encoding="utf-8").read().split("\\n")'
      : 'how = json.load(open("preprocess.json"))',
    'image = PIL.ImageOps.exif_transpose(PIL.Image.open(sys.argv[1])).convert("RGBA")',
    'image = PIL.Image.alpha_composite(PIL.Image.new("RGBA", image.size, "white"), image).convert("RGB")',
    ...pixelLines(preprocess),
    ...(int8 ? INT8 : []),
    ...ends[output],
  ];
}

/** Of `image` and `how`: `pixels`, or where there are several scales `inputs`. */
function pixelLines(preprocess: PreprocessDocument): string[] {
  const { inputs } = preprocess;
  if (inputs.length === 1)
    return [...resizeLines(preprocess, "image", "how"), ...viewLines(preprocess, "image", "how")];
  const each = [
    ...resizeLines(preprocess, "resized", "one"),
    ...viewLines(preprocess, "resized", "one"),
    'inputs[one["name"]] = pixels',
  ];
  return ["inputs = {}", 'for one in how["inputs"]:', ...each.map(line => `    ${line}`)];
}

/** @param to the name of what is resized @param how what holds `resize` */
function resizeLines({ cropMode }: PreprocessDocument, to: string, how: string): string[] {
  const sides = {
    center: `w, h = (${how}["resize"] * n // min(image.size) for n in image.size)`,
    squash: `w = h = ${how}["resize"]`,
  }[cropMode];
  const by = 'how["pilFilter"], reducing_gap=2';
  return [sides, `${to} = image.resize((image.width, min(h, image.height)), ${by}).resize((w, h), ${by})`];
}

/** `pixels` of a resized image. @param how what holds `crop` */
function viewLines({ views }: PreprocessDocument, image: string, how: string): string[] {
  const crop = `${how}["crop"]`;
  const middle = `x, y = (round((n - ${crop}) / 2) for n in ${image}.size)`;
  const square = `np.asarray(${image}.crop((x, y, x + ${crop}, y + ${crop})), np.float32)`;
  switch (views) {
    case "centre":
      return [middle, `pixels = ${square}[None]`];
    case "flip":
      return [middle, `square = ${square}`, "pixels = np.stack([square, square[:, ::-1]])"];
    case "ten-crop":
      return [
        `x, y = (n - ${crop} for n in ${image}.size)`,
        "corners = [(0, 0), (x, 0), (0, y), (x, y), (round(x / 2), round(y / 2))]",
        `boxes = [(x, y, x + ${crop}, y + ${crop}) for x, y in corners]`,
        `both = [${image}, PIL.ImageOps.mirror(${image})]`,
        "pixels = np.stack([np.asarray(picture.crop(box), np.float32) for picture in both for box in boxes])",
      ];
  }
}
