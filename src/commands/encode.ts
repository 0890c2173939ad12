import { Command } from "commander";
import type { EngineName } from "../compute/engine.js";
import { InputError, UsageError } from "../core/errors.js";
import { checkMadeAlike } from "./model-backbone.js";
import { oneOf } from "./numbers.js";

interface EncodeFlags {
  model: string;
  features: string;
  out: string;
  packed: boolean;
  relaxed: boolean;
  failed: "refuse" | "mean";
  engine?: EngineName;
  json: boolean;
}

const EXAMPLES = `
Examples:
  $ hashbook encode --model model/ --features f.npy --out codes.npy
  $ hashbook encode --model model/ --features f.npy --out codes.npy --packed

Writes int8 (n, bits) of -1/+1; with --packed uint8 (n, ceil(bits/8)) as numpy.packbits; with --relaxed float32
(n, bits), the real values whose signs the codes are. Rows stay rows: where \`extract\` could not read an image, either
nothing is encoded, or, with --failed mean, that row gets the code of the mean feature.`;

/** `hashbook encode`: hash codes of features. */
export function encodeCommand(): Command {
  return new Command("encode")
    .description("turn features into hash codes with a trained head")
    .requiredOption("--model <folder>", "what `train` wrote")
    .requiredOption("--features <file>", "float32 (n, dim), .npy")
    .requiredOption("--out <file>", "codes to write, .npy")
    .option("--packed", "write bytes, eight bits each", false)
    .option("--relaxed", "write relaxed codes", false)
    .option("--failed <how>", "images that could not be read: refuse or mean", oneOf(["refuse", "mean"]), "refuse")
    .option("--engine <name>", "cpu, webgpu, cuda, tensorflow, wasm or tfjs-webgpu; default: the best that is there")
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(encode);
}

async function encode(flags: EncodeFlags): Promise<void> {
  const { model, features: file, out, packed, relaxed, engine: name, json } = flags;
  if (packed && relaxed) throw new UsageError("--packed and --relaxed exclude each other");
  const { binarize } = await import("../codes/binarize.js");
  const { packCodes } = await import("../codes/packed-codes.js");
  const { openEngine } = await import("../compute/engine.js");
  const { writeNpy } = await import("../core/npy.js");
  const { readFeatures, readIncompleteFeatures } = await import("../features/features-file.js");
  const { encodeFeatures } = await import("../hashing/encode.js");
  const { loadHead } = await import("../hashing/head-file.js");
  const head = await loadHead(model);
  const complete = async () => ({ features: await readFeatures(file), failed: new Int32Array(0) });
  const { features, failed } = await (flags.failed === "mean" ? readIncompleteFeatures(file) : complete());
  const { bits, inputDim } = head.config;
  if (features.shape[1] !== inputDim) {
    throw new InputError("the features do not fit the model", {
      file,
      expected: `shape (n, ${inputDim}), as ${model} was trained on`,
      actual: `shape (${features.shape.join(", ")})`,
    });
  }
  await checkMadeAlike(model, file);
  const started = performance.now();
  const h = await encodeFeatures(await openEngine({ engine: name }), head, features);
  if (relaxed) await writeNpy(out, h);
  else if (packed) {
    const codes = packCodes(binarize(h));
    await writeNpy(out, { data: codes.data, shape: [codes.count, codes.bytesPerCode] });
  } else await writeNpy(out, binarize(h));
  const seconds = (performance.now() - started) / 1000;
  const items = features.shape[0];
  const filled = failed.length === 0 ? "" : `; ${failed.length} could not be read and have the mean feature's code`;
  const text = `encoded ${items} items in ${bits} bits, ${seconds.toFixed(1)} s, in ${out}${filled}`;
  process.stdout.write(`${json ? JSON.stringify({ out, items, bits, seconds, failed: [...failed] }) : text}\n`);
}
