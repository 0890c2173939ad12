import { Command } from "commander";
import { UsageError } from "../core/errors.js";
import type { ExportFlags } from "./export-flags.js";
import { METHOD_FILE } from "./model-option.js";
import { wholeNumber } from "./numbers.js";

const EXAMPLES = `
Examples:
  $ hashbook export --model model/ --data work/ --codes codes.npy --out for-python/
  $ cd for-python && python search.py picture.jpg                  # the lines of its README.md
  $ hashbook export --model model/ --backbone resnet50 --out resnet50-48bit.onnx
  $ python -c "import onnxruntime as ort; print(ort.InferenceSession('resnet50-48bit.onnx').get_inputs()[0])"

--out that ends in .onnx is one file; any other name is a folder to hand over: model.onnx, preprocess.json, with --codes (and
--data, where they do not lie in it) codes.npy as numpy.packbits has them, ids.txt, labels.npy, classes.json, and README.md with
lines of Python (onnxruntime, Pillow, NumPy) that find what \`hashbook search\` finds. Pictures that could not be read are left out.
--data alone takes the codes of \`extract --model\` that lie there; without both, the folder makes codes and searches nothing.

The file takes pixels (batch, 224, 224, 3), red green blue 0 to 255 as float32, resized and cropped as its metadata
entry "preprocessing" says, and gives code (batch, bits) of -1 and +1, z whose signs they are, and feature; of a model whose method gives real
values, embedding (batch, bits) and feature. It takes one square of a picture, the middle; the folder's model takes all views and
scales of the features that it was trained on. A backbone that is an .onnx file is joined with the head, weights and all (2 GB
at most), and the result is checked against the separate parts before it is written.`;

/** `hashbook export`: backbone, head and sign as one ONNX file, or a folder that finds pictures without hashbook. */
export function exportCommand(): Command {
  return new Command("export")
    .description("write backbone, head and sign as one ONNX file, or with codes and ids as a folder for Python")
    .requiredOption("--model <folder>", "what `train` wrote")
    .option(...METHOD_FILE)
    .requiredOption("--out <path>", "the .onnx file to write, or by any other name a folder")
    .option("--data <folder>", "of a folder: data folder of the codes, for ids and labels")
    .option("--codes <file>", "of a folder: codes that are searched in, .npy, made by the model")
    .option("--backbone <name>", "network of the features, or the path of an .onnx file; default: as head.json says")
    .option("--layer <name>", "where they were taken: pool, layer4, layer3, norm5; default: as head.json says")
    .option("--output <name>", "of an .onnx file: the tensor that is the feature; default: as head.json says")
    .option("--weights <file>", "other weights of that network, .safetensors")
    .option("--batch <images>", "of a file: images a call", wholeNumber(1), 1)
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(write);
}

async function write(flags: ExportFlags): Promise<void> {
  const { out, data, codes, batch } = flags;
  if (!out.toLowerCase().endsWith(".onnx")) {
    if (batch !== 1) {
      throw new UsageError("the lines in a folder take one picture a call", {
        expected: "--batch with an --out that ends in .onnx",
        actual: `--batch ${batch} --out ${out}`,
      });
    }
    const { exportFolder } = await import("./export-folder.js");
    return exportFolder(flags);
  }
  if (data !== undefined || codes !== undefined) {
    throw new UsageError("a file holds no codes", {
      expected: "--out DIR, a folder, with --data and --codes",
      actual: `--out ${out}`,
    });
  }
  const { exportFile } = await import("./export-file.js");
  return exportFile(flags);
}
