import * as ort from "../compute/onnxruntime.js";
import type { Program } from "../compute/program.js";
import { sizeOf } from "../core/arrays.js";
import { EngineError, InputError } from "../core/errors.js";
import type { MapLayout } from "./pooled-map.js";
import { pooledValues } from "./pooled-map.js";
import type { Pooling } from "./pooling.js";

/** How a model takes images. */
export interface ImagePort {
  readonly name: string;
  /** Images a call; 0 when any number goes. */
  readonly batch: number;
  /** Pixels a side; 0 when any number goes. */
  readonly side: number;
  readonly channelsFirst: boolean;
}

/** Of what an output is taken. */
interface OnnxOutput {
  /** Its name. */
  readonly output: string;
  /** How the model is called in messages. */
  readonly file: string;
  /** The output is a map, and is pooled so. Default: it is flattened. */
  readonly pool?: Pooling;
}

/** Takes images channels last, as `preprocess` makes them, any number a call, and gives the output flattened or pooled. */
export class OnnxFileProgram implements Program {
  private constructor(
    private readonly session: ort.InferenceSession,
    private readonly port: ImagePort,
    private readonly of: OnnxOutput,
  ) {}

  /**
   * @param source bytes of the model, or its path
   * @param port with a side
   * @param of.threads inside one operation. Default: one a physical core
   */
  static async open(
    source: Uint8Array | string,
    port: ImagePort,
    { provider, threads, ...of }: OnnxOutput & { readonly provider: string; readonly threads?: number },
  ): Promise<OnnxFileProgram> {
    try {
      // Two signatures: one of paths, one of bytes.
      const options = {
        executionProviders: [provider],
        logSeverityLevel: 3,
        ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      } as const;
      const session =
        typeof source === "string"
          ? await ort.InferenceSession.create(source, options)
          : await ort.InferenceSession.create(source, options);
      return new OnnxFileProgram(session, port, of);
    } catch (cause) {
      throw new EngineError(`onnxruntime's ${provider} provider did not take the model ${of.file}`, {
        actual: (cause as Error).message.replaceAll(/\s+/g, " ").slice(0, 300),
        cause,
      });
    }
  }

  async run({ images }: Readonly<Record<string, Float32Array | Int32Array>>): ReturnType<Program["run"]> {
    const { batch, side } = this.port;
    const size = side * side * 3;
    const count = images.length / size;
    const step = batch || count;
    let data = new Float32Array(0);
    let dim = 0;
    for (let from = 0; from < count; from += step) {
      const part = new Float32Array(step * size); // the last part of a fixed batch ends in zeros
      part.set((images as Float32Array).subarray(from * size, Math.min(count, from + step) * size));
      const values = this.features(await this.once(part, step));
      dim = values.length / step;
      if (from === 0) data = new Float32Array(count * dim);
      data.set(values.subarray(0, Math.min(step, count - from) * dim), from * dim);
    }
    return { features: { data, shape: [count, dim] } };
  }

  /** Runs it once, on nothing: length of a feature, and how the output lies where it is pooled. */
  async probe(): Promise<{ readonly dim: number; readonly layout?: MapLayout }> {
    const count = Math.max(1, this.port.batch);
    const made = await this.once(new Float32Array(count * this.port.side ** 2 * 3), count);
    const dim = this.features(made).length / count;
    return this.of.pool === undefined ? { dim } : { dim, layout: this.layoutOf(made.dims) };
  }

  private features({ data, dims }: OutputValues): Float32Array {
    const { pool } = this.of;
    return pool === undefined ? data : pooledValues(data, this.layoutOf(dims), pool);
  }

  /** How a map lies: square ones in the order of the input, or in the other where only that is square. */
  private layoutOf(dims: readonly number[]): MapLayout {
    const [, first, second, third] = dims;
    const fits = { first: dims.length === 4 && second === third, last: dims.length === 4 && first === second };
    if (!fits.first && !fits.last) {
      throw new InputError(`the output "${this.of.output}" is no map, so it cannot be pooled`, {
        file: this.of.file,
        expected: "an output (batch, channels, side, side) or (batch, side, side, channels), or no --pool",
        actual: `(${dims.join(", ")})`,
      });
    }
    const channelsFirst = this.port.channelsFirst ? fits.first : !fits.last;
    return { places: second * (channelsFirst ? third : first), channels: channelsFirst ? first : third, channelsFirst };
  }

  private async once(images: Float32Array, count: number): Promise<OutputValues> {
    const { name, side, channelsFirst } = this.port;
    const shape = channelsFirst ? [count, 3, side, side] : [count, side, side, 3];
    const values = channelsFirst ? channelsFirstOf(images, side * side) : images;
    const { data, dims } = await this.session
      .run({ [name]: new ort.Tensor("float32", values, shape) }, [this.of.output])
      .then(results => results[this.of.output])
      .catch((cause: Error) => {
        throw new EngineError(`the model ${this.of.file} cannot be run on images of shape (${shape.join(", ")})`, {
          expected: "a model that takes them",
          actual: cause.message.replaceAll(/\s+/g, " ").slice(0, 300),
          cause,
        });
      });
    if (!(data instanceof Float32Array) || sizeOf(dims) % count !== 0) {
      throw new EngineError(`the output "${this.of.output}" is no feature`, {
        expected: `float32 of ${count} rows`,
        actual: `(${dims.join(", ")})`,
      });
    }
    return { data, dims };
  }

  async readState(): Promise<Record<string, never>> {
    return {};
  }

  async dispose(): Promise<void> {
    await this.session.release();
  }
}

/** What the model gave. */
interface OutputValues {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** (n, places, 3) → (n, 3, places). */
function channelsFirstOf(images: Float32Array, places: number): Float32Array {
  const out = new Float32Array(images.length);
  for (let image = 0; image < images.length; image += 3 * places) {
    for (let place = 0; place < places; place++) {
      for (let c = 0; c < 3; c++) out[image + c * places + place] = images[image + 3 * place + c];
    }
  }
  return out;
}
