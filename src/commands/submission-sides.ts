import { dirname } from "node:path";
import type { ChallengeSet } from "../challenge/challenge-set.js";
import type { GalleryRanking } from "../challenge/ranking-name.js";
import { binarize } from "../codes/binarize.js";
import type { PackedCodes } from "../codes/packed-codes.js";
import { packCodes } from "../codes/packed-codes.js";
import type { NdArray } from "../core/arrays.js";
import { rowsInPlace } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import type { CodesModel, CodesSidecar } from "../features/codes-sidecar.js";
import { readCodesSidecar } from "../features/codes-sidecar.js";
import { readFeatureManifest } from "../features/feature-manifest.js";
import { readIncompleteFeatures, readStoredFeatures } from "../features/features-file.js";
import { madeAs } from "../features/made-alike.js";
import type { SeenPart } from "../features/seen-parts.js";
import { checkNew } from "../features/seen-parts.js";
import type { Side, Sides } from "../ranking/side.js";
import { takeSide } from "../ranking/side.js";
import type { KnownItems } from "./challenge-items.js";
import { checkCodesOfItems, originOfItems } from "./challenge-items.js";
import type { FoldFlag } from "./fold-option.js";
import type { InputNotes } from "./input-notes.js";
import { readKnownCodes } from "./known-codes.js";
import type { Novelty } from "./seen.js";
import { noveltyOf } from "./seen.js";

/** What the command line says of the images' codes and features. */
export interface SubmissionFlags {
  readonly codes?: string;
  readonly relaxedCodes?: string;
  readonly features?: string;
  readonly bits?: number;
  readonly ranking: GalleryRanking;
  readonly fold?: FoldFlag;
  readonly foldSeed?: number;
  /** Rank products that the model has seen, and say so. Default: refuse. */
  readonly allowSeen: boolean;
}

/** What is ranked. */
export interface SubmissionInput extends InputNotes {
  readonly sides: Sides;
  /** Queries and gallery images that a model has seen, where that is allowed. */
  readonly seen: readonly SeenPart[];
}

/** Something read, what made it has seen, and what is said of it. */
interface Checked<T> extends Novelty, InputNotes {
  readonly value?: T;
}

const NOTHING: Novelty & InputNotes = { seen: [], unchecked: [], converted: [] };

/**
 * Reads what there is of the queries and of the gallery, checked to be of the challenge's images.
 * @throws {InputError} when a file is damaged or of other images, or products were seen in training and nobody allows it
 */
export async function readSubmissionSides(
  flags: SubmissionFlags,
  set: ChallengeSet,
  known: KnownItems,
): Promise<SubmissionInput> {
  const { rows } = set;
  const judge = judgeOf(flags, set, known);
  const relaxed = await relaxedCodesOf(flags, known, judge);
  const packed = await codesOf(flags, known, judge);
  const features: Checked<NdArray<Float32Array>> = (await featuresOf(flags, known, judge)) ?? NOTHING;
  const signs =
    packed.value === undefined && relaxed.value !== undefined ? packCodes(binarize(relaxed.value)) : undefined;
  const codes = packed.value ?? signs;
  const all: Side = {
    ...(codes === undefined ? {} : { codes }),
    ...(relaxed.value === undefined ? {} : { relaxedCodes: relaxed.value }),
  };
  /** Features, which are large, in place: those of queries and gallery of a test part lie together. */
  const sideOf = (chosen: Int32Array): Side => ({
    ...takeSide(all, chosen),
    ...(features.value === undefined ? {} : { features: rowsInPlace(features.value, chosen) }),
  });
  return {
    sides: { queries: sideOf(rows.query), database: sideOf(rows.gallery) },
    // Of several files of one model, the same is seen: it is said once.
    seen: [
      ...new Map(
        [relaxed, packed, features].flatMap(({ seen }) => seen).map(one => [JSON.stringify(one), one]),
      ).values(),
    ],
    unchecked: [...new Set([relaxed, packed, features].flatMap(({ unchecked }) => unchecked))],
    converted: [relaxed, packed, features].flatMap(({ converted }) => converted),
  };
}

/** Judges what a file's model has seen, and refuses. */
type Judge = (file: string, model: CodesModel | undefined) => Novelty;

function judgeOf({ fold, foldSeed = 0, allowSeen }: SubmissionFlags, { rows }: ChallengeSet, known: KnownItems): Judge {
  const { labels, name: place } = known.items;
  const split = known.data?.split === undefined ? {} : { split: known.data.split };
  const judged = { origin: originOfItems(known), queries: rows.query, gallery: rows.gallery, labels, place, ...split };
  const flag =
    fold === undefined
      ? ""
      : ` (\`train --fold ${fold.fold}/${fold.of}${foldSeed === 0 ? "" : ` --fold-seed ${foldSeed}`}\`)`;
  return (file, model) => {
    const novelty = noveltyOf(model, judged);
    checkNew(novelty.seen, {
      allow: allowSeen,
      by: "--allow-seen",
      file,
      instead: `a model that has not seen these products${flag}`,
    });
    return novelty;
  };
}

async function relaxedCodesOf(
  { relaxedCodes: file }: SubmissionFlags,
  known: KnownItems,
  judge: Judge,
): Promise<Checked<NdArray<Float32Array>>> {
  if (file === undefined) return NOTHING;
  const { features: value, converted } = await readStoredFeatures(file);
  checkRows(value.shape[0], known, file);
  return { value, converted, ...judgedOf(file, await readCodesSidecar(file), known, judge) };
}

async function codesOf(flags: SubmissionFlags, known: KnownItems, judge: Judge): Promise<Checked<PackedCodes>> {
  const { codes: file, bits } = flags;
  if (file === undefined) return NOTHING;
  const { codes: value, sidecar, converted } = await readKnownCodes(file, bits);
  checkRows(value.count, known, file);
  checkOneNetwork(flags, known, { file, model: sidecar?.model });
  return { value, converted, ...judgedOf(file, sidecar, known, judge) };
}

/**
 * Codes and features of one `--data` are of one network; those of another are named by --features, as arrays.
 * @throws {InputError} when the codes are of features that were made in another way than those ranked
 */
function checkOneNetwork({ ranking }: SubmissionFlags, { data }: KnownItems, { file, model }: KnownModel): void {
  const { takes } = model ?? {};
  if (ranking !== "features" || data === undefined || takes === undefined) return;
  const made = madeAs(data.manifest);
  if (made.key === takes.key) return;
  throw new InputError("these codes are of features that were made in another way than those that are ranked", {
    file,
    expected:
      `codes of features as in ${data.folder} (${made.backbone}); or, to rank what such codes find by these features, ` +
      `--dataset with --features ${data.featuresFile}`,
    actual: `codes of features of ${takes.backbone}, with other settings or weights`,
  });
}

/** A file, and the model that made it where that is known. */
interface KnownModel {
  readonly file: string;
  readonly model: CodesModel | undefined;
}

function judgedOf(file: string, sidecar: CodesSidecar | undefined, known: KnownItems, judge: Judge): Novelty {
  const belonging = checkCodesOfItems(file, sidecar, known);
  const { seen, unchecked } = judge(file, sidecar?.model);
  return { seen, unchecked: [...belonging, ...unchecked] };
}

/** Features of all images, where the ranking uses them. */
async function featuresOf(
  flags: SubmissionFlags,
  { data, items }: KnownItems,
  judge: Judge,
): Promise<Checked<NdArray<Float32Array>> | undefined> {
  const file = data?.featuresFile ?? flags.features;
  if (flags.ranking !== "features" || file === undefined) return undefined;
  const { features, failed, converted } = await readIncompleteFeatures(file);
  checkRows(features.shape[0], { items }, file);
  if (failed.length > 0) {
    process.stderr.write(`${failed.length} images could not be read: they have the mean feature\n`);
  }
  // Weights that were fine-tuned have seen what they were tuned on, as a head has.
  const { weightsHash: hash, seen } = data?.manifest ?? (await readFeatureManifest(dirname(file))) ?? {};
  const novelty = hash === undefined || seen === undefined ? NOTHING : judge(file, { hash, seen });
  return { value: features, ...novelty, converted };
}

function checkRows(rows: number, { items }: Pick<KnownItems, "items">, file: string): void {
  if (rows === items.ids.length) return;
  throw new InputError("the rows are not those of the dataset", {
    file,
    expected: `${items.ids.length} rows, one for each image of ${items.name}`,
    actual: `${rows}`,
  });
}
