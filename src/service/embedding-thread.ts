// The program of an `EmbeddingCrew`'s threads: decodes one picture, runs the network and its heads, and takes the next.
import { parentPort, workerData } from "node:worker_threads";
import type { Backbone } from "../backbone/backbone.js";
import { openCompiledProgram } from "../compute/onnx-session.js";
import type { Engine, Program } from "../compute/program.js";
import { EngineError, HashbookError } from "../core/errors.js";
import type { ImageInput } from "../datasets/image-input.js";
import { FeatureProgram } from "../features/feature-program.js";
import type { SentImage } from "../images/decode.js";
import { preprocessor } from "../images/preprocess.js";
import { valuesPerImage } from "../images/scales.js";
import type {
  EmbeddedPicture,
  EmbeddingNews,
  EmbeddingOrder,
  EmbeddingSource,
  EmbeddingThreadData,
} from "./embedding-order.js";
import type { NetworkSpec, ProgramSpec } from "./network-spec.js";
import { checkPicture, type PictureSize } from "./picture-check.js";
import { Refusal } from "./refusal.js";

/** The thread is the core's: one thread inside an operation. */
const ALONE = { threads: 1, sharesCores: true } as const;

/** How an uploaded picture is called in messages, which whoever sent it reads. */
const UPLOADED: SentImage = { name: "the picture", sent: true };
/** How a picture of the gallery is called. */
const STORED: SentImage = { name: "a picture of the gallery" };

/** Never asked: programs come compiled. */
const ENGINE: Engine = {
  name: "cpu",
  kind: "compiled",
  description: "a thread of the service",
  prepare: () => Promise.reject(new EngineError("a thread of the service compiles nothing")),
};

/** What a picture is before the network: values for it, or a feature that is known. */
interface Decoded {
  /** Preprocessed, of each view and scale. */
  readonly values?: Float32Array;
  readonly feature?: Float32Array;
  /** Of an uploaded picture. */
  readonly size?: PictureSize;
}

/** A network ready to be called with one picture. */
interface OpenNetwork {
  decode(source: EmbeddingSource): Promise<Decoded>;
  feature(values: Float32Array): Promise<Float32Array>;
  relaxedCodes(feature: Float32Array): Promise<Float32Array[]>;
}

/** onnxruntime takes no shared memory. */
const open = ({ compiled, inputs, resident }: ProgramSpec): Promise<Program> =>
  openCompiledProgram({ ...compiled, bytes: compiled.bytes.slice() }, { inputs, resident, ...ALONE });

/** The program of a network for pictures of one side. */
async function networkProgram({ program, name }: NetworkSpec, side: number): Promise<Program> {
  if (program.kind === "compiled") return open(program.bySide[side]);
  const { OnnxFileProgram } = await import("../backbone/onnx-program.js");
  const { bytes, graph } = program;
  const { input, output, channelsFirst, batch, pooled } = graph;
  const port = { name: input, batch, side, channelsFirst };
  const of = { output, file: name, ...(pooled === undefined ? {} : { pool: pooled.pool }) };
  return OnnxFileProgram.open(bytes.slice(), port, { provider: "cpu", threads: ALONE.threads, ...of });
}

async function openNetwork(spec: NetworkSpec, pixels: number): Promise<OpenNetwork> {
  const { name, dim, preprocessing, heads } = spec;
  const backbone: Backbone = {
    ...{ name, dim, preprocessing, weights: {}, weightsHash: "" },
    forward() {
      throw new EngineError("a thread of the service traces nothing");
    },
    prepare: (_, side = preprocessing.crop) => networkProgram(spec, side),
  };
  const program = await FeatureProgram.open(backbone, { engine: ENGINE, images: 1 });
  const headPrograms = await Promise.all(heads.map(open));
  const prepare = preprocessor(preprocessing);
  const rows = Int32Array.of(0);
  const valuesOf = async (image: ImageInput, called: SentImage): Promise<Float32Array> => {
    const values = new Float32Array(valuesPerImage(preprocessing));
    await prepare(image, values, called);
    return values;
  };
  return {
    async decode(source) {
      switch (source.kind) {
        case "feature":
          return { feature: source.feature };
        case "gallery":
          return { values: await valuesOf(source.image, STORED) };
        case "upload": {
          const size = await checkPicture(source.bytes, pixels);
          return { values: await valuesOf(source.bytes, UPLOADED), size };
        }
      }
    },
    feature: data => program.featuresOf({ rows, data, failed: [], truncated: [] }),
    async relaxedCodes(feature) {
      const made: Float32Array[] = [];
      for (const head of headPrograms) made.push((await head.run({ features: feature })).h.data);
      return made;
    },
  };
}

async function embed(network: OpenNetwork, source: EmbeddingSource): Promise<EmbeddedPicture> {
  const started = performance.now();
  const decoded = await network.decode(source);
  const afterDecode = performance.now();
  const feature = decoded.feature ?? (await network.feature(decoded.values!));
  const afterNetwork = performance.now();
  const relaxed = await network.relaxedCodes(feature);
  const seconds = {
    decode: (afterDecode - started) / 1000,
    network: (afterNetwork - afterDecode) / 1000,
    head: (performance.now() - afterNetwork) / 1000,
  };
  return { feature, relaxed, ...decoded.size, seconds };
}

/** What the one who asked is told of a failure. */
function newsOf(id: number, cause: unknown): EmbeddingNews {
  if (cause instanceof Refusal) return { kind: "refused", id, code: cause.code, message: cause.message };
  if (cause instanceof HashbookError) return { kind: "refused", id, code: "undecodable", message: cause.message };
  return { kind: "failed", id, message: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause) };
}

const tell = (news: EmbeddingNews): void => parentPort?.postMessage(news);

const { networks, pixels } = workerData as EmbeddingThreadData;
const ready: OpenNetwork[] = [];
for (const spec of networks) ready.push(await openNetwork(spec, pixels));
parentPort?.on("message", async ({ id, network, source }: EmbeddingOrder) => {
  tell(
    await embed(ready[network], source).then(
      (made): EmbeddingNews => ({ kind: "made", id, made }),
      (cause: unknown) => newsOf(id, cause),
    ),
  );
});
tell({ kind: "ready" });
