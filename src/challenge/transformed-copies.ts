import type { Engine } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import { vectorScorer } from "../features/vector-scores.js";
import { alignThumbnails } from "../images/align-thumbnails.js";
import { pictureAgreement } from "../images/picture-agreement.js";
import { DISC_RADII, ringSpectrum, SPECTRUM_SIZE } from "../images/ring-spectrum.js";
import { THUMBNAIL_SIDE } from "../images/thumbnail.js";
import { bestByScore } from "../ranking/best-by-score.js";
import type { Whitening } from "./whitened.js";
import { whitening } from "./whitened.js";

/** Two images of which one is a cropped, mirrored, turned, framed or otherwise changed copy of the other. */
export interface TransformedCopy {
  /** Place in the first set, and in the second. */
  readonly first: number;
  readonly second: number;
  /** The share of windows, of those that show something, in which the two agree when laid on each other. */
  readonly agreement: number;
}

/** Grey values by which an image must vary: what shows nothing is a copy of everything. */
const LEAST_DEVIATION = 4;
/** Whitened likeness from which on a pair is looked at, −1..1. Copies of photographs: .8 and more; strangers: about 0. */
const CANDIDATE = 0.6;
/** Images looked at for each image, at most. */
const CANDIDATES = 8;
/** What a copy must reach; measured by tools/measure-leak-check.mjs. */
const COPY = { windows: 30, share: 0.93, details: 0.4 };

const PIXELS = THUMBNAIL_SIDE ** 2;
const SCALES = DISC_RADII.length;

/**
 * Finds copies that were cropped, mirrored, turned by any angle, framed, darkened or brightened. First cheaply: spectra of
 * rings around the middle, of a disc of each image against seven discs of every other. Then surely: the likeliest pairs
 * are laid on each other and compared window by window. Memory: 2 KB an image beside the thumbnails.
 * @param first thumbnails, (n, 4096); second the same, or the same array for pairs within one set, each once
 * @param options what computes products; which pairs are of no interest
 */
export async function transformedCopies(
  first: Uint8Array,
  second: Uint8Array,
  options: { readonly engine: Engine; readonly skip?: (first: number, second: number) => boolean },
): Promise<TransformedCopy[]> {
  const itself = first === second;
  const left = discsOf(first);
  const right = itself ? left : discsOf(second);
  if (left.rows.length === 0 || right.rows.length === 0) return [];
  const whiten = whitening(itself ? [left.spectra] : [left.spectra, right.spectra]);
  const pairs = new Map<string, Candidate>();
  const add = (found: Candidate): void => {
    const candidate = itself && found.second < found.first ? exchangeSides(found) : found;
    const { first: a, second: b } = candidate;
    if ((itself && a === b) || options.skip?.(a, b)) return;
    const key = `${a} ${b}`;
    const known = pairs.get(key);
    if (known === undefined || known.likeness < candidate.likeness) pairs.set(key, candidate);
  };
  await eachCandidate(left, right, { ...options, whiten }, add);
  // The cropped one may be in either set: its whole disc is a smaller one of the other.
  if (!itself) {
    await eachCandidate(right, left, { ...options, whiten }, candidate => add(exchangeSides(candidate)));
  }
  return [...pairs.values()].flatMap(candidate => copyOf(first, second, candidate));
}

/** Two images that may be one, and the radii of the discs that are alike. */
interface Candidate {
  readonly first: number;
  readonly second: number;
  readonly likeness: number;
  readonly firstRadius: number;
  readonly secondRadius: number;
}

function exchangeSides({ first, second, likeness, firstRadius, secondRadius }: Candidate): Candidate {
  return { first: second, second: first, likeness, firstRadius: secondRadius, secondRadius: firstRadius };
}

/** The images of a set that show something. */
interface Discs {
  /** Their places. */
  readonly rows: Int32Array;
  /** (rows · 7, SPECTRUM_SIZE): of each the discs from the largest to the smallest. */
  readonly spectra: NdArray<Float32Array>;
}

function discsOf(thumbnails: Uint8Array): Discs {
  const count = thumbnails.length / PIXELS;
  const rows = Int32Array.from({ length: count }, (_, row) => row).filter(row => varies(imageOf(thumbnails, row)));
  const data = new Float32Array(rows.length * SCALES * SPECTRUM_SIZE);
  rows.forEach((row, i) => {
    for (const [k, radius] of DISC_RADII.entries()) {
      data.set(ringSpectrum(imageOf(thumbnails, row), radius), (i * SCALES + k) * SPECTRUM_SIZE);
    }
  });
  return { rows, spectra: { data, shape: [rows.length * SCALES, SPECTRUM_SIZE] } };
}

function imageOf(thumbnails: Uint8Array, row: number): Uint8Array {
  return thumbnails.subarray(row * PIXELS, (row + 1) * PIXELS);
}

function varies(image: Uint8Array): boolean {
  const mean = image.reduce((sum, value) => sum + value, 0) / PIXELS;
  return image.reduce((sum, value) => sum + (value - mean) ** 2, 0) / PIXELS > LEAST_DEVIATION ** 2;
}

/** The likeliest images of the second set for the whole disc of each of the first. */
async function eachCandidate(
  first: Discs,
  second: Discs,
  { engine, whiten }: { readonly engine: Engine; readonly whiten: Whitening },
  found: (candidate: Candidate) => void,
): Promise<void> {
  const database = whiten(second.spectra);
  const queries = whiten(wholeDiscs(first));
  const scorer = await vectorScorer(database, { measure: "inner", engine });
  const all = database.shape[0];
  try {
    for (let from = 0; from < first.rows.length; from += scorer.block) {
      const to = Math.min(from + scorer.block, first.rows.length);
      const data = queries.data.subarray(from * SPECTRUM_SIZE, to * SPECTRUM_SIZE);
      const scores = await scorer.scores({ data, shape: [to - from, SPECTRUM_SIZE] });
      for (let i = from; i < to; i++) {
        const row = scores.subarray((i - from) * all, (i - from + 1) * all);
        // An image is near to others of its scales, and in one set to itself: they take places.
        for (const disc of bestByScore(row, CANDIDATES * SCALES)) {
          const likeness = row[disc];
          if (likeness < CANDIDATE) break;
          const secondRadius = DISC_RADII[disc % SCALES];
          const other = second.rows[Math.floor(disc / SCALES)];
          found({ first: first.rows[i], second: other, likeness, firstRadius: DISC_RADII[0], secondRadius });
        }
      }
    }
  } finally {
    await scorer.dispose();
  }
}

/** (rows, SPECTRUM_SIZE): of each image the largest disc. */
function wholeDiscs({ rows, spectra: { data } }: Discs): NdArray<Float32Array> {
  const whole = new Float32Array(rows.length * SPECTRUM_SIZE);
  rows.forEach((_, i) => {
    const from = i * SCALES * SPECTRUM_SIZE;
    whole.set(data.subarray(from, from + SPECTRUM_SIZE), i * SPECTRUM_SIZE);
  });
  return { data: whole, shape: [rows.length, SPECTRUM_SIZE] };
}

/** The pair, when it is a copy. */
function copyOf(first: Uint8Array, second: Uint8Array, candidate: Candidate): TransformedCopy[] {
  const one = { image: imageOf(first, candidate.first), radius: candidate.firstRadius };
  const other = { image: imageOf(second, candidate.second), radius: candidate.secondRadius };
  const alignment = alignThumbnails(one, other);
  if (alignment === undefined) return [];
  const { windows, share, details } = pictureAgreement(one.image, other.image, alignment, one.radius);
  if (windows < COPY.windows || share < COPY.share || details < COPY.details) return [];
  return [{ first: candidate.first, second: candidate.second, agreement: share }];
}
