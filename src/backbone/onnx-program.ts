import * as ort from "../compute/onnxruntime.js";
import type { Program } from "../compute/program.js";
import { sizeOf } from "../core/arrays.js";
import { EngineError } from "../core/errors.js";

/** How a model takes images. */
export interface ImagePort {
  readonly name: string;
  /** Images a call; 0 when any number goes. */
  readonly batch: number;
  /** Pixels a side; 0 when any number goes. */
  readonly side: number;
  readonly channelsFirst: boolean;
}

/** Takes images channels last, as `preprocess` makes them, any number a call, and gives the flattened output. */
export class OnnxFileProgram implements Program {
  private constructor(
    private readonly session: ort.InferenceSession,
    private readonly port: ImagePort,
    private readonly output: string,
    private readonly file: string,
  ) {}

  /**
   * @param source bytes of the model, or its path
   * @param port with a side
   * @param options.output name of the feature
   * @param options.file how the model is called in messages
   */
  static async open(
    source: Uint8Array | string,
    port: ImagePort,
    { provider, output, file }: { readonly provider: string; readonly output: string; readonly file: string },
  ): Promise<OnnxFileProgram> {
    try {
      // Two signatures: one of paths, one of bytes.
      const options = { executionProviders: [provider], logSeverityLevel: 3 } as const;
      const session =
        typeof source === "string"
          ? await ort.InferenceSession.create(source, options)
          : await ort.InferenceSession.create(source, options);
      return new OnnxFileProgram(session, port, output, file);
    } catch (cause) {
      throw new EngineError(`onnxruntime's ${provider} provider did not take the model ${file}`, {
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
      const values = await this.once(part, step);
      dim = values.length / step;
      if (from === 0) data = new Float32Array(count * dim);
      data.set(values.subarray(0, Math.min(step, count - from) * dim), from * dim);
    }
    return { features: { data, shape: [count, dim] } };
  }

  private async once(images: Float32Array, count: number): Promise<Float32Array> {
    const { name, side, channelsFirst } = this.port;
    const shape = channelsFirst ? [count, 3, side, side] : [count, side, side, 3];
    const values = channelsFirst ? channelsFirstOf(images, side * side) : images;
    const { data, dims } = await this.session
      .run({ [name]: new ort.Tensor("float32", values, shape) }, [this.output])
      .then(results => results[this.output])
      .catch((cause: Error) => {
        throw new EngineError(`the model ${this.file} cannot be run on images of shape (${shape.join(", ")})`, {
          expected: "a model that takes them",
          actual: cause.message.replaceAll(/\s+/g, " ").slice(0, 300),
          cause,
        });
      });
    if (!(data instanceof Float32Array) || sizeOf(dims) % count !== 0) {
      throw new EngineError(`the output "${this.output}" is no feature`, {
        expected: `float32 of ${count} rows`,
        actual: `(${dims.join(", ")})`,
      });
    }
    return data;
  }

  async readState(): Promise<Record<string, never>> {
    return {};
  }

  async dispose(): Promise<void> {
    await this.session.release();
  }
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
