import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, normalize, sep } from "node:path";
import onnxProto from "onnx-proto";
import { InputError } from "../core/errors.js";
import { readWeightsFile } from "../core/safetensors.js";

const { onnx } = onnxProto;

/** A ModelProto, decoded. */
export type OnnxModel = InstanceType<typeof onnxProto.onnx.ModelProto>;
type Tensor = InstanceType<typeof onnxProto.onnx.TensorProto>;
type Graph = InstanceType<typeof onnxProto.onnx.GraphProto>;
type Node = InstanceType<typeof onnxProto.onnx.NodeProto>;

/** Bytes of one protobuf message at most, a little left for what is not weights. */
const ONE_FILE = 2 ** 31 - 2 ** 24;

/** An ONNX model with its weights. */
export interface OnnxFile {
  /** The weights of other files are in it, unless all together are too large for one message. */
  readonly model: OnnxModel;
  /**
   * SHA-256 (hex) of the file; where weights lie in other files, of it and of these, in the order of their names, one
   * after the other.
   */
  readonly hash: string;
  /** What onnxruntime opens: the bytes of the file, its path where the weights beside it are too large to be taken in. */
  readonly source: Uint8Array | string;
}

/** Where the values of a tensor lie. */
interface Place {
  readonly tensor: Tensor;
  readonly file: string;
  readonly offset: number;
  /** Default: up to the end. */
  readonly length?: number;
}

/**
 * Reads an ONNX model, with weights that lie in files beside it, as PyTorch writes them (`model.onnx.data`).
 * @throws {InputError} when the file is no ONNX model, or weights are missing, cut short, or outside its folder
 */
export async function readOnnxFile(file: string): Promise<OnnxFile> {
  const bytes = await readWeightsFile(file);
  const model = decode(bytes, file);
  const places = tensorsOf(model).flatMap(tensor => placeOf(tensor, file) ?? []);
  const others = [...new Set(places.map(place => place.file))].sort();
  const hash = createHash("sha256").update(bytes);
  let size = bytes.length;
  for (const other of others) {
    const path = join(dirname(file), other);
    size += await sizeOfWeights(path, file);
    for await (const chunk of createReadStream(path)) hash.update(chunk);
  }
  const digest = hash.digest("hex");
  if (others.length === 0) return { model, hash: digest, source: bytes };
  if (size > ONE_FILE) return { model, hash: digest, source: file };
  for (const place of places) await takeIn(place, file);
  return { model, hash: digest, source: onnx.ModelProto.encode(model).finish() };
}

function decode(bytes: Uint8Array, file: string): OnnxModel {
  try {
    const model = onnx.ModelProto.decode(bytes);
    if (model.graph?.node?.length) return model as OnnxModel;
  } catch {} // told below
  throw new InputError("this is not an ONNX model", { file, expected: "a ModelProto with a graph" });
}

/** All tensors of a model: weights, constants of nodes, those of graphs inside nodes, and of functions. */
function tensorsOf({ graph, functions }: OnnxModel): Tensor[] {
  const ofNodes = (nodes: readonly Node[]): Tensor[] =>
    nodes.flatMap(({ attribute }) =>
      (attribute ?? []).flatMap(({ t, tensors, g, graphs }) => [
        ...(t ? [t as Tensor] : []),
        ...((tensors ?? []) as Tensor[]),
        ...[...(g ? [g] : []), ...(graphs ?? [])].flatMap(inner => ofGraph(inner as Graph)),
      ]),
    );
  const ofGraph = ({ initializer, node }: Graph): Tensor[] => [
    ...((initializer ?? []) as Tensor[]),
    ...ofNodes((node ?? []) as Node[]),
  ];
  const ofFunctions = (functions ?? []).flatMap(({ node }) => ofNodes((node ?? []) as Node[]));
  return [...(graph ? ofGraph(graph as Graph) : []), ...ofFunctions];
}

/** Where a tensor's values lie, when not in the model. @throws {InputError} for a place that is not beside the model */
function placeOf(tensor: Tensor, file: string): Place | undefined {
  if (tensor.dataLocation !== onnx.TensorProto.DataLocation.EXTERNAL) return undefined;
  const entries = Object.fromEntries((tensor.externalData ?? []).map(({ key, value }) => [key ?? "", value ?? ""]));
  const { location = "", offset = "0", length } = entries;
  const path = normalize(location);
  const [begin, count] = [Number(offset), length === undefined ? undefined : Number(length)];
  const isBeside = location !== "" && !isAbsolute(location) && path !== ".." && !path.startsWith(`..${sep}`);
  if (isBeside && [begin, count ?? 0].every(number => Number.isSafeInteger(number) && number >= 0)) {
    return { tensor, file: path, offset: begin, ...(count === undefined ? {} : { length: count }) };
  }
  throw new InputError(`the weights "${tensor.name}" cannot be where the model says`, {
    file,
    expected: "a file in the model's folder or below, and places in it",
    actual: JSON.stringify(entries),
  });
}

/** @throws {InputError} when the file of weights is not there */
async function sizeOfWeights(path: string, model: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) return found.size;
  throw new InputError("the weights of this model are not here", {
    file: model,
    expected: `the file ${path}, which was written beside it and has to be moved with it`,
    actual: found === undefined ? "nothing of that name" : "no regular file",
  });
}

/** Puts the values of a tensor into the model. @throws {InputError} when the file ends before them */
async function takeIn({ tensor, file, offset, length }: Place, model: string): Promise<void> {
  const path = join(dirname(model), file);
  const handle = await open(path);
  try {
    const bytes = Buffer.alloc(length ?? Math.max(0, (await handle.stat()).size - offset));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, offset);
    if (bytesRead < bytes.length) {
      throw new InputError(`the weights "${tensor.name}" are cut short`, {
        file: path,
        expected: `${bytes.length} bytes from ${offset} on`,
        actual: `${bytesRead}`,
      });
    }
    tensor.rawData = bytes;
    tensor.dataLocation = onnx.TensorProto.DataLocation.DEFAULT;
    tensor.externalData = [];
  } finally {
    await handle.close();
  }
}
