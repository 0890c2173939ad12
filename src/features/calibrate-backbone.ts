import type { Tensor4D } from "@tensorflow/tfjs";
import type { Backbone } from "../backbone/backbone.js";
import { compileRanges } from "../compute/compile.js";
import { onnxEngine } from "../compute/onnx-engine.js";
import type { Program, Tensors } from "../compute/program.js";
import type { Quantization } from "../compute/quantization.js";
import type { Abortable } from "../core/abort.js";
import { checkAborted } from "../core/abort.js";
import { InputError } from "../core/errors.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import { Random } from "../core/random.js";
import type { Dataset } from "../datasets/dataset.js";
import { preprocessedBatches } from "../images/preprocessed-batches.js";
import { eachScale, valuesPerImage } from "../images/scales.js";
import { viewCount } from "../images/views.js";

/** Settings of {@link calibrateBackbone}. */
export interface CalibrationOptions extends Abortable {
  /** Images that are measured, drawn from the data; fewer where it has fewer. Default 64; 1 or more. */
  readonly images?: number;
  /** Draws them. Default 0. */
  readonly seed?: number;
  readonly onProgress?: ProgressListener;
}

/**
 * A backbone that computes in 8-bit integers: everything made with it, features, queries and exports, is int8. What the
 * tensors between its layers hold is measured in 32-bit floats, least and greatest value of each, over images drawn from
 * the data; the ranges are kept to four digits.
 *
 * It runs on the compiled CPU engine, there two to three times as fast.
 * @param source images as those that features will be made of; no labels are looked at
 * @throws {InputError} when the backbone is an ONNX file, which is not traced, or no image can be read
 */
export async function calibrateBackbone(
  backbone: Backbone,
  source: Pick<Dataset, "ids" | "image">,
  { images = 64, seed = 0, signal, onProgress }: CalibrationOptions = {},
): Promise<Backbone> {
  if (backbone.prepare !== undefined) {
    throw new InputError(`${backbone.name} is an ONNX file, and only networks that are traced here are made int8`, {
      expected: "precision fp32; a file whose integers its own tool has written (QDQ) runs as it is, in int8",
    });
  }
  const count = Math.min(images, source.ids.length);
  if (!(Number.isInteger(images) && count >= 1)) {
    throw new InputError("there is nothing to calibrate with", {
      expected: "a whole number of images, 1 or more, of data that has some",
      actual: `${images} of ${source.ids.length}`,
    });
  }
  const rows = new Random(seed).stream("calibration").permutation(source.ids.length).subarray(0, count);
  const ranges = await measuredRanges(backbone, source, { rows, signal, onProgress });
  const quantization: Quantization = { precision: "int8", ranges, calibration: { images: count, seed } };
  return { ...backbone, quantization };
}

interface Sample extends Abortable {
  readonly rows: Int32Array;
  readonly onProgress?: ProgressListener;
}

async function measuredRanges(
  backbone: Backbone,
  source: Pick<Dataset, "ids" | "image">,
  { rows, signal, onProgress }: Sample,
): Promise<[number, number][]> {
  const programs = await rangesPrograms(backbone);
  const meter = new ProgressMeter("calibration", rows.length, "images", onProgress);
  let [done, read] = [0, 0];
  const ranges: [number, number][] = [];
  try {
    const options = { batchSize: 1, ahead: 4, tolerant: true };
    for await (const { data, failed } of preprocessedBatches(source, rows, backbone.preprocessing, options)) {
      checkAborted(signal);
      meter.report(++done);
      if (failed.length > 0) continue;
      read++;
      let from = 0;
      for (const { program, size } of programs) {
        const found = await program.run({ images: data.subarray(from, from + size) });
        from += size;
        for (let i = 0; found[`least.${i}`] !== undefined; i++) {
          const [low, high] = ranges[i] ?? [0, 0];
          const ends = [found[`least.${i}`], found[`greatest.${i}`]].map(one => Number(one.data[0].toPrecision(4)));
          ranges[i] = [Math.min(low, ends[0]), Math.max(high, ends[1])];
        }
      }
    }
  } finally {
    for (const { program } of programs) await program.dispose();
  }
  if (!ranges.flat().every(Number.isFinite)) {
    throw new InputError("the network gives values that are no numbers, so nothing can be calibrated", {
      expected: "finite values, or precision fp32",
      actual: backbone.name,
    });
  }
  if (read === 0) throw new InputError(`none of ${rows.length} images could be read, so nothing can be calibrated`);
  return ranges;
}

/** The network at one scale, and how many numbers it takes of an image. */
interface RangesProgram {
  readonly program: Program;
  readonly size: number;
}

/** A program for each scale: their ranges are measured together, for they are those of one network. */
async function rangesPrograms(backbone: Backbone): Promise<RangesProgram[]> {
  const programs: RangesProgram[] = [];
  for (const preprocessing of eachScale(backbone.preprocessing)) {
    const program = await rangesProgram({ ...backbone, preprocessing });
    programs.push({ program, size: valuesPerImage(preprocessing) });
  }
  return programs;
}

/** The backbone as a program that tells the ranges of one image, in floats on the processor whatever engine runs else. */
function rangesProgram({ name, preprocessing, weights, forward }: Backbone): Promise<Program> {
  const { crop } = preprocessing;
  const inputs = { images: { shape: [viewCount(preprocessing), crop, crop, 3], dtype: "float32" } } as const;
  const body = (tensors: Parameters<Backbone["forward"]>[1]): Tensors => ({
    features: forward(tensors.images as Tensor4D, tensors),
  });
  const compiled = compileRanges(body, { inputs, constants: weights });
  if (compiled.outputs.length > 0) return onnxEngine("cpu").prepare({ inputs, body, compiled });
  throw new InputError(`${name} has nothing to compute in 8-bit integers`, {
    expected: "a network of convolutions, or precision fp32",
  });
}
