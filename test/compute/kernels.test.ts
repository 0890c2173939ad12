import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KERNELS } from "../../src/compute/kernels/table.js";
import { expectAgreement, tf, values } from "./both.js";

type Case = (tensors: Readonly<Record<string, Tensor>>) => Tensor;
const covered = new Set<string>();

/** Runs one property per kernel and remembers which kernels have one. */
function kernels(names: string, title: string, property: () => Promise<void>): void {
  for (const name of names.split(" ")) covered.add(name);
  it(`${names}: ${title}`, property);
}

const side = fc.integer({ min: 1, max: 5 });
const shape = fc.array(side, { minLength: 0, maxLength: 4 });
const seed = fc.integer({ min: 0, max: 1e6 });
const RUNS = { numRuns: 6 };

async function unary(fn: (x: Tensor) => Tensor, low = -3, high = 3): Promise<void> {
  await fc.assert(
    fc.asyncProperty(shape, seed, async (sides, s) => {
      await expectAgreement({ x: values(s, sides, low, high) }, ({ x }) => ({ y: fn(x).cast("float32") }));
    }),
    RUNS,
  );
}

/** Two shapes that broadcast: the second has ones, or lacks leading axes. */
const broadcastable = shape.chain(sides =>
  fc
    .tuple(fc.array(fc.boolean(), { minLength: sides.length, maxLength: sides.length }), fc.nat({ max: sides.length }))
    .map(([ones, drop]) => [sides, sides.map((n, i) => (ones[i] ? 1 : n)).slice(drop)] as const),
);

async function binary(fn: (a: Tensor, b: Tensor) => Tensor, low = -3, high = 3): Promise<void> {
  await fc.assert(
    fc.asyncProperty(broadcastable, seed, fc.boolean(), async ([left, right], s, swap) => {
      const inputs = { a: values(s, left, low, high), b: values(s + 1, right, low, high) };
      await expectAgreement(inputs, ({ a, b }) => ({ y: (swap ? fn(b, a) : fn(a, b)).cast("float32") }));
    }),
    RUNS,
  );
}

const UNARY: [string, (x: Tensor) => Tensor, number?, number?][] = [
  ["Abs", tf.abs],
  ["Neg", tf.neg],
  ["Exp", tf.exp],
  ["Log", tf.log, 0.01, 5],
  ["Log1p", tf.log1p, 0, 5],
  ["Expm1", tf.expm1],
  ["Sqrt", tf.sqrt, 0, 5],
  ["Rsqrt", tf.rsqrt, 0.1, 5],
  ["Square", tf.square],
  ["Reciprocal", tf.reciprocal, 0.1, 3],
  ["Tanh", tf.tanh],
  ["Sigmoid", tf.sigmoid],
  ["Softplus", tf.softplus, -100, 100],
  ["Relu", tf.relu],
  ["Relu6", tf.relu6, -3, 9],
  ["LeakyRelu", x => tf.leakyRelu(x, 0.3)],
  ["Erf", tf.erf],
  ["Sign", tf.sign],
  ["Floor", tf.floor],
  ["Ceil", tf.ceil],
  ["Round", tf.round],
  ["Sin", tf.sin],
  ["Cos", tf.cos],
  ["Step", x => tf.step(x, 0.25)],
  ["ClipByValue", x => tf.clipByValue(x, -1, 0.5)],
  ["Identity", x => tf.clone(x)],
  ["ZerosLike", x => tf.zerosLike(x)],
  ["OnesLike", x => tf.onesLike(x)],
  ["IsNan", x => tf.isNaN(tf.sqrt(x))],
  ["Cast", x => tf.cast(x, "int32")],
  ["LogicalNot", x => tf.logicalNot(tf.greater(x, 0))],
  ["Softmax", x => (x.rank === 0 ? x : tf.softmax(x))],
  ["LogSoftmax", x => (x.rank === 0 ? x : tf.logSoftmax(x))],
];

const BINARY: [string, (a: Tensor, b: Tensor) => Tensor, number?, number?][] = [
  ["Add", tf.add],
  ["Sub", tf.sub],
  ["Multiply", tf.mul],
  ["RealDiv", tf.div, 0.2, 3],
  ["Maximum", tf.maximum],
  ["Minimum", tf.minimum],
  ["Pow", tf.pow, 0.1, 2],
  ["SquaredDifference", tf.squaredDifference],
  ["Greater", tf.greater],
  ["GreaterEqual", tf.greaterEqual],
  ["Less", tf.less],
  ["LessEqual", tf.lessEqual],
  ["Equal", (a, b) => tf.equal(tf.round(a), tf.round(b))],
  ["NotEqual", (a, b) => tf.notEqual(tf.round(a), tf.round(b))],
  ["LogicalAnd", (a, b) => tf.logicalAnd(tf.greater(a, 0), tf.less(b, 1))],
  ["LogicalOr", (a, b) => tf.logicalOr(tf.greater(a, 1), tf.less(b, 0))],
];

describe("every kernel of the table agrees with eager tfjs", () => {
  for (const [name, fn, low, high] of UNARY) kernels(name, "any shape", () => unary(fn, low, high));
  for (const [name, fn, low, high] of BINARY) kernels(name, "with broadcasting", () => binary(fn, low, high));

  const REDUCTIONS: Record<string, (x: Tensor, axes?: number[], keep?: boolean) => Tensor> = {
    Sum: tf.sum,
    Mean: tf.mean,
    Max: tf.max,
    Min: tf.min,
    Prod: tf.prod,
  };
  for (const [name, fn] of Object.entries(REDUCTIONS)) {
    kernels(name, "any axes, kept or not", () =>
      fc.assert(
        fc.asyncProperty(
          shape,
          fc.array(fc.boolean(), { minLength: 4 }),
          fc.boolean(),
          seed,
          async (sides, on, keep, s) => {
            const axes = sides.map((_, axis) => axis).filter(axis => on[axis]);
            await expectAgreement({ x: values(s, sides) }, ({ x }) => ({ y: fn(x, axes, keep), all: fn(x) }));
          },
        ),
        RUNS,
      ),
    );
  }
  kernels("ArgMax ArgMin", "any axis", () =>
    fc.assert(
      fc.asyncProperty(fc.array(side, { minLength: 1, maxLength: 3 }), seed, async (sides, s) => {
        await expectAgreement({ x: values(s, sides) }, ({ x }) => ({
          high: tf.argMax(x, sides.length - 1),
          low: tf.argMin(x, 0),
        }));
      }),
      RUNS,
    ),
  );
  kernels("Sum", "truth values are counted", () =>
    expectAgreement({ x: values(3, [7, 5]) }, ({ x }) => ({ y: tf.sum(tf.greater(x, 0), 1) })),
  );
  kernels("AddN", "several terms", () =>
    expectAgreement({ a: values(1, [3, 2]), b: values(2, [3, 2]), c: values(3, [3, 2]) }, ({ a, b, c }) => ({
      y: tf.addN([a, b, c]),
    })),
  );
  kernels("Select", "same shape, broadcast condition", () =>
    expectAgreement({ a: values(1, [4, 3]), b: values(2, [4, 3]), c: values(3, [4, 1]) }, ({ a, b, c }) => ({
      each: tf.where(tf.greater(a, b), a, b),
      rows: tf.where(tf.greater(c, 0), a, b),
    })),
  );

  kernels("BatchMatMul Transpose", "all transposes, batches", () =>
    fc.assert(
      fc.asyncProperty(side, side, side, side, fc.boolean(), fc.boolean(), seed, async (b, m, k, n, ta, tb, s) => {
        const a = values(s, ta ? [b, k, m] : [b, m, k]);
        const c = values(s + 1, tb ? [b, n, k] : [b, k, n]);
        await expectAgreement({ a, c }, t => ({
          batched: tf.matMul(t.a, t.c, ta, tb),
          flat: tf.matMul(
            tf.reshape(tf.slice(t.a, 0, 1), a.shape.slice(1) as [number, number]) as Tensor2D,
            tf.reshape(tf.slice(t.c, 0, 1), c.shape.slice(1) as [number, number]) as Tensor2D,
            ta,
            tb,
          ),
        }));
      }),
      RUNS,
    ),
  );
  kernels("_FusedMatMul", "bias and activation", () =>
    expectAgreement({ a: values(1, [4, 3]), b: values(2, [3, 5]), bias: values(3, [5]) }, ({ a, b, bias }) => ({
      y: tf.fused.matMul({ a: a as Tensor2D, b: b as Tensor2D, bias, activation: "relu6" }),
    })),
  );

  kernels("Reshape ExpandDims Transpose Tile", "any order", () =>
    expectAgreement({ x: values(1, [2, 3, 4]) }, ({ x }) => ({
      reshaped: tf.reshape(x, [4, -1]),
      expanded: tf.expandDims(x, -1),
      transposed: tf.transpose(x, [2, 0, 1]),
      tiled: tf.tile(x, [2, 1, 3]),
    })),
  );
  kernels("Slice Concat Pack Unpack SplitV Reverse", "parts", () =>
    expectAgreement({ x: values(1, [4, 6]), y: values(2, [4, 2]) }, ({ x, y }) => ({
      slice: tf.slice(x, [1, 2], [2, -1]),
      concat: tf.concat([x, y], 1),
      stack: tf.stack([y, y, y], 1),
      unstack: tf.unstack(x, 1)[4],
      split: tf.split(x, [1, 2, 3], 1)[2],
      halves: tf.split(x, 2, 0)[1],
      reverse: tf.reverse(x, [0, 1]),
    })),
  );
  kernels("PadV2 Fill", "constants", () =>
    expectAgreement({ x: values(1, [2, 3]) }, ({ x }) => ({
      padded: tf.pad(
        x as Tensor2D,
        [
          [1, 0],
          [2, 3],
        ],
        0.5,
      ),
      filled: tf.add(x, tf.fill([2, 3], 4)),
    })),
  );
  kernels("GatherV2 OneHot", "rows and columns", () =>
    expectAgreement({ x: values(1, [5, 3]), rows: { data: Int32Array.of(4, 0, 4), shape: [3] } }, ({ x, rows }) => ({
      picked: tf.gather(x, rows as Tensor),
      columns: tf.gather(x, tf.tensor1d([2, 0], "int32"), 1),
      onehot: tf.cast(tf.oneHot(rows as Tensor, 5), "float32"),
    })),
  );

  const strides = fc.constantFrom(1, 2);
  const pad = fc.constantFrom<"same" | "valid" | number>("same", "valid", 1);
  kernels("Conv2D FusedConv2D DepthwiseConv2dNative FusedDepthwiseConv2D", "sizes, strides, padding", () =>
    fc.assert(
      fc.asyncProperty(
        fc.record({
          n: fc.constantFrom(1, 2),
          h: fc.integer({ min: 5, max: 9 }),
          k: fc.constantFrom(1, 3, 5),
          strides,
          pad,
          seed,
        }),
        async ({ n, h, k, strides: stride, pad: padding, seed: s }) => {
          const inputs = {
            x: values(s, [n, h, h + 1, 3]),
            w: values(s + 1, [k, k, 3, 4], -1, 1),
            d: values(s + 2, [k, k, 3, 2], -1, 1),
            b: values(s + 3, [4]),
            e: values(s + 4, [6]),
          };
          await expectAgreement(inputs, ({ x, w, d, b, e }) => ({
            conv: tf.conv2d(x as Tensor4D, w as Tensor4D, stride, padding),
            fused: tf.fused.conv2d({
              x: x as Tensor4D,
              filter: w as Tensor4D,
              strides: stride,
              pad: padding,
              bias: b,
              activation: "relu",
            }),
            depthwise: tf.depthwiseConv2d(x as Tensor4D, d as Tensor4D, stride, padding),
            fusedDepthwise: tf.fused.depthwiseConv2d({
              x: x as Tensor4D,
              filter: d as Tensor4D,
              strides: stride,
              pad: padding,
              bias: e,
              activation: "relu6",
            }),
          }));
        },
      ),
      { numRuns: 12 },
    ),
  );
  kernels(
    "Conv2DBackpropInput Conv2DBackpropFilter DepthwiseConv2dNativeBackpropInput DepthwiseConv2dNativeBackpropFilter",
    "gradients by sizes, strides, padding",
    () =>
      fc.assert(
        fc.asyncProperty(
          fc.record({
            n: fc.constantFrom(1, 2),
            h: fc.integer({ min: 5, max: 9 }),
            k: fc.constantFrom(1, 3, 5),
            stride: fc.constantFrom(1, 2, 3),
            pad,
            seed,
          }),
          async ({ n, h, k, stride, pad: padding, seed: s }) => {
            const inputs = {
              x: values(s, [n, h, h + 1, 3]),
              w: values(s + 1, [k, k, 3, 4], -1, 1),
              d: values(s + 2, [k, k, 3, 2], -1, 1),
            };
            // the square makes the gradient depend on the place
            const [dense, depthwise] = [tf.conv2d, tf.depthwiseConv2d].map(apply =>
              tf.grads((x, filter) =>
                apply(x as Tensor4D, filter as Tensor4D, stride, padding)
                  .square()
                  .sum(),
              ),
            );
            await expectAgreement(inputs, ({ x, w, d }) => {
              const [denseX, denseW] = dense([x, w]);
              const [depthwiseX, depthwiseW] = depthwise([x, d]);
              return { denseX, denseW, depthwiseX, depthwiseW };
            });
          },
        ),
        { numRuns: 15 },
      ),
  );
  kernels("Conv2D", "dilation", () =>
    expectAgreement({ x: values(1, [1, 9, 9, 2]), w: values(2, [3, 3, 2, 3]) }, ({ x, w }) => ({
      y: tf.conv2d(x as Tensor4D, w as Tensor4D, 1, "same", "NHWC", 2),
    })),
  );
  kernels("MaxPool AvgPool", "sizes, strides, padding", () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 4, max: 9 }),
        strides,
        fc.constantFrom<"same" | "valid">("same", "valid"),
        seed,
        async (h, stride, padding, s) => {
          await expectAgreement({ x: values(s, [2, h, h, 3]) }, ({ x }) => ({
            max: tf.maxPool(x as Tensor4D, 3, stride, padding),
            avg: tf.avgPool(x as Tensor4D, 3, stride, padding),
          }));
        },
      ),
      RUNS,
    ),
  );
  kernels("FusedBatchNorm", "with and without scale", () =>
    expectAgreement(
      {
        x: values(1, [2, 3, 3, 4]),
        mean: values(2, [4]),
        variance: values(3, [4], 0.1, 2),
        offset: values(4, [4]),
        scale: values(5, [4]),
      },
      ({ x, mean, variance, offset, scale }) => ({
        full: tf.batchNorm4d(
          x as Tensor4D,
          mean as tf.Tensor1D,
          variance as tf.Tensor1D,
          offset as tf.Tensor1D,
          scale as tf.Tensor1D,
          1e-3,
        ),
        bare: tf.batchNorm4d(x as Tensor4D, mean as tf.Tensor1D, variance as tf.Tensor1D),
      }),
    ),
  );

  kernels("Range", "any start, stop and step", () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -5, max: 5 }),
        fc.integer({ min: 1, max: 9 }),
        seed,
        async (start, count, s) => {
          const step = (s % 2 === 0 ? 1 : -1) * (1 + (s % 3));
          const inputs = { x: values(s, [count]) };
          await expectAgreement(inputs, ({ x }) => ({
            y: tf.add(x, tf.range(start, start + count * step, step, s % 5 === 0 ? "int32" : "float32")),
          }));
        },
      ),
      RUNS,
    ),
  );

  it("no row of the table is without a case", () => {
    expect(Object.keys(KERNELS).filter(name => !covered.has(name))).toEqual([]);
  });
});

describe("gradients agree with eager tfjs", () => {
  const smooth: Record<string, Case> = {
    tanh: ({ x }) => tf.tanh(x),
    relu: ({ x }) => tf.relu(x),
    relu6: ({ x }) => tf.relu6(tf.mul(x, 4)),
    softplus: ({ x }) => tf.softplus(tf.mul(x, 30)),
    sigmoid: ({ x }) => tf.sigmoid(x),
    "log of square": ({ x }) => tf.log(tf.add(tf.square(x), 0.1)),
    "sqrt, division": ({ x, y }) => tf.div(x, tf.sqrt(tf.add(tf.square(y), 0.5))),
    "matMul with transposes": ({ x, y }) => tf.matMul(x as Tensor2D, y as Tensor2D, false, true),
    "Gram matrix": ({ x }) => tf.matMul(x as Tensor2D, x as Tensor2D, false, true),
    "mean over an axis": ({ x, y }) => tf.mul(tf.mean(x, 0, true), y),
    "norm of rows": ({ x }) => tf.sqrt(tf.add(tf.sum(tf.square(x), 1), 1e-6)),
    maximum: ({ x, y }) => tf.maximum(x, y),
    where: ({ x, y }) => tf.where(tf.tensor2d([[1, 0, 1]], [1, 3], "bool"), tf.square(x), tf.exp(y)),
    abs: ({ x }) => tf.abs(x),
    "clip, step": ({ x }) => tf.mul(tf.clipByValue(x, -1, 1), tf.step(x)),
    "concat, slice": ({ x, y }) => tf.slice(tf.concat([x, tf.square(y)], 0), [1, 0], [5, 2]),
    "log-softmax": ({ x }) => tf.logSoftmax(x),
    "broadcast bias": ({ x, y }) => tf.add(x, tf.sum(y, 0)),
  };
  for (const [name, fn] of Object.entries(smooth)) {
    it(name, () =>
      fc.assert(
        fc.asyncProperty(seed, async s => {
          const inputs = { x: values(s, [4, 3]), y: values(s + 1, [4, 3]) };
          await expectAgreement(inputs, tensors => {
            // the added product makes every case depend on both
            const scalar = (x: Tensor, y: Tensor) =>
              tf.add(tf.mean(tf.square(fn({ x, y }))), tf.mean(tf.mul(x, y))).asScalar();
            const { value, grads } = tf.valueAndGrads(scalar)([tensors.x, tensors.y]);
            return { value, dx: grads[0], dy: grads[1] };
          });
        }),
        RUNS,
      ),
    );
  }
});
