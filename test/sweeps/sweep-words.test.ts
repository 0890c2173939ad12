import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definitionOfWords } from "../../src/sweeps/sweep-words.js";

let folder: string;
let mine: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-words-"));
  mine = join(folder, "mine.js");
  const text = `export default ({ tf, defineMethod }) => defineMethod({ name: "mine", title: "Mine",
    options: { margin: { type: "number", default: 2 } }, loss: codes => tf.mean(codes) })`;
  await writeFile(mine, text);
});
afterAll(async () => rm(folder, { recursive: true }));

describe("definitionOfWords", () => {
  it("reads lists, ranges, one's own methods and their options as Hydra's -m has them", async () => {
    const words = [`method=hashnet,dch,${mine}`, "bits=16,32,48", "seed=0..2", "dch.gamma=5,10,20", "epochs=30"];
    expect(
      await definitionOfWords([...words, "mine.margin=1.5", "optimizer.kind=adamw,sgd", "dch.preset=paper"]),
    ).toEqual({
      methods: ["hashnet", "dch", mine],
      bits: [16, 32, 48],
      seeds: [0, 1, 2],
      settings: { epochs: 30, "optimizer.kind": ["adamw", "sgd"] },
      options: { dch: { gamma: [5, 10, 20] }, mine: { margin: 1.5 } },
      presets: { dch: "paper" },
    });
  });

  it.each([
    ["hidden=[512,256]", { hidden: [512, 256] }],
    ["hidden=[512,256],[]", { hidden: [[512, 256], []] }],
    ["epochs=1..3,10", { epochs: [1, 2, 3, 10] }],
    ["keep=best", { keep: "best" }],
    ["learningRate=log(1e-4,1e-2)", { learningRate: { from: 1e-4, to: 1e-2, logarithmic: true } }],
    ["batch=integers(8,64)", { batch: { from: 8, to: 64, whole: true } }],
    ["dropout=interval(0,0.5)", { dropout: { from: 0, to: 0.5 } }],
  ])("reads %s", async (word, settings) => {
    expect((await definitionOfWords(["method=dch", "bits=8", word])).settings).toEqual(settings);
  });

  it.each([
    [["bits=8"], /method= is missing; expected words as method=/],
    [["method=dch"], /bits= is missing/],
    [["method=dch", "bits=8", "gamma=5"], /no setting "gamma"; expected dch\.gamma/],
    [["method=dch", "bits=8", "epoch=5"], /no setting "epoch"; expected "epochs"/],
    [["method=dch", "bits=8,x"], /bits=8,x cannot be; expected whole numbers/],
    [["method=dch", "bits=8", "bits=16"], /"bits" is given twice; expected bits=a,b/],
    [["method=dch", "bits=8", "epochs"], /"epochs" says nothing/],
    [["method=dch", "bits=8", "epochs=1,,2"], /no list of values/],
    [["method=dch", "bits=8", "epochs=3..1"], /3\.\.1 is no range/],
    [["method=dch", "bits=8", "learningRate=lg(1,2)"], /no range; expected interval/],
    [["method=hashnett", "bits=8", "epochs=1"], /no method "hashnett"; expected "hashnet"/],
  ])("refuses %j", async (words, message) => {
    await expect(definitionOfWords(words)).rejects.toThrow(message);
  });
});
