import { Command } from "commander";
import type { EngineName } from "../compute/engine.js";
import type { NdArray, TypedArray } from "../core/arrays.js";
import { InputError, UsageError } from "../core/errors.js";
import { writeAlone } from "../core/output-files.js";
import { checkOverwritesNothing } from "../core/overwriting.js";
import { ProgressMeter } from "../core/progress.js";
import { checkMadeAlike } from "../embedding/model-backbone.js";
import type { CodesSidecar } from "../features/codes-sidecar.js";
import type { LargeDataFolder } from "../features/data-folder.js";
import type { FeatureRows } from "../features/feature-rows.js";
import type { HashModel } from "../hashing/hash-model.js";
import { stopOnSignal } from "./abort-on-signal.js";
import type { InputNotes } from "./input-notes.js";
import { inputLines } from "./input-notes.js";
import { METHOD_FILE, openModel } from "./model-option.js";
import { oneOf, wholeNumber } from "./numbers.js";

interface EncodeFlags {
  model: string;
  method?: string;
  data?: string;
  features?: string;
  out: string;
  packed: boolean;
  relaxed: boolean;
  failed: "refuse" | "mean";
  engine?: EngineName;
  threads?: number;
  json: boolean;
}

const EXAMPLES = `
Examples:
  $ hashbook encode --model model/ --data work/ --out codes.npy
  $ hashbook encode --model model/ --features f.npy --out codes.npy --packed

Writes int8 (n, bits) of -1/+1; with --packed uint8 (n, ceil(bits/8)) as numpy.packbits; with --relaxed float32
(n, bits), the real values whose signs the codes are. Beside codes.npy, codes.json says of which model and data they are
and codes.ids.txt the ids of the rows; \`evaluate\`, \`search\` and \`submit\` check it. Rows stay rows: where \`extract\` could not read an image, either
nothing is encoded, or, with --failed mean, that row gets the code of the mean feature. Features are read and codes written
as they come: the file may be larger than memory; what is stopped early leaves nothing and is begun anew.`;

/** `hashbook encode`: hash codes of features. */
export function encodeCommand(): Command {
  return new Command("encode")
    .description("turn features into hash codes with a trained head")
    .requiredOption("--model <folder>", "what `train` wrote")
    .option(...METHOD_FILE)
    .option("--data <folder>", "data folder of `extract`")
    .option("--features <file>", "numbers (n, dim), .npy, from elsewhere, instead of --data")
    .requiredOption("--out <file>", "codes to write, .npy")
    .option("--packed", "write bytes, eight bits each", false)
    .option("--relaxed", "write relaxed codes", false)
    .option("--failed <how>", "images that could not be read: refuse or mean", oneOf(["refuse", "mean"]), "refuse")
    .option("--engine <name>", "cpu, webgpu, cuda, tensorflow, wasm or tfjs-webgpu; default: the best that is there")
    .option("--threads <n>", "threads that compute; default: all cores", wholeNumber(1, 256))
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(encode);
}

async function encode(flags: EncodeFlags): Promise<void> {
  const { model, out, packed, relaxed, json } = flags;
  if (packed && relaxed) throw new UsageError("--packed and --relaxed exclude each other");
  const { givesCodes, modelGraph } = await import("../hashing/hash-model.js");
  const { checkSidecarPlace, idsFile, sidecarFile } = await import("../features/codes-sidecar.js");
  const { overlapText } = await import("../datasets/split-overlaps.js");
  const { filesOfArray, filesOfCodes, filesOfData, filesOfModel } = await import("./read-files.js");
  const inputs = { "--data": filesOfData(flags.data), "--features": filesOfArray(flags.features) };
  await checkOverwritesNothing(
    { "--out": filesOfCodes(out) },
    { ...inputs, "--model": filesOfModel(model), "--method": flags.method },
  );
  await checkSidecarPlace(out);
  const made = await openModel(model, flags.method);
  if (!relaxed && !givesCodes(made)) {
    throw new UsageError(`the method of ${model} gives real values, no codes`, { expected: "--relaxed" });
  }
  const source = await sourceOf(flags);
  const { features, unchecked, converted } = source;
  const failed = { refuse: new Int32Array(0), mean: features.failed }[flags.failed];
  const { bits, inputDim } = modelGraph(made);
  if (features.shape[1] !== inputDim) {
    throw new InputError("the features do not fit the model", {
      file: features.file,
      expected: `shape (n, ${inputDim}), as ${model} was trained on`,
      actual: `shape (${features.shape.join(", ")})`,
    });
  }
  await checkMadeAlike(model, features.file);
  const started = performance.now();
  // Codes and what they are go together: another `encode` to the same place writes before or after.
  const files = [out, sidecarFile(out), idsFile(out)] as const;
  const work = (signal: AbortSignal) => writeAlone(files, () => write(flags, source, { made, signal }), { signal });
  if ((await stopOnSignal(work, "nothing is left of the codes")) === undefined) return;
  const seconds = (performance.now() - started) / 1000;
  const items = features.shape[0];
  const filled = failed.length === 0 ? "" : `; ${failed.length} could not be read and have the mean feature's code`;
  const text = `encoded ${items} items in ${bits} bits, ${seconds.toFixed(1)} s, in ${out}${filled}`;
  const overlaps = source.data?.split === undefined ? undefined : overlapText(source.data.split);
  const noted = overlaps === undefined ? {} : { overlaps };
  const document = { out, items, bits, seconds, failed: [...failed], ...noted, unchecked, converted };
  const lines = [text, ...(overlaps === undefined ? [] : [`overlapping roles: ${overlaps}`]), ...inputLines(source)];
  process.stdout.write(`${json ? JSON.stringify(document) : lines.join("\n")}\n`);
}

/** Features to encode, and whose they are. */
interface Source extends InputNotes {
  readonly features: FeatureRows;
  readonly data?: LargeDataFolder;
}

async function sourceOf({ data: folder, features: array }: EncodeFlags): Promise<Source> {
  if ((folder === undefined) === (array === undefined)) {
    throw new UsageError("say what to encode", { expected: "either --data or --features" });
  }
  const { readLargeDataFolder } = await import("../features/data-folder.js");
  const { openFeatureRows } = await import("../features/feature-rows.js");
  const data = folder === undefined ? undefined : await readLargeDataFolder(folder);
  const features = await openFeatureRows(data?.featuresFile ?? array!);
  const { converted } = features;
  if (data !== undefined) return { features, converted, data, unchecked: [] };
  return {
    features,
    converted,
    unchecked: ["the features came as an array: the codes do not say of which items they are"],
  };
}

function partOf({ manifest: { shard } }: LargeDataFolder): { from?: number } {
  return shard === undefined ? {} : { from: shard.rows[0] };
}

/** Codes are written as they are made, in the form asked for; what they are, beside them. */
async function write(
  flags: EncodeFlags,
  { data, features }: Source,
  { made, signal }: { readonly made: HashModel; readonly signal: AbortSignal },
): Promise<true> {
  const { openEngine } = await import("../compute/engine.js");
  const { encodeBlocks } = await import("../hashing/encode.js");
  const { givesCodes, modelGraph } = await import("../hashing/hash-model.js");
  const { writeCodes } = await import("../features/codes-sidecar.js");
  const { lineBlocks } = await import("../features/ids-file.js");
  const { codesModel } = await import("./codes-model.js");
  const { terminalProgress } = await import("../notebook/progress.js");
  const { model, out, packed, relaxed } = flags;
  const rows = features.shape[0];
  const { bits } = modelGraph(made);
  const form = relaxed ? "relaxed" : packed ? "packed" : "codes";
  const { descr, width, valuesOf } = await codesForm(form, bits);
  const of = data === undefined ? {} : { data: data.items, ...partOf(data), classNames: data.classNames };
  const output = givesCodes(made) ? {} : ({ output: "embedding" } as const);
  const sidecar = { form, ...output, rows, bits, model: await codesModel(model), ...of } as const;
  const engine = await openEngine({ engine: flags.engine, threads: flags.threads });
  const meter = new ProgressMeter("codes", rows, "items", terminalProgress());
  const values = async function* (): AsyncGenerator<TypedArray> {
    let done = 0;
    for await (const h of encodeBlocks(features.blocks({ unread: flags.failed }), made, { engine, signal })) {
      yield valuesOf(h);
      done += h.shape[0];
      meter.report(done);
    }
  };
  await writeCodes(
    out,
    { shape: [rows, width], descr, values: values() },
    sidecar,
    data === undefined ? undefined : lineBlocks(data.idsFile),
  );
  return true;
}

/** How codes of a form are stored: type, values a row, and what becomes of relaxed codes, (some, bits). */
interface StoredForm {
  readonly descr: string;
  readonly width: number;
  valuesOf(relaxed: NdArray<Float32Array>): TypedArray;
}

async function codesForm(form: CodesSidecar["form"], bits: number): Promise<StoredForm> {
  const { binarize } = await import("../codes/binarize.js");
  const { packCodes } = await import("../codes/packed-codes.js");
  const forms: Readonly<Record<CodesSidecar["form"], StoredForm>> = {
    codes: { descr: "|i1", width: bits, valuesOf: h => binarize(h).data },
    packed: { descr: "|u1", width: Math.ceil(bits / 8), valuesOf: h => packCodes(binarize(h)).data },
    relaxed: { descr: "<f4", width: bits, valuesOf: h => h.data },
  };
  return forms[form];
}
