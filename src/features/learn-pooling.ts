import type { Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { Backbone } from "../backbone/backbone.js";
import { LEAST_VALUE } from "../backbone/pooled-map.js";
import type { Engine, Program } from "../compute/program.js";
import type { Abortable } from "../core/abort.js";
import { checkAborted } from "../core/abort.js";
import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { isLabelled, singleLabels } from "../core/labels.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import { Random } from "../core/random.js";
import type { Dataset } from "../datasets/dataset.js";
import { preprocessedBatches } from "../images/preprocessed-batches.js";
import type { Preprocessing } from "../images/preprocessing.js";

/** Settings of {@link learnPooling}. */
export interface LearnPoolingOptions extends Abortable {
  readonly engine: Engine;
  /** Images that are learned from, fewer where the data has fewer or their maps take more than 256 MB. Default 256. */
  readonly images?: number;
  /** Draws them. Default 0. */
  readonly seed?: number;
  readonly onProgress?: ProgressListener;
}

/** Images of a class that are drawn, at most. */
const PER_CLASS = 4;
/** Numbers that all maps together may have. */
const MAX_VALUES = 2 ** 26;
/** τ of the loss. */
const TEMPERATURE = 0.1;
/** The exponent is sought between these; beyond the last, powers of the least value are no float32. */
const BOUNDS = [1, 6] as const;
/** The exponent is told to so many digits behind the point. */
const DIGITS = 2;
/** Halvings of the bounds until these digits are known. */
const HALVINGS = 10;

/**
 * Learns the exponent p of generalised-mean pooling on labelled images, all other weights frozen. It is where the
 * gradient of the supervised contrastive loss (Khosla et al., NeurIPS 2020, arXiv 2004.11362, eq. 2) of the pooled features
 * turns from falling to rising,
 *
 *   L(p) = mean over i of −1/|P(i)| Σ_{j∈P(i)} log( exp(cos(fᵢ, fⱼ)/τ) / Σ_{k≠i} exp(cos(fᵢ, f_k)/τ) ),  τ = 0.1,
 *
 * P(i) the other images of i's class; found by halving 1..6, to two digits. Maps are kept of the drawn images alone, of
 * the middle square at the side that `preprocessing` says; images that cannot be read are left out. The same images, seed and engine give the same p.
 * @param dataset one label an image; the train rows where it has roles, and only images of known class
 * @returns p, 1..6
 * @throws {InputError} when the network has no map, there are fewer than two classes of two images, or too few can be read
 */
export async function learnPooling(
  backbone: Backbone,
  dataset: Dataset,
  { images = 256, seed = 0, engine, onProgress, signal }: LearnPoolingOptions,
): Promise<number> {
  const { map } = backbone;
  if (map === undefined) {
    throw new InputError(`the exponent of a generalised mean cannot be learned for ${backbone.name}`, {
      expected: "a network that is traced here, at its pooled layer; or the exponent itself, gem:3",
    });
  }
  const { truncated: _, views: __, scales: ___, ...middle } = backbone.preprocessing;
  const preprocessing: Preprocessing = middle;
  const program = await mapProgram({ ...backbone, preprocessing }, map, engine);
  try {
    const rows = drawnRows(dataset, { images, seed });
    const meter = new ProgressMeter("pooling", rows.length, "images", onProgress);
    const maps: Float32Array[] = [];
    const labels: number[] = [];
    const one = { batchSize: 1, tolerant: true }; // a few images that cannot be read stop no extraction
    let read = 0;
    for await (const { rows: drawn, data, failed } of preprocessedBatches(dataset, rows, preprocessing, one)) {
      checkAborted(signal);
      meter.report(++read);
      if (failed.length > 0) continue;
      const { logarithms } = await program.run({ images: data });
      maps.push(logarithms.data);
      labels.push(singleLabels(dataset.labels, "pooling")[drawn[0]]);
      if ((maps.length + 1) * logarithms.data.length > MAX_VALUES) break;
    }
    checkPairs(labels, rows.length);
    return await contrastiveExponent(maps, labels, { dim: backbone.dim, engine, signal });
  } finally {
    await program.dispose();
  }
}

/** @throws {InputError} where too few of the drawn images could be read */
function checkPairs(labels: readonly number[], drawn: number): void {
  const twice = new Set(labels.filter((label, i) => labels.indexOf(label) < i));
  if (twice.size > 0 && new Set(labels).size > 1) return;
  throw new InputError("too few images can be read to learn the pooling from", {
    expected: "images of two classes, two of one of them; else the exponent itself, gem:3",
    actual: `${labels.length} of the ${drawn} drawn`,
  });
}

/** Rows of some images of some classes, class by class in a drawn order, two to four of each. */
function drawnRows(dataset: Dataset, { images, seed }: { readonly images: number; readonly seed: number }): Int32Array {
  const labels = singleLabels(dataset.labels, "learning how to pool");
  const rows = new Map<number, number[]>();
  for (const row of dataset.roles?.train ?? labels.keys()) {
    if (isLabelled(labels, row)) rows.set(labels[row], [...(rows.get(labels[row]) ?? []), row]);
  }
  const classes = [...rows.keys()].filter(label => rows.get(label)!.length > 1).sort((a, b) => a - b);
  if (classes.length < 2 || !(Number.isInteger(images) && images >= 4)) {
    throw new InputError("there is nothing to learn the pooling from", {
      expected: "4 images or more, of two classes that have two or more; else the exponent itself, gem:3",
      actual: `${images} images, ${classes.length} such classes`,
    });
  }
  const random = new Random(seed).stream("pooling");
  const drawn: number[] = [];
  for (const at of random.permutation(classes.length)) {
    const own = rows.get(classes[at])!;
    const some = random.permutation(own.length).subarray(0, Math.min(PER_CLASS, images - drawn.length));
    if (some.length > 1) drawn.push(...Array.from(some, i => own[i]));
  }
  return Int32Array.from(drawn);
}

/** The logarithms of the map of one image, (places, dim): its powers are their exponentials. */
function mapProgram(
  { preprocessing: { crop }, weights }: Backbone,
  map: NonNullable<Backbone["map"]>,
  engine: Engine,
): Promise<Program> {
  return engine.prepare({
    inputs: { images: { shape: [1, crop, crop, 3], dtype: "float32" } },
    constants: weights,
    body: t => ({ logarithms: tf.log(tf.maximum(map(t.images as Tensor4D, t), LEAST_VALUE)) }),
  });
}

/**
 * The exponent at which the slope of the loss changes its sign, or the bound towards which it falls.
 * @param maps logarithms of the values of each image's map, (places, dim)
 * @param labels a class each
 */
export async function contrastiveExponent(
  maps: readonly Float32Array[],
  labels: readonly number[],
  { dim, engine, signal }: { readonly dim: number; readonly engine: Engine } & Abortable,
): Promise<number> {
  const program = await slopeProgram(stackedMaps(maps, dim), labels, engine);
  try {
    let [low, high]: [number, number] = [...BOUNDS];
    for (let halving = 0; halving < HALVINGS; halving++) {
      checkAborted(signal);
      const middle = (low + high) / 2;
      const { slope } = await program.run({ exponent: Float32Array.of(middle) });
      if (slope.data[0] < 0) low = middle;
      else high = middle;
    }
    return Number(((low + high) / 2).toFixed(DIGITS));
  } finally {
    await program.dispose();
  }
}

/** (images, places, dim) */
function stackedMaps(maps: readonly Float32Array[], dim: number): NdArray<Float32Array> {
  const data = new Float32Array(maps.length * maps[0].length);
  for (const [i, one] of maps.entries()) data.set(one, i * one.length);
  return { data, shape: [maps.length, maps[0].length / dim, dim] };
}

/** The derivative of the loss by the exponent. */
function slopeProgram(logarithms: NdArray<Float32Array>, labels: readonly number[], engine: Engine): Promise<Program> {
  const count = labels.length;
  const pairs = (weight: (i: number, j: number) => number): NdArray<Float32Array> => ({
    data: Float32Array.from({ length: count * count }, (_, at) => weight(Math.floor(at / count), at % count)),
    shape: [count, count],
  });
  const similar = labels.map(label => labels.filter(other => other === label).length - 1);
  return engine.prepare({
    inputs: { exponent: { shape: [1], dtype: "float32" } },
    resident: {
      logarithms,
      others: pairs((i, j) => Number(i !== j)),
      positives: pairs((i, j) => Number(i !== j && labels[i] === labels[j]) / Math.max(1, similar[i]) / count),
    },
    body: t => {
      const slope = tf.grad(p => contrastiveLoss(p, t));
      return { slope: slope(t.exponent) };
    },
  });
}

/** @param t the logarithms (images, places, dim); `others`, 1 but of oneself; `positives`, weights of similar pairs */
function contrastiveLoss(exponent: tf.Tensor, t: Readonly<Record<string, tf.Tensor>>): tf.Scalar {
  const powers = tf.exp(tf.mul(t.logarithms as Tensor3D, exponent));
  const pooled = tf.exp(tf.div(tf.log(tf.mean(powers, 1)), exponent)) as Tensor2D; // (images, dim)
  const unit = tf.div(pooled, tf.sqrt(tf.sum(tf.square(pooled), 1, true))) as Tensor2D;
  const cosines = tf.matMul(unit, unit, false, true); // (images, images)
  const logits = tf.div(tf.sub(cosines, 1), TEMPERATURE); // cosines are at most 1: exponentials do not overflow
  const sums = tf.log(tf.sum(tf.mul(tf.exp(logits), t.others), 1, true));
  return tf.neg(tf.sum<tf.Scalar>(tf.mul(tf.sub(logits, sums), t.positives)));
}
