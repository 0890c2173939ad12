// Does learning pay on the synthetic sample, whatever seed it was drawn with? Draws it with each seed, extracts, trains
// `challengeConfig` on all labelled products, and scores cosine on the features and the codes on test part A: score, and
// difference to cosine with a 95 % interval by a bootstrap over products (queries of one are not independent).
//   npm run build && node tools/sample-seeds.mjs [--seeds 0,1,2,3,4] [--products 3097] [--epochs 30]
//     [--methods dch:64,triplet:256,arcface-triplet:256] [--folds 5] [--folder runs/sample-seeds]
//
// --folds scores by product folds too. What was drawn and extracted in the folder is found there again. Prints one line of
// JSON a seed and, last, in how many seeds each way to search is ahead of cosine by more than its interval.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { challengeSet } from "../lib/challenge/challenge-set.js";
import { openEngine } from "../lib/compute/engine.js";
import { Random } from "../lib/core/random.js";
import { makeDigixSample } from "../lib/digix-sample/generate.js";
import { openDigixSample } from "../lib/digix-sample/open.js";
import { extractFeatures } from "../lib/features/extract.js";
import * as hb from "../lib/index.js";

const RESAMPLES = 4000;
const RANKINGS = {
  Hamming: { ranking: "hamming" },
  asymmetric: { ranking: "asymmetric" },
  relaxed: { ranking: "cosine" },
};

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "0,1,2,3,4" },
    products: { type: "string" },
    methods: { type: "string", default: "dch:64,triplet:256,arcface-triplet:256" },
    epochs: { type: "string", default: "30" },
    folds: { type: "string" },
    folder: { type: "string", default: hb.runsPath("sample-seeds") },
  },
});
const methods = values.methods.split(",").map(text => text.split(":"));
const epochs = Number(values.epochs);
const products = values.products === undefined ? {} : { train: Number(values.products) };
const engine = await openEngine();
const rounded = value => Number(value.toFixed(4));

/** A query's part in the score. */
const scoreOf = ({ top1, averagePrecision }) => 0.5 * top1 + 0.5 * averagePrecision;

/** Mean difference of paired queries, with a 95 % interval by a bootstrap over products. */
function difference(one, base, productOf, seed) {
  const byProduct = new Map();
  one.perQuery.forEach((query, i) => {
    const product = productOf[query.query];
    const sum = byProduct.get(product) ?? { total: 0, count: 0 };
    sum.total += scoreOf(query) - scoreOf(base.perQuery[i]);
    sum.count++;
    byProduct.set(product, sum);
  });
  const groups = [...byProduct.values()];
  const random = new Random(seed).stream("bootstrap");
  const means = Array.from({ length: RESAMPLES }, () => {
    let [total, count] = [0, 0];
    for (let i = 0; i < groups.length; i++) {
      const group = groups[random.integer(groups.length)];
      total += group.total;
      count += group.count;
    }
    return total / count;
  }).sort((a, b) => a - b);
  return {
    difference: rounded(one.score.score - base.score.score),
    low: rounded(means[Math.floor(0.025 * RESAMPLES)]),
    high: rounded(means[Math.ceil(0.975 * RESAMPLES) - 1]),
  };
}

/** Seconds that some work takes, and what it gives. */
async function timed(work) {
  const started = performance.now();
  const value = await work();
  return { value, seconds: rounded((performance.now() - started) / 1000) };
}

async function scoresOf(seed) {
  const root = join(values.folder, `seed-${seed}${values.products === undefined ? "" : `-${values.products}`}`);
  const drawn = await timed(() => makeDigixSample(root, { seed, products }));
  const [train, test] = [await openDigixSample("train_data", { root }), await openDigixSample("test_data_A", { root })];
  const backbone = await hb.openBackbone("efficientnet-lite0");
  const extracted = await timed(async () => ({
    train: await extractFeatures(train, backbone, {
      engine,
      folder: join(root, "..", `features-${seed}-${train.ids.length}-train`),
    }),
    test: await extractFeatures(test, backbone, {
      engine,
      folder: join(root, "..", `features-${seed}-${train.ids.length}-test`),
    }),
  }));
  const { features, labels } = extracted.value.train;
  const testFeatures = extracted.value.test.features;
  const set = challengeSet(test);
  const configs = Object.fromEntries(
    methods.map(([method, bits]) => [`${method} ${bits}`, hb.challengeConfig(method, Number(bits), { epochs })]),
  );
  const folds =
    values.folds === undefined
      ? undefined
      : await hb.scoreOverFolds({ dataset: train, featureSet: { features }, engine }, configs, RANKINGS, {
          of: Number(values.folds),
        });
  const candidates = [];
  const trainSeconds = {};
  for (const [method, config] of Object.entries(configs)) {
    const rows = Int32Array.from(labels.keys());
    const { value, seconds } = await timed(() => hb.trainHead({ features, labels, train: rows }, config, { engine }));
    trainSeconds[method] = seconds;
    const sides = await hb.encodedSides(testFeatures, set.rows, value.head, { engine });
    if (candidates.length === 0) candidates.push(...hb.rankingCandidates(sides, { cosine: { ranking: "features" } }));
    const named = Object.fromEntries(Object.entries(RANKINGS).map(([how, ranking]) => [`${method}: ${how}`, ranking]));
    candidates.push(...hb.rankingCandidates(sides, named));
  }
  const results = await hb.compareRankings(set, candidates, { engine });
  const [base] = results;
  return {
    seed,
    images: { train: train.ids.length, test: test.ids.length },
    products: { train: train.classNames.length, test: test.classNames.length },
    seconds: { draw: drawn.seconds, extract: extracted.seconds, train: trainSeconds },
    cosine: { score: rounded(base.score.score), top1: rounded(base.score.top1), mAP10: rounded(base.score.mAP10) },
    codes: Object.fromEntries(
      results
        .slice(1)
        .map(one => [
          one.name,
          { score: rounded(one.score.score), ...difference(one, base, set.labels.queries, seed) },
        ]),
    ),
    ...(folds === undefined ? {} : { folds: hb.foldRows(folds) }),
  };
}

const ahead = {};
const seeds = values.seeds.split(",").map(Number);
for (const seed of seeds) {
  const scores = await scoresOf(seed);
  console.log(JSON.stringify(scores));
  for (const [name, { low }] of Object.entries(scores.codes)) ahead[name] = (ahead[name] ?? 0) + (low > 0 ? 1 : 0);
}
for (const [name, count] of Object.entries(ahead)) {
  console.log(`${name}: ahead of cosine by more than its interval in ${count} of ${seeds.length} seeds`);
}
