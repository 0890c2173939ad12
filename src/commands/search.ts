import { Command } from "commander";
import type { PackedCodes } from "../codes/packed-codes.js";
import { MAX_BITS } from "../codes/packed-codes.js";
import type { EngineName } from "../compute/engine.js";
import { InputError, UsageError } from "../core/errors.js";
import type { BackboneFlags } from "../embedding/model-backbone.js";
import { backboneOf } from "../embedding/model-backbone.js";
import { checkOneModel, readCodesIds } from "../features/codes-sidecar.js";
import type { Truncated } from "../images/preprocessing.js";
import type { TopK } from "../ranking/hamming-ranking.js";
import type { RankingRequest } from "../ranking/ranking-request.js";
import { RANKING_REQUESTS } from "../ranking/ranking-request.js";
import { checkCodesModel } from "./codes-model.js";
import { inputLines } from "./input-notes.js";
import type { CodesFacts, KnownCodes } from "./known-codes.js";
import { lookAtCodes, readKnownCodes } from "./known-codes.js";
import { METHOD_FILE, openModel } from "./model-option.js";
import { oneOf, wholeNumber } from "./numbers.js";
import { rowNames } from "./row-names.js";
import { nearestInFile } from "./search-nearest.js";
import { TRUNCATED_AS_MODEL } from "./truncated-option.js";

interface SearchFlags extends BackboneFlags {
  model?: string;
  method?: string;
  database: string;
  query?: string[];
  queryCodes?: string;
  top: number;
  bits?: number;
  ids?: string;
  data?: string;
  truncated?: Truncated;
  engine?: EngineName;
  threads?: number;
  ranking?: RankingRequest;
  json: boolean;
}

const EXAMPLES = `
Examples:
  $ hashbook search --model model/ --data work/ --database codes.npy --query shoe.png bag.jpg --top 5
  $ hashbook search --database codes.npy --query-codes q.npy --top 100 --json

The database holds codes as \`encode\` writes them; results are named by the ids that \`encode --data\` wrote beside them, or
those of --data or --ids, of a study's run or a folder of \`export\` by their ids.txt, else by their rows; nearest first, ties by ascending row. Images that \`extract\` could not read
are not found, where the data folder is named or the codes lie in it. Images go through the backbone whose features the model was trained on.`;

/** `hashbook search`: the nearest items of a database of codes, for images or for codes. */
export function searchCommand(): Command {
  return new Command("search")
    .description("find the nearest images by Hamming distance")
    .requiredOption("--database <file>", "codes to search in, .npy")
    .option("--model <folder>", "what `train` wrote; needed with --query")
    .option(...METHOD_FILE)
    .option("--query <images...>", "image files to search for")
    .option("--query-codes <file>", "codes to search for instead of images, .npy")
    .option("--top <k>", "results a query", wholeNumber(1), 10)
    .option(
      "--bits <K>",
      `bits of a code, 1..${MAX_BITS}; needed for packed codes without --model`,
      wholeNumber(1, MAX_BITS),
    )
    .option(
      "--data <folder>",
      "data folder of the database's codes: results are named by its ids; default: those beside the codes",
    )
    .option("--ids <file>", "names of the rows, a line each, of a database from elsewhere")
    .option("--backbone <name>", "network of the features, or the path of an .onnx file; default: as head.json says")
    .option("--layer <name>", "where they were taken; default: as head.json says")
    .option("--output <name>", "of an .onnx file: the tensor that is the feature; default: as head.json says")
    .option("--weights <file>", "other weights of that network, .safetensors")
    .option(...TRUNCATED_AS_MODEL)
    .option("--engine <name>", "cpu, webgpu, cuda, tensorflow, wasm or tfjs-webgpu; default: the best that is there")
    .option("--threads <N>", "threads that search; default: all cores", wholeNumber(1, 256))
    .option("--ranking <name>", `what searches: ${RANKING_REQUESTS.join(", ")}; default: auto`, oneOf(RANKING_REQUESTS))
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(search);
}

async function search(flags: SearchFlags): Promise<void> {
  if ((flags.query === undefined) === (flags.queryCodes === undefined)) {
    throw new UsageError("say what to search for", { expected: "either --query or --query-codes" });
  }
  if (flags.query !== undefined && flags.model === undefined) {
    throw new UsageError("images need a model that makes codes of them", { expected: "--model DIR with --query" });
  }
  if (flags.data !== undefined && flags.ids !== undefined) {
    throw new UsageError("--data and --ids both name the rows", { expected: "one of them" });
  }
  const bits = flags.bits ?? (await modelBits(flags));
  const known = await lookAtCodes(flags.database, bits);
  const { names, unchecked: unnamed, unread } = await rowNames(flags, known);
  const unmade = known.sidecar === undefined ? [`${known.file} does not say which model made its codes`] : [];
  const unchecked = [...unmade, ...unnamed];
  const asked = await queriesOf(flags, known, bits);
  const { codes: queries } = asked;
  const notes = { unchecked, converted: [...known.converted, ...asked.converted] };
  if (flags.queryCodes !== undefined && asked.sidecar === undefined) {
    unchecked.push(`${flags.queryCodes} does not say which model made its codes`);
  }
  const { codes: database } = known;
  if (queries.bits !== database.bits) {
    throw new InputError("the database does not fit what is searched for", {
      file: flags.database,
      expected: `codes of ${queries.bits} bits`,
      actual: `${database.bits}`,
    });
  }
  const { top: k, threads, ranking } = flags;
  const top = await nearestInFile(known, queries, { k, threads, ranking, without: unread });
  const queryIds = asked.sidecar === undefined ? undefined : await readCodesIds(flags.queryCodes!, asked.sidecar);
  const results = resultsOf(top, { files: flags.query, queryIds, ids: names });
  const facts = { database: database.count, bits: database.bits, unread: unread.length };
  const document = { ...facts, top: top.indices.shape[1], results, ...notes };
  process.stdout.write(`${flags.json ? JSON.stringify(document) : resultsText(results)}\n`);
  if (flags.json) return;
  if (unread.length > 0) process.stderr.write(`${unread.length} images could not be read: they are not found\n`);
  for (const line of inputLines(notes)) process.stderr.write(`${line}\n`);
  if (names === undefined) process.stderr.write("results are rows: --data or --ids would name them\n");
}

/** Codes to search for, made by the model that made the database's, as far as these say so. */
async function queriesOf(
  flags: SearchFlags,
  database: CodesFacts,
  bits: number | undefined,
): Promise<Pick<KnownCodes, "codes" | "sidecar" | "converted">> {
  const { query: images, queryCodes, model } = flags;
  if (images === undefined) {
    const queries = await readKnownCodes(queryCodes!, bits);
    checkOneModel(queries, database);
    return queries;
  }
  await checkCodesModel(database, model!);
  return { codes: await codesOfImages(flags, images), converted: [] };
}

async function modelBits({ model, method }: SearchFlags): Promise<number | undefined> {
  if (model === undefined) return undefined;
  const { modelGraph } = await import("../hashing/hash-model.js");
  return modelGraph(await openModel(model, method)).bits;
}

async function codesOfImages(flags: SearchFlags, files: string[]): Promise<PackedCodes> {
  const { openEngine } = await import("../compute/engine.js");
  const { openEmbedder } = await import("../embedding/open-embedder.js");
  const { givesCodes } = await import("../hashing/hash-model.js");
  const model = await openModel(flags.model!, flags.method);
  if (!givesCodes(model)) {
    throw new UsageError("the model gives real values, no codes, so nothing can be found by Hamming distance", {
      expected: "a model of a method whose output is codes",
    });
  }
  const opened = await backboneOf(flags.model!, flags);
  const { truncated = opened.preprocessing.truncated } = flags;
  const backbone = { ...opened, preprocessing: { ...opened.preprocessing, truncated } };
  const engine = await openEngine({ engine: flags.engine, precision: backbone.quantization?.precision });
  const embedder = await openEmbedder({ backbone, model }, { engine });
  try {
    return (await embedder.embedAll(files)).codes!; // the model gives codes
  } finally {
    await embedder.close();
  }
}

interface SearchResults {
  /** The image searched for, or the row of the query's code. */
  readonly query: string | number;
  /** The id of that row, where it is known. */
  readonly id?: string;
  readonly nearest: readonly { readonly index: number; readonly distance: number; readonly id?: string }[];
}

/** What queries and rows of the database are called, as far as that is known. */
interface Names {
  /** Images searched for. */
  readonly files?: readonly string[];
  readonly queryIds?: readonly string[];
  readonly ids?: readonly string[];
}

function resultsOf(top: TopK, { files, queryIds, ids }: Names): SearchResults[] {
  const [queries, k] = top.indices.shape;
  return Array.from({ length: queries }, (_, q) => ({
    query: files?.[q] ?? q,
    ...(queryIds === undefined ? {} : { id: queryIds[q] }),
    nearest: Array.from({ length: k }, (_, place) => {
      const index = top.indices.data[q * k + place];
      const distance = top.distances.data[q * k + place];
      return ids === undefined ? { index, distance } : { index, distance, id: ids[index] };
    }),
  }));
}

function resultsText(results: readonly SearchResults[]): string {
  const lines = results.flatMap(({ query, id: queryId, nearest }) => [
    queryId ?? (typeof query === "number" ? `query ${query}` : query),
    ...nearest.map(({ index, distance, id }) => `  distance ${distance}  ${id ?? `row ${index}`}`),
  ]);
  return lines.join("\n");
}
