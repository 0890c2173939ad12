import { Command } from "commander";
import type { EngineName } from "../compute/engine.js";
import { InputError, UsageError } from "../core/errors.js";

interface EncodeFlags {
  model: string;
  features: string;
  out: string;
  packed: boolean;
  relaxed: boolean;
  engine?: EngineName;
  json: boolean;
}

const EXAMPLES = `
Examples:
  $ hashbook encode --model model/ --features f.npy --out codes.npy
  $ hashbook encode --model model/ --features f.npy --out codes.npy --packed

Writes int8 (n, bits) of -1/+1; with --packed uint8 (n, ceil(bits/8)) as numpy.packbits; with --relaxed float32
(n, bits), the real values whose signs the codes are.`;

/** `hashbook encode`: hash codes of features. */
export function encodeCommand(): Command {
  return new Command("encode")
    .description("turn features into hash codes with a trained head")
    .requiredOption("--model <folder>", "what `train` wrote")
    .requiredOption("--features <file>", "float32 (n, dim), .npy")
    .requiredOption("--out <file>", "codes to write, .npy")
    .option("--packed", "write bytes, eight bits each", false)
    .option("--relaxed", "write relaxed codes", false)
    .option("--engine <name>", "cpu, webgpu, cuda, tensorflow, wasm or tfjs-webgpu; default: the best that is there")
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(encode);
}

async function encode({ model, features: file, out, packed, relaxed, engine: name, json }: EncodeFlags): Promise<void> {
  if (packed && relaxed) throw new UsageError("--packed and --relaxed exclude each other");
  const { binarize } = await import("../codes/binarize.js");
  const { packCodes } = await import("../codes/packed-codes.js");
  const { openEngine } = await import("../compute/engine.js");
  const { writeNpy } = await import("../core/npy.js");
  const { readFeatures } = await import("../features/features-file.js");
  const { encodeFeatures } = await import("../hashing/encode.js");
  const { loadHead } = await import("../hashing/head-file.js");
  const head = await loadHead(model);
  const features = await readFeatures(file);
  const { bits, inputDim } = head.config;
  if (features.shape[1] !== inputDim) {
    throw new InputError("the features do not fit the model", {
      file,
      expected: `shape (n, ${inputDim}), as ${model} was trained on`,
      actual: `shape (${features.shape.join(", ")})`,
    });
  }
  const started = performance.now();
  const h = await encodeFeatures(await openEngine({ engine: name }), head, features);
  if (relaxed) await writeNpy(out, h);
  else if (packed) {
    const codes = packCodes(binarize(h));
    await writeNpy(out, { data: codes.data, shape: [codes.count, codes.bytesPerCode] });
  } else await writeNpy(out, binarize(h));
  const seconds = (performance.now() - started) / 1000;
  const items = features.shape[0];
  const text = `encoded ${items} items in ${bits} bits, ${seconds.toFixed(1)} s, in ${out}`;
  process.stdout.write(`${json ? JSON.stringify({ out, items, bits, seconds }) : text}\n`);
}
