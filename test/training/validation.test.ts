import { expect, it } from "vitest";
import { binarize } from "../../src/codes/binarize.js";
import { packCodes } from "../../src/codes/packed-codes.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { takeRows } from "../../src/core/arrays.js";
import { Random } from "../../src/core/random.js";
import { takeLabels } from "../../src/core/take-labels.js";
import { encodeFeatures } from "../../src/hashing/encode.js";
import { initHead } from "../../src/hashing/head.js";
import { evaluateCodes } from "../../src/metrics/evaluate.js";
import { resolveConfig } from "../../src/training/train-config.js";
import { openValidator } from "../../src/training/validation.js";
import { rows, toyData } from "./toy.js";

// Of the larger database rows are copied block by block.
it.each([40, 7000])(
  "says what a whole evaluation says, to the last bit, and the bits' statistics: %i a class",
  async perClass => {
    const engine = onnxEngine("cpu", { threads: 1 });
    const { features, labels } = toyData(2, { perClass });
    const known = 4 * perClass - 40;
    const database = rows(0, known).filter(row => row % 7 !== 3);
    const validation = { query: rows(known, known + 40), database };
    const config = { inputDim: 12, hidden: [16], bits: 12, dropout: 0 };
    const form = { activation: "tanh", output: "codes" } as const;
    const head = { config, ...form, parameters: initHead(config, new Random(5)), beta: 2 };
    const data = { features, labels, train: rows(0, 120), validation };
    const plan = { head: config, form, config: resolveConfig({ method: "dch", bits: 12 }) };
    const validator = openValidator(data, { ...plan, config: { ...plan.config, method: "dch" } }, { engine })!;
    const { validationMAP, bitImbalance, bitCorrelation } = await validator.validate(head);
    await validator.dispose();

    const sideOf = async (some: Int32Array) => {
      const signs = binarize(await encodeFeatures(takeRows(features, some), head, { engine }));
      return { signs, codes: packCodes(signs), labels: takeLabels(labels, some) };
    };
    const sides = { queries: await sideOf(validation.query), database: await sideOf(database) };
    expect(validationMAP).toBe((await evaluateCodes(sides)).mAP.all.tieAware);

    const column = (bit: number): number[] => Array.from(database, (_, at) => sides.database.signs.data[at * 12 + bit]);
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    const bits = Array.from({ length: 12 }, (_, bit) => column(bit));
    expect(bitImbalance).toBeCloseTo(mean(bits.map(values => Math.abs(mean(values) / 2))), 12);
    const deviation = (values: readonly number[]): number => Math.sqrt(1 - mean(values) ** 2);
    const correlation = (a: readonly number[], b: readonly number[]): number =>
      (mean(a.map((value, i) => value * b[i])) - mean(a) * mean(b)) /
      (deviation(a) * deviation(b) || Number.POSITIVE_INFINITY);
    const pairs = bits.flatMap((a, i) => bits.flatMap((b, j) => (i === j ? [] : Math.abs(correlation(a, b)))));
    expect(bitCorrelation).toBeCloseTo(mean(pairs), 12);
  },
);
