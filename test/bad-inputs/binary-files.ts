import onnxProto from "onnx-proto";
import type { BadInput, Damage } from "./bad-input.js";
import { cut, put } from "./bad-input.js";

const { onnx } = onnxProto;

/** An .npy file with any header. */
function npy(header: string, data: Uint8Array = new Uint8Array(0)): Buffer {
  const text = Buffer.from(`${header.padEnd(117)}\n`, "latin1");
  const start = Buffer.from([0x93, ...Buffer.from("NUMPY"), 1, 0, text.length & 255, text.length >> 8]);
  return Buffer.concat([start, text, data]);
}

const shaped = (shape: string, descr = "<f4"): string =>
  `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;

/** An array in the place of features, labels or codes. */
function array(what: string, bytes: Uint8Array, says: RegExp): BadInput[] {
  const damage = put("a.npy", bytes);
  const one = (role: string, args: string): BadInput => ({ args, code: 1, damage, what: `${role}, ${what}`, says });
  const train = "train --method dch --bits 8 --out @/m";
  return [
    one("features", `${train} --features @/a.npy --labels @/items/labels.npy`),
    one("labels", `${train} --features @/items/features.npy --labels @/a.npy`),
    one("codes", "search --database @/a.npy --query-codes @/a.npy"),
  ];
}

const arrays: readonly BadInput[] = [
  ...array("empty", new Uint8Array(0), /a\.npy: not an \.npy file; expected .*NUMPY.*; found an empty file/),
  ...array("a text", Buffer.from("1,2,3\n4,5,6\n"), /a\.npy: not an \.npy file.*found other bytes/),
  ...array("no shape", npy("{'descr': '<f4'}"), /a\.npy: the \.npy header is damaged; expected \{'descr'/),
  ...array(
    "shape below 0",
    npy(shaped("(-1, 3)")),
    /a\.npy: the \.npy header is damaged; expected a shape; found \(-1, 3\)/,
  ),
  ...array(
    "a huge shape",
    npy(shaped("(1000000000, 1000000000)")),
    /a\.npy: the file is cut short; expected 4000000000000000000 bytes/,
  ),
  ...array("objects", npy(shaped("(3,)", "|O")), /a\.npy: element type not supported; expected one of .*; found \|O/),
];

/** A safetensors file with any header. */
function safetensors(header: unknown, data: Uint8Array = new Uint8Array(0)): Buffer {
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}

/** Weights of a backbone with something wrong in them. */
function weights(what: string, bytes: Uint8Array, says: RegExp): BadInput {
  const args = "weights efficientnet-lite0 --file @/w.safetensors";
  return { args, code: 1, damage: put("w.safetensors", bytes), what: `weights, ${what}`, says };
}

const tensors: readonly BadInput[] = [
  weights("empty", new Uint8Array(0), /w\.safetensors: not a safetensors file.*found 0 bytes/),
  weights("a text", Buffer.from("these are no weights"), /w\.safetensors: not a safetensors file.*found other bytes/),
  weights(
    "a header that is longer than the file",
    safetensors({}).subarray(0, 9),
    /w\.safetensors: the file is cut short; expected a header of 2 bytes/,
  ),
  weights(
    "an entry null",
    safetensors({ a: null }),
    /entry of tensor "a" is damaged; expected dtype, shape and two data_offsets; found null/,
  ),
  weights(
    "a huge shape",
    safetensors({ a: { dtype: "F32", shape: [1e9, 1e9], data_offsets: [0, 4] } }),
    /tensor "a" does not fill its shape/,
  ),
  weights(
    "metadata of numbers",
    safetensors({ __metadata__: { a: 5 } }),
    /metadata is damaged; expected texts by name; found \{"a":5\}/,
  ),
  weights("other tensors", safetensors({}), /tensor "conv_stem\.weight" of efficientnet-lite0 is missing/),
  {
    args: "encode --model @/model --data @/items --out @/o.npy",
    code: 1,
    damage: cut("model/head.safetensors", 0.7),
    what: "head.safetensors cut short",
    says: /head\.safetensors: the file is cut short; expected \d+ bytes of data; found \d+/,
  },
  {
    args: "encode --model @/model --data @/items --out @/o.npy",
    code: 1,
    damage: cut("items/features.npy", 0.7),
    what: "features.npy cut short",
    says: /features\.npy: the file is cut short; expected \d+ bytes for shape \(18, 4\)/,
  },
];

/** A network of one operation on images, as a file. */
function network(
  dims: readonly (number | string)[],
  { operation = "Flatten", type = 1, output = ["y"], inputs = 1 } = {},
): Uint8Array {
  const dim = dims.map(side => (typeof side === "string" ? { dimParam: side } : { dimValue: side }));
  const value = (name: string, elemType: number, shape?: object) => ({
    name,
    type: { tensorType: { elemType, shape } },
  });
  const model = onnx.ModelProto.create({
    irVersion: 8,
    opsetImport: [{ domain: "", version: 13 }],
    graph: {
      name: "g",
      node: [{ opType: operation, input: ["x"], output: ["y"] }],
      input: Array.from({ length: inputs }, (_, i) => value(i === 0 ? "x" : `x${i}`, type, { dim })),
      output: output.map(name => value(name, 1)),
    },
  });
  return onnx.ModelProto.encode(model).finish();
}

/** A network that is none, or takes or gives what it must not. */
function backbone(what: string, bytes: Uint8Array, says: RegExp): BadInput {
  const args = "extract --dataset @/pics --backbone @/net.onnx --out @/w";
  return { args, code: 1, damage: put("net.onnx", bytes), what: `ONNX, ${what}`, says };
}

const TAKES_NONE = /net\.onnx: the model does not take images; expected one float32 input of shape .*; found /;
const networks: readonly BadInput[] = [
  backbone("empty", new Uint8Array(0), /net\.onnx: this is not an ONNX model/),
  backbone("a text", Buffer.from("this is no network"), /net\.onnx: this is not an ONNX model/),
  backbone("cut short", network(["n", 3, 8, 8]).subarray(0, 20), /net\.onnx: this is not an ONNX model/),
  backbone("side 0", network(["n", 3, 0, 0]), /net\.onnx cannot be run on images of shape \(1, 3, \d+, \d+\)/),
  backbone(
    "side 100000",
    network(["n", 3, 100000, 100000]),
    /net\.onnx: .*too large; expected at most 4096 pixels a side; found 100000/,
  ),
  backbone(
    "1e9 images a call",
    network([1e9, 3, 8, 8]),
    /net\.onnx: the model takes too many images a call.*found 1000000000 images/,
  ),
  backbone("one channel", network(["n", 1, 8, 8]), TAKES_NONE),
  backbone("no square", network(["n", 3, 8, 9]), TAKES_NONE),
  backbone("rank 2", network(["n", 3]), TAKES_NONE),
  backbone("whole numbers", network(["n", 3, 8, 8], { type: 7 }), TAKES_NONE),
  backbone("two inputs", network(["n", 3, 8, 8], { inputs: 2 }), TAKES_NONE),
  backbone(
    "no output",
    network(["n", 3, 8, 8], { output: [] }),
    /net\.onnx: the model has no output; expected --output/,
  ),
  backbone(
    "an output that is not there",
    network(["n", 3, 8, 8], { output: ["z"] }),
    /did not take the model .*net\.onnx/,
  ),
  backbone(
    "an unknown operation",
    network(["n", 3, 8, 8], { operation: "Nonsense" }),
    /did not take the model .*Nonsense/,
  ),
];

/** Of Fashion-MNIST. */
const IDX_FILES = ["train", "t10k"].flatMap(part => [`${part}-images-idx3-ubyte`, `${part}-labels-idx1-ubyte`]);

const missing: readonly BadInput[] = [
  { args: "evaluate --data @/nowhere --codes @/codes.npy", code: 1, says: /nowhere: there is no such data folder/ },
  { args: "evaluate --data @/items --codes @/none.npy", code: 1, says: /none\.npy: cannot be read.*ENOENT/ },
  {
    args: "encode --model @/none --data @/items --out @/o.npy",
    code: 1,
    says: /none: there is no such folder; expected .*trained model/,
  },
  { args: "run @/none.ipynb", code: 1, says: /none\.ipynb: cannot be read; expected a notebook/ },
  {
    args: "score @/none.csv --data @/items --fold 1/2",
    code: 1,
    says: /none\.csv: cannot be read; expected a submission/,
  },
  { args: "features merge @/nowhere", code: 1, says: /nowhere: cannot be read; expected a folder of shards/ },
  { args: "new @/items", code: 1, says: /items is not empty; expected a new folder/ },
  {
    args: "train --data @/items --method @/none.js --bits 8 --out @/m",
    code: 1,
    says: /none\.js: there is no such file/,
  },
  {
    args: "search --database @/codes.npy --model @/model --query @/pics/cat/0.png",
    code: 1,
    what: "a backbone that is not known",
    says: /head\.json: the model was trained on features of a network that is not known here.*found "none"/,
  },
  {
    args: "dataset fashion-mnist --root @/idx",
    code: 1,
    damage: async folder => {
      for (const name of IDX_FILES) await put(`idx/${name}.gz`, Buffer.from([0, 0, 8, 3, 255]))(folder);
    },
    what: "IDX cut short",
    says: /idx3-ubyte\.gz: the number of bytes does not fit the header; expected a header of 16 bytes; found 5/,
  },
];

const BATCHES = ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"];

/** CIFAR-10 whose batches have these bytes. */
const cifar10 = (bytes: string): Damage => {
  return async folder => {
    for (const name of BATCHES) await put(`cifar/${name}`, Buffer.from(bytes, "latin1"))(folder);
  };
};

const pictureSets: readonly BadInput[] = [
  {
    args: "dataset cifar-10 --root @/cifar",
    code: 1,
    damage: cifar10("cposix\nsystem\n(S'true'\ntR."),
    what: "a pickle that calls a function",
    says: /data_batch_1: this pickle names something to call, which is not done; .*found posix\.system before byte 14/,
  },
  {
    args: "extract --dataset cifar10-1 --root @/cifar --out @/w",
    code: 1,
    damage: cifar10("\x80\x02}q\x01(U\x0b"),
    what: "a pickle cut short",
    says: /data_batch_1: this pickle is damaged or cut short; expected 11 more bytes from byte 8 on; found 0/,
  },
  {
    args: "extract --dataset cifar10 --root @/items --out @/w",
    code: 1,
    says: /CIFAR-10 is not here: .*items holds none of cifar-10-batches-py.*--download/,
  },
  { args: "dataset voc2012", code: 1, says: /protocol voc2012 needs its lists and its images: --lists .* --images/ },
];

/** Arrays, weights, networks and images that are damaged, wrong or missing. */
export const BAD_BINARIES: readonly BadInput[] = [...arrays, ...tensors, ...networks, ...missing, ...pictureSets];
