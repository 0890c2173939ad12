import type { Candidate } from "../challenge/candidate.js";
import { rankGallery } from "../challenge/rank-gallery.js";
import { binarize } from "../codes/binarize.js";
import { packCodes } from "../codes/packed-codes.js";
import type { Engine } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import { Random } from "../core/random.js";
import type { Side } from "../ranking/side.js";
import type { SearchSize } from "./ranking-pairs.js";
import { pairsOf } from "./ranking-pairs.js";

/** Seconds of a ranking: what comes once (opening, compiling), and for each pair of images that it compares. */
export interface RankingSpeed {
  readonly once: number;
  readonly pair: number;
}

/** Two sizes: what they differ in grows with the pairs. */
const SMALL: SearchSize = { queries: 32, gallery: 256 };
const LARGE: SearchSize = { queries: 256, gallery: 4096 };

/**
 * Measures on random vectors how fast each candidate ranks, in about a second each.
 * @param dimOf length of the vectors that a candidate's features have, whitened where it whitens
 * @returns by name
 */
export async function rankingSpeeds(
  candidates: readonly Candidate[],
  dimOf: (candidate: Candidate) => number,
  { engine }: { readonly engine: Engine },
): Promise<Record<string, RankingSpeed>> {
  const known = new Map<string, RankingSpeed>();
  const speeds: Record<string, RankingSpeed> = {};
  for (const one of candidates) {
    const lengths = { dim: dimOf(one), bits: bitsOf(one) };
    const key = JSON.stringify([lengths, one.ranking]);
    const speed = known.get(key) ?? (await speedOf(one, lengths, engine));
    known.set(key, speed);
    speeds[one.name] = speed;
  }
  return speeds;
}

/** Bits of its codes; 0 where it has none. */
function bitsOf({ training, codeBits }: Candidate): number {
  if (training === undefined) return 0;
  return codeBits ?? training.bits;
}

async function speedOf(
  { ranking }: Candidate,
  lengths: { readonly dim: number; readonly bits: number },
  engine: Engine,
): Promise<RankingSpeed> {
  const timeOf = async ({ queries, gallery }: SearchSize): Promise<number> => {
    const sides = { queries: randomSide(queries, lengths, 1), database: randomSide(gallery, lengths, 2) };
    const started = performance.now();
    await rankGallery(sides, { ...ranking, engine });
    return (performance.now() - started) / 1000;
  };
  await timeOf(SMALL); // code is compiled
  const [few, many] = [await timeOf(SMALL), await timeOf(LARGE)];
  const [fewPairs, manyPairs] = [pairsOf(ranking, SMALL), pairsOf(ranking, LARGE)];
  const pair = Math.max(many - few, many / 100) / (manyPairs - fewPairs);
  return { once: Math.max(0, few - pair * fewPairs), pair };
}

function randomSide(count: number, { dim, bits }: { readonly dim: number; readonly bits: number }, seed: number): Side {
  const random = new Random(seed);
  const normals = (width: number): NdArray<Float32Array> => {
    return { data: random.normals(count * width), shape: [count, width] };
  };
  const features = normals(dim);
  if (bits === 0) return { features };
  const relaxedCodes = normals(bits);
  return { features, relaxedCodes, codes: packCodes(binarize(relaxedCodes)) };
}
