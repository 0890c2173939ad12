import { Command } from "commander";
import { checkOverwritesNothing } from "../core/overwriting.js";
import type { BackboneFlags } from "../embedding/model-backbone.js";
import { backboneOf } from "../embedding/model-backbone.js";
import { METHOD_FILE, openModel } from "./model-option.js";
import { wholeNumber } from "./numbers.js";

interface ExportFlags extends BackboneFlags {
  model: string;
  method?: string;
  out: string;
  batch: number;
  json: boolean;
}

const EXAMPLES = `
Examples:
  $ hashbook export --model model/ --backbone resnet50 --out resnet50-48bit.onnx
  $ python -c "import onnxruntime as ort; print(ort.InferenceSession('resnet50-48bit.onnx').get_inputs()[0])"

The model takes pixels (batch, 224, 224, 3), red green blue 0 to 255 as float32, resized and cropped as its metadata
entry "preprocessing" says, and gives code (batch, bits) of -1 and +1, z whose signs they are, and feature; of a model whose method gives real
values, embedding (batch, bits) and feature. A backbone that is an .onnx file is joined with the head, weights and all (2 GB
at most), and the result is checked against the separate parts before it is written.`;

/** `hashbook export`: backbone, head and sign as one ONNX file. */
export function exportCommand(): Command {
  return new Command("export")
    .description("write backbone, head and sign as one ONNX file: pixels in, code out")
    .requiredOption("--model <folder>", "what `train` wrote")
    .option(...METHOD_FILE)
    .requiredOption("--out <file>", "the .onnx file to write")
    .option("--backbone <name>", "network of the features, or the path of an .onnx file; default: as head.json says")
    .option("--layer <name>", "where they were taken: pool, layer4, layer3, norm5; default: as head.json says")
    .option("--output <name>", "of an .onnx file: the tensor that is the feature; default: as head.json says")
    .option("--weights <file>", "other weights of that network, .safetensors")
    .option("--batch <images>", "images a call", wholeNumber(1), 1)
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(exportFile);
}

async function exportFile(flags: ExportFlags): Promise<void> {
  const { writeOutput } = await import("../core/output-files.js");
  const { checkExport } = await import("../hashing/check-export.js");
  const { exportModel } = await import("../hashing/export-model.js");
  const { modelGraph } = await import("../hashing/hash-model.js");
  const { filesOfModel } = await import("./read-files.js");
  const { model, out, batch, json } = flags;
  const { backbone: network, weights, method } = flags;
  await checkOverwritesNothing(
    { "--out": out },
    { "--model": filesOfModel(model), "--backbone": network, "--weights": weights, "--method": method },
  );
  const made = await openModel(model, flags.method);
  const opened = await backboneOf(model, flags);
  const { views = "centre", ...oneView } = opened.preprocessing;
  if (views !== "centre") {
    const trained = typeof views === "string" ? views : "random views";
    process.stderr.write(
      `the model was trained on features of ${trained}; the file takes one picture, the centre crop\n`,
    );
  }
  const backbone = { ...opened, preprocessing: oneView };
  const exported = exportModel(backbone, made, { batch });
  const { bytes, nodes } = exported;
  const isJoined = backbone.graph !== undefined;
  if (backbone.quantization !== undefined) {
    process.stderr.write(
      "the file computes in int8: on x86 processors without VNNI onnxruntime needs the session option\n" +
        "session.x64quantprecision = 1, without which sums of products overflow there\n",
    );
  }
  const difference = isJoined ? { difference: await checkExport(exported, backbone, made) } : {};
  await writeOutput(out, bytes);
  const { bits } = modelGraph(made);
  const precision = backbone.quantization?.precision ?? "fp32";
  const report = { out, backbone: backbone.name, precision, bits, batch, bytes: bytes.length, nodes, ...difference };
  const checked = isJoined ? "; checked on noise: the codes of backbone and head one after the other" : "";
  const text = `wrote ${out}: ${backbone.name}, ${bits} bits, ${(bytes.length / 1e6).toFixed(1)} MB${checked}`;
  process.stdout.write(`${json ? JSON.stringify(report) : text}\n`);
}
