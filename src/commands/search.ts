import { Command, Option } from "commander";
import { MAX_BITS } from "../codes/packed-codes.js";
import { InputError, UsageError } from "../core/errors.js";
import { checkReadable } from "../core/readable-files.js";
import { readCodesIds } from "../features/codes-sidecar.js";
import { isGalleryAddress } from "../galleries/gallery-address.js";
import type { RankingRequest } from "../ranking/ranking-request.js";
import { RANKING_REQUESTS } from "../ranking/ranking-request.js";
import { ADDRESS_HELP } from "./gallery-address-help.js";
import { inputLines } from "./input-notes.js";
import { lookAtCodes } from "./known-codes.js";
import { METHOD_FILE } from "./model-option.js";
import { oneOf, wholeNumber } from "./numbers.js";
import { rowNames } from "./row-names.js";
import type { GallerySearchFlags } from "./search-gallery.js";
import { searchInGallery } from "./search-gallery.js";
import { nearestInFile } from "./search-nearest.js";
import { modelBits, queriesOf } from "./search-queries.js";
import { resultsOf, resultsText, sameNumber } from "./search-results.js";
import { TRUNCATED_AS_MODEL } from "./truncated-option.js";

interface SearchFlags extends GallerySearchFlags {
  database?: string;
  codes?: string;
  ids?: string;
  data?: string;
  ranking?: RankingRequest;
}

const EXAMPLES = `
Examples:
  $ hashbook search --model model/ --data work/ --database codes.npy --query shoe.png bag.jpg --top 5
  $ hashbook search --database codes.npy --query-codes q.npy --top 100 --json
  $ hashbook search --model model/ --gallery milvus://localhost:19530/shoes --query shoe.png --class boots sandals
  $ hashbook search --gallery codes.npy --query-codes q.npy --radius 4

The database holds codes as \`encode\` writes them; results are named by the ids that \`encode --data\` wrote beside them, or
those of --data or --ids, of a study's run or a folder of \`export\` by their ids.txt, else by their rows; nearest first, ties by ascending row. Images that \`extract\` could not read
are not found, where the data folder is named or the codes lie in it. Images go through the backbone whose features the model was trained on.

A gallery is what \`gallery push\` has put into Milvus or ClickHouse, or a file of codes with the ids and labels beside it.
${ADDRESS_HELP}`;

/** `hashbook search`: the nearest items of a database of codes, for images or for codes. */
export function searchCommand(): Command {
  return new Command("search")
    .description("find the nearest images by Hamming distance")
    .option("--database <file>", "codes to search in, .npy")
    .addOption(new Option("--codes <file>", "as --database, by the name that the other commands have").hideHelp())
    .option(
      "--gallery <address>",
      "search there instead: milvus://host:port/collection, clickhouse://host:port/table, .npy",
    )
    .option("--radius <r>", "of a gallery: at most --top of those within this distance", wholeNumber(0, MAX_BITS))
    .option("--class <names...>", "of a gallery: only items with one of these classes, by name or number")
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

async function search({ codes, ...given }: SearchFlags): Promise<void> {
  if (codes !== undefined && given.database !== undefined) {
    throw new UsageError("--codes and --database are the same", { expected: "one of them" });
  }
  const flags = { ...given, database: given.database ?? codes };
  checkPlace(flags);
  if ((flags.query === undefined) === (flags.queryCodes === undefined)) {
    throw new UsageError("say what to search for", { expected: "either --query or --query-codes" });
  }
  if (flags.query !== undefined && flags.model === undefined) {
    throw new UsageError("images need a model that makes codes of them", { expected: "--model DIR with --query" });
  }
  if (flags.data !== undefined && flags.ids !== undefined) {
    throw new UsageError("--data and --ids both name the rows", { expected: "one of them" });
  }
  // Before the codes are looked at: what they lack would be named first.
  for (const image of flags.query ?? []) await checkReadable({ "an image to search for": image });
  if (flags.gallery !== undefined) return searchInGallery({ ...flags, gallery: flags.gallery });
  const bits = flags.bits ?? (await modelBits(flags));
  const known = await lookAtCodes(flags.database!, bits); // checkPlace: it is there
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
  const results = resultsOf(sameNumber(top), {
    files: flags.query,
    queryIds,
    ...(names && { idOf: row => names[row] }),
  });
  const facts = { database: database.count, bits: database.bits, unread: unread.length };
  const document = { ...facts, top: top.indices.shape[1], results, ...notes };
  process.stdout.write(`${flags.json ? JSON.stringify(document) : resultsText(results)}\n`);
  if (flags.json) return;
  if (unread.length > 0) process.stderr.write(`${unread.length} images could not be read: they are not found\n`);
  for (const line of inputLines(notes)) process.stderr.write(`${line}\n`);
  if (names === undefined) process.stderr.write("results are rows: --data or --ids would name them\n");
}

/** Flags of a database have no meaning for a gallery, and the other way round. */
function checkPlace({ database, gallery, ...flags }: SearchFlags): void {
  if ((database === undefined) === (gallery === undefined)) {
    throw new UsageError("say where to search", { expected: "either --database FILE or --gallery ADDRESS" });
  }
  const strange = gallery === undefined ? (["radius", "class"] as const) : (["data", "ids", "ranking"] as const);
  const given = strange.find(name => flags[name] !== undefined);
  if (given !== undefined) {
    const [place, other] = gallery === undefined ? ["--database", "--gallery"] : ["--gallery", "--database"];
    throw new UsageError(`--${given} does not go with ${place}`, { expected: `it with ${other}` });
  }
  if (gallery === undefined || !isGalleryAddress(gallery) || flags.threads === undefined) return;
  throw new UsageError("--threads does not go with a gallery in an engine", { expected: "it with a file of codes" });
}
