import { describe, expect, it } from "vitest";
import { binarize } from "../../src/codes/binarize.js";
import { packCodes } from "../../src/codes/packed-codes.js";
import { multiHotLabels } from "../../src/core/labels.js";
import { Random } from "../../src/core/random.js";
import { encodeFeatures } from "../../src/hashing/encode.js";
import { logisticRegression, predictClasses } from "../../src/methods/logistic-regression.js";
import { predictedClass } from "../../src/methods/predicted-class.js";
import { evaluateCodes } from "../../src/metrics/evaluate.js";
import { fitMethod } from "../../src/training/fit-method.js";
import { ENGINE, encodedBoth, fitted } from "./fit-goldens.js";
import { float32 } from "./method-cases.js";

/** Rows of classes that overlap, numbered anyhow. */
function blobs(count: number, numbers: readonly number[], seed: number) {
  const dim = 6;
  const random = new Random(seed);
  const centres = new Random(99).normals(numbers.length * dim, 1.5);
  const at = Int32Array.from({ length: count }, (_, row) => row % numbers.length);
  const noise = random.normals(count * dim);
  const data = noise.map((value, i) => value + centres[at[Math.floor(i / dim)] * dim + (i % dim)]);
  return { features: float32([...data], [count, dim]), labels: at.map(one => numbers[one]) };
}

const NUMBERS = [2, 3, 5, 11, 12];
const TRAIN = blobs(150, NUMBERS, 1);
const QUERIES = blobs(40, NUMBERS, 2);
const DATABASE = blobs(90, NUMBERS, 3);

/** Expected AP over random orders of ties: what each relevant item adds at each place that it can have. */
function naiveAveragePrecision(distances: readonly number[], relevant: readonly boolean[]): number {
  let sum = 0;
  for (const [item, distance] of distances.entries()) {
    if (!relevant[item]) continue;
    const before = distances.filter(other => other < distance).length;
    const relevantBefore = distances.filter((other, i) => other < distance && relevant[i]).length;
    const tied = distances.filter((other, i) => other === distance && i !== item).length;
    const relevantTied = distances.filter((other, i) => other === distance && i !== item && relevant[i]).length;
    for (let place = 0; place <= tied; place++) {
      const ahead = relevantBefore + (tied === 0 ? 0 : (place * relevantTied) / tied);
      sum += (ahead + 1) / (before + place + 1) / (tied + 1);
    }
  }
  return sum / relevant.filter(Boolean).length;
}

describe("predicted class", () => {
  it("writes the class that the classifier predicts, its number in the order of the labels, the highest bit first", async () => {
    const { model } = await fitMethod(
      TRAIN.features,
      { method: predictedClass, bits: 3 },
      { ...TRAIN, engine: ENGINE },
    );
    const codes = binarize(await encodeFeatures(QUERIES.features, model, { engine: ENGINE }));
    const labels = TRAIN.labels.map(label => NUMBERS.indexOf(label));
    const classifier = await logisticRegression(
      { features: TRAIN.features, labels, classes: 5 },
      { penalty: 1, engine: ENGINE },
    );
    const predicted = predictClasses(QUERIES.features, classifier);
    const written = Array.from(predicted, number => [...number.toString(2).padStart(3, "0")].map(bit => 2 * +bit - 1));
    expect([...codes.data]).toEqual(written.flat());
    const right = predicted.filter((number, row) => NUMBERS[number] === QUERIES.labels[row]).length;
    expect(right / predicted.length).toBeGreaterThan(0.6);
  });

  it("has the mAP that follows from the predictions alone", async () => {
    const { model } = await fitMethod(
      TRAIN.features,
      { method: predictedClass, bits: 3 },
      { ...TRAIN, engine: ENGINE },
    );
    const side = async ({ features, labels }: typeof TRAIN) => ({
      codes: packCodes(binarize(await encodeFeatures(features, model, { engine: ENGINE }))),
      labels,
    });
    const { mAP } = await evaluateCodes({ queries: await side(QUERIES), database: await side(DATABASE) });
    const labels = TRAIN.labels.map(label => NUMBERS.indexOf(label));
    const classifier = await logisticRegression(
      { features: TRAIN.features, labels, classes: 5 },
      { penalty: 1, engine: ENGINE },
    );
    const [asked, there] = [QUERIES, DATABASE].map(({ features }) => predictClasses(features, classifier));
    const bitsApart = (a: number, b: number): number => [...(a ^ b).toString(2)].filter(bit => bit === "1").length;
    const values = Array.from(asked, (number, query) =>
      naiveAveragePrecision(
        Array.from(there, other => bitsApart(number, other)),
        Array.from(DATABASE.labels, label => label === QUERIES.labels[query]),
      ),
    );
    expect(mAP.all.tieAware).toBeCloseTo(values.reduce((sum, value) => sum + value, 0) / values.length, 10);
  });

  it.each([
    [2, 1],
    [3, 2],
    [4, 2],
    [5, 3],
    [10, 4],
    [16, 4],
    [17, 5],
    [100, 7],
    [3097, 12],
  ])("needs for %d classes %d bits", (classes, bits) => {
    expect(predictedClass.bitsOf?.(classes)).toBe(bits);
    expect(2 ** bits).toBeGreaterThanOrEqual(classes);
  });

  it("encodes alike compiled and eager, and leaves nothing behind", async () => {
    const labels = TRAIN.labels.map(label => NUMBERS.indexOf(label));
    const arrays = await fitted(predictedClass, TRAIN.features, { bits: 3, labels, classes: 5 });
    const { compiled, eager, left } = await encodedBoth(predictedClass, QUERIES.features, arrays);
    expect(left).toBe(0);
    expect(compiled).toEqual(eager);
    expect(new Set(rowsText(arrays.codes.data, 3)).size).toBe(5); // each class a code of its own
  });

  it("refuses other bits, saying the right number, and data that has no one class an item", async () => {
    const fit = (bits: number, labels?: Parameters<typeof fitMethod>[2]): Promise<unknown> =>
      fitMethod(TRAIN.features, { method: predictedClass, bits }, { engine: ENGINE, ...labels });
    await expect(fit(48, TRAIN)).rejects.toThrow(
      /bits of predicted-class follow.*expected 3 bits for 5 classes; found 48/,
    );
    await expect(fit(3)).rejects.toThrow(
      /predicted-class learns from classes; expected labels of the rows; found none/,
    );
    const several = multiHotLabels({ data: new Uint8Array(300).fill(1), shape: [150, 2] });
    await expect(fit(3, { labels: several })).rejects.toThrow(/predicted-class takes one label an item.*multi-hot/);
    await expect(fit(3, { labels: TRAIN.labels.map((label, row) => (row === 7 ? -1 : label)) })).rejects.toThrow(
      /-1 in row 7/,
    );
    await expect(fit(3, { labels: new Int32Array(150).fill(4) })).rejects.toThrow(/nothing to tell apart/);
    await expect(fit(3, { labels: TRAIN.labels.subarray(1) })).rejects.toThrow(/149 labels/);
  });
});

function rowsText(data: ArrayLike<number>, width: number): string[] {
  const rows = data.length / width;
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: width }, (_v, i) => data[row * width + i]).join(),
  );
}
