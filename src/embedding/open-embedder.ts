import type { Backbone } from "../backbone/backbone.js";
import { binarize } from "../codes/binarize.js";
import type { PackedCodes } from "../codes/packed-codes.js";
import { packCodes, packedCodes, takeCodes } from "../codes/packed-codes.js";
import { openEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import type { Abortable } from "../core/abort.js";
import { checkAborted } from "../core/abort.js";
import { InputError } from "../core/errors.js";
import { limiter } from "../core/limiter.js";
import { mapAhead } from "../core/map-ahead.js";
import type { ImageInput } from "../datasets/image-input.js";
import { FeatureProgram } from "../features/feature-program.js";
import { imagesPerCall } from "../features/images-per-call.js";
import { Encoder } from "../hashing/encode.js";
import type { HashModel, ModelGraph } from "../hashing/hash-model.js";
import { givesCodes, modelGraph } from "../hashing/hash-model.js";
import type { PreprocessInto } from "../images/preprocess.js";
import { preprocessor } from "../images/preprocess.js";
import { DECODERS } from "../images/preprocessed-batches.js";
import { valuesPerImage } from "../images/scales.js";
import type { Method } from "../methods/method.js";
import { loadModel } from "../methods/model-file.js";
import type { Embedder, Embedding, Embeddings } from "./embedder.js";
import { backboneOf } from "./model-backbone.js";

/** What an embedder is made of: a model's folder, a backbone alone, or a backbone and what makes codes of its features. */
export type EmbedderSource = string | Backbone | { readonly backbone: Backbone; readonly model: HashModel };

/** Settings of {@link openEmbedder}. */
export interface EmbedderOptions {
  /** What computes. Default: the best engine that is there. */
  readonly engine?: Engine;
  /** Threads of the network, where no engine is given, and images decoded at a time; 1 or more. Default: all cores; 6 images. */
  readonly threads?: number;
  /** Network inputs an engine call (images, times their views) of many images; 1..4096. Default 16. */
  readonly batchSize?: number;
  /** Of a folder whose head.json does not say where its network is, an .onnx file for example. Default: as it says. */
  readonly backbone?: Backbone;
  /** Of a folder whose model was fitted by a method of one's own. Default: one of ours. */
  readonly method?: Method;
}

/**
 * Opens what makes features and codes of images: the network is compiled once, for one image and, when many come, for a
 * batch; decoding runs ahead of it. Between the two the last bits of a feature may differ, as they do between engines. For
 * a search service, a camera, the queries of a session.
 * @param source a folder of `train` or `fine-tune` (its head.json names backbone, layer, views and weights), a backbone,
 *   or a backbone with a head or a fitted model
 * @throws {InputError} when backbone and model do not go together, or a setting is out of bounds
 */
export async function openEmbedder(source: EmbedderSource, options: EmbedderOptions = {}): Promise<Embedder> {
  const { backbone, model } = await partsOf(source, options);
  const { threads, batchSize = 16 } = options;
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1)) {
    throw new InputError("this number of threads cannot be", {
      expected: "a whole number of 1 or more",
      actual: `${threads}`,
    });
  }
  const images = imagesPerCall(batchSize, backbone.preprocessing);
  const graph = model === undefined ? undefined : modelGraph(model);
  if (graph !== undefined && graph.inputDim !== backbone.dim) {
    throw new InputError("the model was trained on other features", {
      ...(typeof source === "string" ? { file: `${source}/head.json` } : {}),
      expected: `features of length ${graph.inputDim}; name their network`,
      actual: `${backbone.dim} from ${backbone.name}`,
    });
  }
  const engine = options.engine ?? (await openEngine({ threads, precision: backbone.quantization?.precision }));
  const codes = model !== undefined && graph !== undefined && givesCodes(model) ? graph : undefined;
  return new OpenEmbedder(backbone, codes, { engine, images, decoders: threads ?? DECODERS });
}

async function partsOf(
  source: EmbedderSource,
  { backbone, method }: EmbedderOptions,
): Promise<{ readonly backbone: Backbone; readonly model?: HashModel }> {
  if (typeof source !== "string") return "model" in source ? source : { backbone: source };
  const model = await loadModel(source, method === undefined ? {} : { method });
  return { model, backbone: backbone ?? (await backboneOf(source, {})) };
}

interface Running {
  readonly engine: Engine;
  /** Images of a batch. */
  readonly images: number;
  readonly decoders: number;
}

class OpenEmbedder implements Embedder {
  readonly dim: number;
  readonly bits?: number;
  private readonly programs: Map<number, Promise<FeatureProgram>> = new Map();
  private readonly encoder?: Encoder;
  private readonly prepare: PreprocessInto;
  private closed: boolean = false;
  /** Images that are being embedded: their programs are let go when they are done. */
  private readonly atWork: Set<Promise<unknown>> = new Set();

  constructor(
    private readonly backbone: Backbone,
    private readonly graph: ModelGraph | undefined,
    private readonly running: Running,
  ) {
    this.dim = backbone.dim;
    this.prepare = preprocessor(backbone.preprocessing);
    if (graph === undefined) return;
    this.bits = graph.bits;
    this.encoder = new Encoder(running.engine, graph);
  }

  async embed(image: ImageInput, { signal }: Abortable = {}): Promise<Embedding> {
    checkAborted(signal);
    const [embedding] = await this.working(async () => this.embeddings([await this.pixelsOf(image, 0)]));
    return embedding;
  }

  async *embedStream(
    images: Iterable<ImageInput> | AsyncIterable<ImageInput>,
    { signal }: Abortable = {},
  ): AsyncGenerator<Embedding, void> {
    const { images: batch, decoders } = this.running;
    const ahead = Math.max(batch, decoders);
    const limited = limiter(decoders);
    const decode = (image: ImageInput, place: number) => limited(() => this.pixelsOf(image, place));
    let waiting: Float32Array[] = [];
    for await (const pixels of mapAhead(images, decode, { ahead, signal })) {
      waiting.push(pixels);
      if (waiting.length < batch) continue;
      yield* await this.working(() => this.embeddings(waiting));
      waiting = [];
    }
    for (const pixels of waiting) {
      checkAborted(signal);
      yield* await this.working(() => this.embeddings([pixels]));
    }
  }

  async embedAll(images: readonly ImageInput[], options: Abortable = {}): Promise<Embeddings> {
    const { dim, graph } = this;
    const features = new Float32Array(images.length * dim); // (images, dim)
    const bytes = Math.ceil((graph?.bits ?? 0) / 8);
    const codes = new Uint8Array(images.length * bytes); // (images, bytesPerCode)
    let row = 0;
    for await (const { feature, code } of this.embedStream(images, options)) {
      features.set(feature, row * dim);
      if (code !== undefined) codes.set(code.data, row * bytes);
      row++;
    }
    const packed = graph === undefined ? {} : { codes: packedCodes(codes, graph.bits) };
    return { features: { data: features, shape: [images.length, dim] }, ...packed };
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.allSettled(this.atWork);
    const programs = [...this.programs.values()];
    this.programs.clear();
    for (const program of programs) await (await program).dispose();
    await this.encoder?.dispose();
  }

  /** Does work that closing waits for. @throws {InputError} when it is closed */
  private working<T>(work: () => Promise<T>): Promise<T> {
    if (this.closed) {
      throw new InputError("this embedder is closed", { expected: "images before close()" });
    }
    const mine = work();
    this.atWork.add(mine);
    const isDone = (): boolean => this.atWork.delete(mine);
    mine.then(isDone, isDone);
    return mine;
  }

  /** (views, crop, crop, 3), of each scale */
  private async pixelsOf(image: ImageInput, place: number): Promise<Float32Array> {
    const { preprocessing } = this.backbone;
    const pixels = new Float32Array(valuesPerImage(preprocessing));
    await this.prepare(image, pixels, { name: typeof image === "string" ? image : `image ${place}` });
    return pixels;
  }

  /** Of one image, or of as many as a batch has: programs have fixed shapes. */
  private async embeddings(pixels: readonly Float32Array[]): Promise<Embedding[]> {
    const data = new Float32Array(pixels.length * pixels[0].length); // (images, values of an image)
    for (const [i, one] of pixels.entries()) data.set(one, i * one.length);
    const batch = { rows: Int32Array.from(pixels.keys()), data, failed: [], truncated: [] };
    const features = await (await this.program(pixels.length)).featuresOf(batch);
    const codes = await this.codesOf(features);
    return pixels.map((_, i) => {
      const feature = features.slice(i * this.dim, (i + 1) * this.dim);
      if (codes === undefined) return { feature };
      return { feature, code: takeCodes(codes, [i]) };
    });
  }

  private async codesOf(features: Float32Array): Promise<PackedCodes | undefined> {
    if (this.graph === undefined || this.encoder === undefined) return undefined;
    const shape = [features.length / this.dim, this.dim];
    return packCodes(binarize(await this.encoder.encode(this.graph.arrays, { data: features, shape })));
  }

  private program(images: number): Promise<FeatureProgram> {
    const known = this.programs.get(images);
    if (known !== undefined) return known;
    const made = FeatureProgram.open(this.backbone, { engine: this.running.engine, images });
    made.catch(() => this.programs.delete(images));
    this.programs.set(images, made);
    return made;
  }
}
