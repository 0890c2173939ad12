import type { ChallengeSet } from "../challenge/challenge-set.js";
import type { GalleryRanking } from "../challenge/ranking-name.js";
import { binarize } from "../codes/binarize.js";
import type { PackedCodes } from "../codes/packed-codes.js";
import { packCodes } from "../codes/packed-codes.js";
import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import type { CodesSidecar } from "../features/codes-sidecar.js";
import { readCodesSidecar } from "../features/codes-sidecar.js";
import { readIncompleteFeatures, readStoredFeatures } from "../features/features-file.js";
import type { Side, Sides } from "../ranking/side.js";
import { takeSide } from "../ranking/side.js";
import type { KnownItems } from "./challenge-items.js";
import { checkCodesOfItems } from "./challenge-items.js";
import type { FoldFlag } from "./fold-option.js";
import type { InputNotes } from "./input-notes.js";
import { readKnownCodes } from "./known-codes.js";
import { foldSeen } from "./seen.js";

/** What the command line says of the images' codes and features. */
export interface SubmissionFlags {
  readonly codes?: string;
  readonly relaxedCodes?: string;
  readonly features?: string;
  readonly bits?: number;
  readonly ranking: GalleryRanking;
  readonly fold?: FoldFlag;
  readonly foldSeed?: number;
}

/** Something read, and what is said of it. */
interface Checked<T> extends InputNotes {
  readonly value?: T;
}

const NOTHING: InputNotes = { unchecked: [], converted: [] };

/**
 * Reads what there is of the queries and of the gallery, checked to be of the challenge's images.
 * @throws {InputError} when a file is damaged or of other images
 */
export async function readSubmissionSides(
  flags: SubmissionFlags,
  { rows }: ChallengeSet,
  known: KnownItems,
): Promise<{ sides: Sides } & InputNotes> {
  const relaxed = await relaxedCodesOf(flags, known);
  const packed = await codesOf(flags, known);
  const features = await featuresOf(flags, known);
  const signs =
    packed.value === undefined && relaxed.value !== undefined ? packCodes(binarize(relaxed.value)) : undefined;
  const codes = packed.value ?? signs;
  const all: Side = {
    ...(codes === undefined ? {} : { codes }),
    ...(relaxed.value === undefined ? {} : { relaxedCodes: relaxed.value }),
    ...(features.value === undefined ? {} : { features: features.value }),
  };
  return {
    sides: { queries: takeSide(all, rows.query), database: takeSide(all, rows.gallery) },
    unchecked: [...relaxed.unchecked, ...packed.unchecked],
    converted: [...relaxed.converted, ...packed.converted, ...features.converted],
  };
}

async function relaxedCodesOf(flags: SubmissionFlags, known: KnownItems): Promise<Checked<NdArray<Float32Array>>> {
  const { relaxedCodes: file } = flags;
  if (file === undefined) return NOTHING;
  const { features: value, converted } = await readStoredFeatures(file);
  checkRows(value.shape[0], known, file);
  return { value, converted, unchecked: uncheckedOf(file, await readCodesSidecar(file), flags, known) };
}

async function codesOf(flags: SubmissionFlags, known: KnownItems): Promise<Checked<PackedCodes>> {
  const { codes: file, bits } = flags;
  if (file === undefined) return NOTHING;
  const { codes: value, sidecar, converted } = await readKnownCodes(file, bits);
  checkRows(value.count, known, file);
  return { value, converted, unchecked: uncheckedOf(file, sidecar, flags, known) };
}

function uncheckedOf(
  file: string,
  sidecar: CodesSidecar | undefined,
  { fold, foldSeed: seed = 0 }: SubmissionFlags,
  known: KnownItems,
): string[] {
  const seen = fold === undefined ? [] : foldSeen(sidecar, known.identity, { ...fold, seed });
  return [...checkCodesOfItems(file, sidecar, known), ...seen];
}

/** Features of all images, where the ranking uses them. */
async function featuresOf(
  flags: SubmissionFlags,
  { data, items }: KnownItems,
): Promise<Checked<NdArray<Float32Array>>> {
  const file = data?.featuresFile ?? flags.features;
  if (flags.ranking !== "features" || file === undefined) return NOTHING;
  const { features, failed, converted } = await readIncompleteFeatures(file);
  checkRows(features.shape[0], { items }, file);
  if (failed.length > 0) {
    process.stderr.write(`${failed.length} images could not be read: they have the mean feature\n`);
  }
  return { value: features, unchecked: [], converted };
}

function checkRows(rows: number, { items }: Pick<KnownItems, "items">, file: string): void {
  if (rows === items.ids.length) return;
  throw new InputError("the rows are not those of the dataset", {
    file,
    expected: `${items.ids.length} rows, one for each image of ${items.name}`,
    actual: `${rows}`,
  });
}
