import type { PackedCodes } from "../codes/packed-codes.js";
import { packedCodes } from "../codes/packed-codes.js";
import type { Engine } from "../compute/program.js";
import { InputError } from "../core/errors.js";
import { searchWithin } from "../ranking/hamming-search.js";
import type { Fingerprints } from "./fingerprints.js";

/** Two images that are one. */
export interface LeakPair {
  /** Place in the first set, and in the second (or in the first too, when it is checked against itself). */
  readonly first: number;
  readonly second: number;
  /** The files are equal byte for byte. */
  readonly sameFile: boolean;
  /** Differing bits of their perceptual hashes. */
  readonly distance: number;
  /** Of a cropped, mirrored, turned or framed copy: the share of places in which the two agree, laid on each other. */
  readonly agreement?: number;
}

/** What {@link findLeaks} found. */
export interface LeakReport {
  /** Pairs of equal files. */
  readonly sameFile: number;
  /** Pairs of near-duplicates that are not equal files. */
  readonly near: number;
  /** Pairs of copies that were cropped, mirrored, turned or framed; 0 where the fingerprints have no thumbnails. */
  readonly transformed: number;
  /** Equal files first, then by distance, then transformed ones by agreement, then by place; at most `limit`. */
  readonly pairs: readonly LeakPair[];
  /** Bits up to which two hashes count as near, and of how many. */
  readonly radius: number;
  readonly bits: number;
}

/** Settings of {@link findLeaks}. */
export interface LeakOptions {
  /**
   * Differing bits up to which two images count as near-duplicates. Default: 24 of 256
   * (in proportion): rescaled and recompressed copies of photographs differ in up to 20 bits, others in 60 and more.
   */
  readonly radius?: number;
  /** Pairs listed; all are counted. Default 1,000. */
  readonly limit?: number;
  /** What compares thumbnails. Default: the best engine that is there. */
  readonly engine?: Engine;
}

/** Images with equal hashes; most hold one. */
interface Cluster {
  readonly rows: number[];
}

/**
 * Finds images that are in both sets: equal files, near-duplicates by perceptual hash, and copies that were cropped,
 * mirrored, turned or framed. Images of one known product are no leak: they are meant to be alike. Distinct hashes are
 * searched exhaustively within the radius by the Hamming kernels, on all cores; many copies of few images cost no more.
 * 100,000 hashes against 100,000 took 70 s on two cores that were busy with other things besides (load 4.5; 23 November
 * 2026). For changed copies, the products of 1,000 images with 49,804 took 4 processor seconds (26 November 2026), twice
 * that where the sets differ, and looking closer up to 20 ms an image.
 * @param second default: the first set against itself, each pair once (a leak between products, so between folds)
 * @throws {InputError} when the hashes differ in bits, or an option is out of bounds
 */
export async function findLeaks(
  first: Fingerprints,
  second: Fingerprints = first,
  options: LeakOptions = {},
): Promise<LeakReport> {
  const { bits } = first.hashes;
  const { radius = Math.floor((bits * 3) / 32), limit = 1000 } = options;
  if (!(Number.isInteger(radius) && radius >= 0 && Number.isInteger(limit) && limit >= 0)) {
    throw new InputError("these leaks cannot be searched for", {
      expected: "whole numbers from 0",
      actual: `radius ${radius}, limit ${limit}`,
    });
  }
  const left = clustersOf(first.hashes);
  const right = second === first ? left : clustersOf(second.hashes);
  const within = await searchWithin({ queries: { codes: left.hashes }, database: { codes: right.hashes } }, { radius });
  const tally = new Tally(first, second, limit);
  for (let i = 0; i < left.clusters.length; i++) {
    for (let at = within.starts[i]; at < within.starts[i + 1]; at++) {
      const j = within.indices[at];
      if (second === first && j < i) continue;
      tally.add(left.clusters[i], right.clusters[j], within.distances[at]);
    }
  }
  const { pairs, ...counts } = tally.result();
  const copies = await transformedPairs(first, second, radius, options.engine);
  return {
    ...counts,
    transformed: copies.length,
    pairs: [...pairs, ...copies].slice(0, limit),
    radius,
    bits,
  };
}

/** What thumbnails tell and hashes do not. */
async function transformedPairs(
  first: Fingerprints,
  second: Fingerprints,
  radius: number,
  engine: Engine | undefined,
): Promise<LeakPair[]> {
  if (first.thumbnails === undefined || second.thumbnails === undefined) return [];
  const { transformedCopies } = await import("./transformed-copies.js");
  const { openEngine } = await import("../compute/engine.js");
  const distanceOf = (a: number, b: number): number => pairDistance(first.hashes, a, second.hashes, b);
  const isKnown = (a: number, b: number): boolean => {
    const oneProduct = first.products[a] >= 0 && first.products[a] === second.products[b];
    return oneProduct || distanceOf(a, b) <= radius;
  };
  const copies = await transformedCopies(first.thumbnails, second.thumbnails, {
    engine: engine ?? (await openEngine()),
    skip: isKnown,
  });
  return copies
    .map(({ first: a, second: b, agreement }) => {
      return { first: a, second: b, sameFile: false, distance: distanceOf(a, b), agreement };
    })
    .sort((a, b) => b.agreement - a.agreement || a.first - b.first || a.second - b.second);
}

function pairDistance(one: PackedCodes, a: number, other: PackedCodes, b: number): number {
  let distance = 0;
  for (let i = 0; i < one.bytesPerCode; i++) {
    let differing = one.data[a * one.bytesPerCode + i] ^ other.data[b * other.bytesPerCode + i];
    for (; differing !== 0; differing &= differing - 1) distance++;
  }
  return distance;
}

function clustersOf(hashes: PackedCodes): { clusters: Cluster[]; hashes: PackedCodes } {
  const { data, count, bytesPerCode, bits } = hashes;
  const clusters = new Map<string, Cluster>();
  for (let row = 0; row < count; row++) {
    const code = data.subarray(row * bytesPerCode, (row + 1) * bytesPerCode);
    const key = Buffer.from(code.buffer, code.byteOffset, code.length).toString("latin1");
    const cluster = clusters.get(key);
    if (cluster === undefined) clusters.set(key, { rows: [row] });
    else cluster.rows.push(row);
  }
  const distinct = Buffer.from([...clusters.keys()].join(""), "latin1");
  return { clusters: [...clusters.values()], hashes: packedCodes(new Uint8Array(distinct), bits) };
}

/** Counts pairs between clusters, all of them, and lists the nearest. */
class Tally {
  private sameFile = 0;
  private near = 0;
  private pairs: LeakPair[] = [];

  constructor(
    private readonly first: Fingerprints,
    private readonly second: Fingerprints,
    private readonly limit: number,
  ) {}

  add(left: Cluster, right: Cluster, distance: number): void {
    const all = this.leaks(left.rows, right.rows);
    if (all === 0) return;
    let same = 0;
    if (distance === 0) {
      const others = byDigest(right.rows, this.second);
      for (const [digest, rows] of byDigest(left.rows, this.first)) same += this.leaks(rows, others.get(digest) ?? []);
    }
    this.sameFile += same;
    this.near += all - same;
    this.list(left, right, distance);
  }

  /** Pairs of rows that are not of one known product; within one set, each pair once. */
  private leaks(left: readonly number[], right: readonly number[]): number {
    const [a, b] = [countOf(left, this.first.products), countOf(right, this.second.products)];
    let alike = 0;
    for (const [product, count] of a) if (product >= 0) alike += count * (b.get(product) ?? 0);
    const ordered = left.length * right.length - alike;
    if (this.first !== this.second || left[0] !== right[0]) return ordered;
    // One list against itself: no row with itself, and each pair once. Rows of unknown product met themselves.
    return (ordered - (a.get(-1) ?? 0)) / 2;
  }

  private list(left: Cluster, right: Cluster, distance: number): void {
    const itself = this.first === this.second && left === right;
    let listed = 0;
    for (const [i, a] of left.rows.entries()) {
      for (const b of itself ? left.rows.slice(i + 1) : right.rows) {
        const product = this.first.products[a];
        if (product >= 0 && product === this.second.products[b]) continue;
        const [first, second] = this.first === this.second && b < a ? [b, a] : [a, b];
        const sameFile = this.first.digests[a] === this.second.digests[b];
        this.pairs.push({ first, second, sameFile, distance });
        if (++listed > this.limit) break;
      }
      if (listed > this.limit) break;
    }
    if (this.pairs.length > 4 * this.limit + 1000) this.pairs = this.nearest();
  }

  private nearest(): LeakPair[] {
    const order = (a: LeakPair, b: LeakPair): number =>
      Number(b.sameFile) - Number(a.sameFile) || a.distance - b.distance || a.first - b.first || a.second - b.second;
    return this.pairs.sort(order).slice(0, this.limit);
  }

  result(): Pick<LeakReport, "sameFile" | "near" | "pairs"> {
    return { sameFile: this.sameFile, near: this.near, pairs: this.nearest() };
  }
}

function countOf(rows: readonly number[], products: Int32Array): Map<number, number> {
  const counts = new Map<number, number>();
  for (const row of rows) counts.set(products[row], (counts.get(products[row]) ?? 0) + 1);
  return counts;
}

function byDigest(rows: readonly number[], { digests }: Fingerprints): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const row of rows) {
    const group = groups.get(digests[row]);
    if (group === undefined) groups.set(digests[row], [row]);
    else group.push(row);
  }
  return groups;
}
