import { readFile } from "node:fs/promises";
import { Command } from "commander";
import type { ChallengeSet } from "../challenge/challenge-set.js";
import type { RankGalleryOptions } from "../challenge/gallery-ranker.js";
import type { QueryExpansion } from "../challenge/query-expansion.js";
import { RANKING_NAMES } from "../challenge/ranking-name.js";
import { MAX_BITS } from "../codes/packed-codes.js";
import type { EngineName } from "../compute/engine.js";
import { InputError, UsageError } from "../core/errors.js";
import { writeAlone } from "../core/output-files.js";
import { checkOverwritesNothing } from "../core/overwriting.js";
import { checkReadable } from "../core/readable-files.js";
import type { ChallengeFlags } from "./challenge-items.js";
import { readChallengeItems } from "./challenge-items.js";
import { addDigixOptions } from "./digix-options.js";
import { foldOption } from "./fold-option.js";
import { inputLines } from "./input-notes.js";
import { numberAbove, oneOf, wholeNumber } from "./numbers.js";
import type { SubmissionFlags } from "./submission-sides.js";

interface SubmitFlags extends ChallengeFlags, SubmissionFlags {
  shortlist?: number;
  augment?: number;
  augmentAlpha?: number;
  expand?: number;
  expandAlpha?: number;
  reciprocal: boolean;
  k1?: number;
  k2?: number;
  lambda?: number;
  out: string;
  engine?: EngineName;
  json: boolean;
}

const EXAMPLES = `
Examples:
  $ hashbook submit --codes codes.npy --data work/ --out submission.csv
  $ hashbook submit --codes codes.npy --relaxed-codes relaxed.npy --dataset digix-test-a --ranking asymmetric \\
      --expand 3 --out submission.csv
  $ hashbook submit --codes codes.npy --data work/ --ranking features --augment 3 --shortlist 200 \\
      --reciprocal --out submission.csv
  $ hashbook submit --codes codes.npy --dataset digix --fold 1/5 --out fold-1.csv

Writes query.jpg,{g1.jpg,...,g10.jpg} for each query, in one step, checked before and read again after. Rows of all
files are the rows of the dataset; codes of \`encode --data\` are checked to be. Features of images that failed.csv beside them lists are the mean of the others.
Rankings: hamming (codes), asymmetric (relaxed codes of the queries, codes of the gallery), euclidean and cosine (relaxed
codes), features (cosine). With --shortlist N only the N nearest by Hamming distance are ranked. --augment averages gallery
images (hash codes: the majority of each bit) with their nearest in the gallery; --expand searches again with queries averaged with what they
found; --reciprocal re-ranks by k-reciprocal neighbours (with a short list: among
these; else among all images). Ties go to the earlier gallery image.
A model that was trained on queries or gallery images of the challenge, or fitted to its queries, is refused, as far as the
codes say it: train with the same --fold.`;

/** `hashbook submit`: the ten best gallery images of each query, as the challenge wants them. */
export function submitCommand(): Command {
  return addDigixOptions(new Command("submit"))
    .description("rank a challenge's gallery and write the submission")
    .option("--codes <file>", "hash codes of all images, .npy; default: the signs of the relaxed codes")
    .option("--relaxed-codes <file>", "relaxed codes of all images, numbers (n, bits), .npy")
    .option("--features <file>", "features of all images from elsewhere, numbers (n, dim), .npy")
    .option("--bits <K>", `bits of a code, 1..${MAX_BITS}; needed for packed codes`, wholeNumber(1, MAX_BITS))
    .option("--data <folder>", "data folder of the test part, or of labelled data with --fold; its features")
    .option("--dataset <name>", "test part (digix-test-a, ...), or labelled data with --fold, instead of --data")
    .option("--root <folder>", "where the dataset is; default: its usual place")
    .option("--fold <i/n>", "queries and gallery of fold i of n of labelled data", foldOption)
    .option("--fold-seed <n>", "of the deal of products to folds; default 0", wholeNumber(0))
    .option("--ranking <name>", RANKING_NAMES.join(", "), oneOf(RANKING_NAMES), "hamming")
    .option("--shortlist <N>", "rank only the N nearest by Hamming distance, at least 10", wholeNumber(10))
    .option("--augment <k>", "average each gallery image with its k nearest in the gallery before", wholeNumber(1))
    .option("--augment-alpha <a>", "weigh those by their cosine to the power of a; default: all equal", numberAbove(0))
    .option("--expand <k>", "average each query with its k best and search again", wholeNumber(1))
    .option("--expand-alpha <a>", "weigh those by their cosine to the power of a; default: all equal", numberAbove(0))
    .option("--reciprocal", "re-rank by k-reciprocal neighbours", false)
    .option("--k1 <n>", "neighbours of --reciprocal; default 20", wholeNumber(1))
    .option("--k2 <n>", "neighbours averaged by --reciprocal; default 6", wholeNumber(1))
    .option("--lambda <x>", "weight of the original distance in --reciprocal, above 0; default 0.3", numberAbove(0, 1))
    .option("--allow-seen", "go on where the model has seen products of the challenge, and say so", false)
    .requiredOption("--out <file>", "the submission, .csv; how it was made goes into a .json beside it")
    .option("--engine <name>", "cpu, webgpu, cuda, tensorflow, wasm or tfjs-webgpu; default: the best that is there")
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(submit);
}

async function submit(flags: SubmitFlags): Promise<void> {
  checkFlags(flags);
  await checkOutput(flags);
  // Opening a dataset may take minutes: what is refused sooner comes first.
  await checkReadable({ codes: flags.codes, "relaxed codes": flags.relaxedCodes, features: flags.features });
  const { checkNotePlace, noteFile, writeSubmissionNote } = await import("../challenge/submission-note.js");
  await checkNotePlace(flags.out);
  const { challengeSet } = await import("../challenge/challenge-set.js");
  const { terminalProgress } = await import("../notebook/progress.js");
  const onProgress = terminalProgress();
  const known = await readChallengeItems(flags);
  const set = challengeSet(known.items, flags);
  const { readSubmissionSides } = await import("./submission-sides.js");
  const { sides, seen, ...notes } = await readSubmissionSides(flags, set, known);
  const { rankGallery } = await import("../challenge/rank-gallery.js");
  const { openEngine } = await import("../compute/engine.js");
  const engine = await openEngine({ engine: flags.engine });
  const started = performance.now();
  const method = methodOf(flags);
  const ranked = await rankGallery(sides, { ...method, engine, onProgress });
  const seconds = (performance.now() - started) / 1000;
  const { names, title, synthetic } = set;
  await writeAlone([flags.out, noteFile(flags.out)], async () => {
    await writeChecked(flags.out, ranked, set);
    await writeSubmissionNote(flags.out, { dataset: title, synthetic, method, seen, unchecked: notes.unchecked });
  });
  const counts = { queries: names.queries.length, gallery: names.gallery.length, places: ranked.shape[1] };
  const document = {
    out: flags.out,
    dataset: title,
    synthetic,
    ...counts,
    method,
    seconds,
    ...(seen.length === 0 ? {} : { seen }),
    ...notes,
  };
  const made = `wrote ${counts.queries} lines of ${counts.places} of ${counts.gallery} gallery images to ${flags.out}`;
  const drawn = synthetic ? "\nThese are SYNTHETIC images: a score on them says nothing of the challenge." : "";
  const { seenLines } = await import("../features/seen-parts.js");
  const said = [...seenLines(seen), ...inputLines(notes)].map(line => `\n${line}`);
  const note = `${drawn}${said.join("")}`;
  process.stdout.write(
    `${flags.json ? JSON.stringify(document) : `${title}: ${made}, ranked in ${seconds.toFixed(1)} s${note}`}\n`,
  );
}

/** @throws {UsageError} when the submission would be written over what it is made from */
async function checkOutput(flags: SubmitFlags): Promise<void> {
  const { noteFile } = await import("../challenge/submission-note.js");
  const { filesOfArray, filesOfCodes, filesOfData, pathsOfDataset } = await import("./read-files.js");
  const { inputs, folders } = await pathsOfDataset(flags.dataset, flags.root);
  const codes = { "--codes": filesOfCodes(flags.codes), "--relaxed-codes": filesOfCodes(flags.relaxedCodes) };
  const arrays = { "--features": filesOfArray(flags.features), "--data": filesOfData(flags.data) };
  const list = { "--merge-products": flags.mergeProducts };
  await checkOverwritesNothing(
    { "--out": [flags.out, noteFile(flags.out)] },
    { ...inputs, ...codes, ...arrays, ...list },
    { folders },
  );
}

/** @throws {UsageError} for options that do not go together, before anything is read */
function checkFlags(flags: SubmitFlags): void {
  const { ranking, codes, relaxedCodes, features, shortlist, expand, expandAlpha, reciprocal } = flags;
  const hasCodes = codes !== undefined || relaxedCodes !== undefined;
  if ((ranking !== "features" || shortlist !== undefined) && !hasCodes) {
    throw new UsageError(shortlist === undefined ? `--ranking ${ranking} needs codes` : "--shortlist needs codes", {
      expected: "--codes or --relaxed-codes",
    });
  }
  const relaxed = ranking === "asymmetric" || ranking === "euclidean" || ranking === "cosine";
  if (relaxed && relaxedCodes === undefined) {
    throw new UsageError(`--ranking ${ranking} needs --relaxed-codes`, { expected: "what `encode --relaxed` wrote" });
  }
  if (ranking === "features" && features === undefined && flags.data === undefined) {
    throw new UsageError("--ranking features needs --data or --features");
  }
  if (features !== undefined && flags.data !== undefined) {
    throw new UsageError("--data brings its features", { expected: "--features without --data" });
  }
  if (ranking !== "features" && features !== undefined) {
    throw new UsageError(`--ranking ${ranking} does not use --features`, {
      expected: "--ranking features with --features (among the nearest by codes alone: with --shortlist)",
    });
  }
  const forCodes = codes === undefined && (ranking === "hamming" || shortlist !== undefined);
  if (relaxedCodes !== undefined && !relaxed && !forCodes) {
    throw new UsageError(`--ranking ${ranking} does not use --relaxed-codes`, {
      expected: "asymmetric, euclidean or cosine as --ranking, or no --codes, which their signs then are",
    });
  }
  if (expandAlpha !== undefined && expand === undefined) throw new UsageError("--expand-alpha needs --expand");
  if (flags.augmentAlpha !== undefined && flags.augment === undefined) {
    throw new UsageError("--augment-alpha needs --augment");
  }
  const ofReciprocal = (["k1", "k2", "lambda"] as const).find(name => flags[name] !== undefined);
  if (ofReciprocal !== undefined && !reciprocal) throw new UsageError(`--${ofReciprocal} needs --reciprocal`);
  if (shortlist !== undefined && ranking === "hamming" && expand === undefined && !reciprocal) {
    throw new UsageError("a short list by Hamming distance that is ranked by Hamming distance stays as it is", {
      expected: "another --ranking, --expand or --reciprocal with --shortlist",
    });
  }
}

function methodOf(flags: SubmitFlags): RankGalleryOptions {
  const { ranking, shortlist, augment, augmentAlpha, expand, expandAlpha, reciprocal, k1, k2, lambda } = flags;
  const averaging = (neighbours: number, alpha: number | undefined): QueryExpansion =>
    alpha === undefined ? { neighbours } : { neighbours, alpha };
  return {
    ranking,
    ...(shortlist === undefined ? {} : { shortlist }),
    ...(augment === undefined ? {} : { augmentation: averaging(augment, augmentAlpha) }),
    ...(expand === undefined ? {} : { expansion: averaging(expand, expandAlpha) }),
    ...(reciprocal ? { reciprocal: JSON.parse(JSON.stringify({ k1, k2, lambda })) } : {}), // without what is not given
  };
}

/** Writes the submission, which is checked before, so that nothing invalid takes a file's place, and reads it again. */
async function writeChecked(
  out: string,
  ranked: Parameters<typeof import("../challenge/submission.js").submissionLines>[0],
  { names }: ChallengeSet,
): Promise<void> {
  const { submissionLines, submissionText, writeSubmission } = await import("../challenge/submission.js");
  const { checkSubmission } = await import("../challenge/check-submission.js");
  const lines = submissionLines(ranked, names.queries, names.gallery);
  const content = Buffer.from(submissionText(lines));
  const { faults } = checkSubmission(content, names);
  if (faults.length > 0) throw new InputError("no valid submission can be made", { actual: faults[0].message });
  await writeSubmission(out, lines);
  const written = await readFile(out);
  if (written.equals(content)) return;
  throw new InputError("the file is not what was written", {
    file: out,
    expected: `${content.length} bytes`,
    actual: `${written.length} bytes${written.length === content.length ? ", others" : ""}`,
  });
}
