// CIFAR-10 as hashing papers use it: Krizhevsky's 60,000 images, both of its parts together, drawn anew by each code.
import type { ClassRuleDatabase } from "./class-rule.js";
import { classRule } from "./class-rule.js";
import type { Protocol } from "./protocol.js";
import { RESIZE_ONLY } from "./protocol.js";
import type { PublishedFigure } from "./published-figure.js";
import { ALEXNET, deepHashPytorchFigures, figures } from "./published-figure.js";

const SOURCE = "swuxyj/DeepHash-pytorch, utils/tools.py, cifar_dataset";

interface Variation {
  /** Queries and train images of each of the ten classes. */
  readonly query: number;
  readonly train: number;
  readonly database: ClassRuleDatabase;
  readonly size: number;
  readonly traps: readonly string[];
  readonly published: readonly PublishedFigure[];
}

function cifarProtocol(name: string, { query, train, database, size, traps, published }: Variation): Protocol {
  const from = "all 60,000 images of CIFAR-10, its train and test part together";
  return {
    name,
    title: `CIFAR-10: ${10 * query} queries, ${10 * train} train, ${size} database`,
    source: `github.com/${SOURCE}`,
    expected: { query: 10 * query, train: 10 * train, database: size, classes: 10 },
    queriesInDatabase: false,
    trainInDatabase: database !== "neither query nor train",
    convention: "deephash-pytorch",
    unlabelled: "keep",
    preprocessing: RESIZE_ONLY,
    traps: [
      ...traps,
      "Each run of the published code draws other images: no figure is of the same queries as another's.",
      "Its mAP is the best epoch's on the test queries, and its topK = -1 leaves out the last place of the ranking.",
    ],
    published,
    rule: classRule(name, { query, train, database, from, source: SOURCE }),
  };
}

/** 54,000 database images without the train images; DCH's paper and others. */
export const CIFAR10: Protocol = cifarProtocol("cifar10", {
  query: 100,
  train: 500,
  database: "neither query nor train",
  size: 54_000,
  traps: [
    "The 5,000 train images are not in the database, with cifar10-1 they are: figures of the two are not comparable.",
  ],
  published: [
    ...figures(
      {
        method: "dch",
        metric: "MAP@H≤2",
        backbone: ALEXNET,
        source: "Cao, Long, Liu, Wang, CVPR 2018; its lists in thulab/DeepHash have 54,000 database images",
        fromMemory: true,
      },
      { 16: 0.7901, 32: 0.7979, 48: 0.8071, 64: 0.7936 },
    ),
    ...deepHashPytorchFigures("mAP@all", { hashnet: 0.782, dpsh: 0.775, dhn: 0.781, dtsh: 0.8 }),
  ],
});

/** 59,000 database images, the train images among them: the rule of `hashingSplit`. */
export const CIFAR10_1: Protocol = cifarProtocol("cifar10-1", {
  query: 100,
  train: 500,
  database: "everything but the queries",
  size: 59_000,
  traps: [
    "The 5,000 train images are 8.5 % of the database, and a trained code finds those first.",
    "Papers that say only CIFAR-10 mean this, cifar10 or cifar10-2.",
  ],
  published: [
    ...deepHashPytorchFigures("mAP@all", {
      dch: 0.81,
      dsh: 0.8,
      dsdh: 0.79,
      dfh: 0.801,
      greedyhash: 0.817,
      adsh: 0.921,
    }),
  ],
});

/** Ten thousand queries, all the rest train and database. */
export const CIFAR10_2: Protocol = cifarProtocol("cifar10-2", {
  query: 1000,
  train: 5000,
  database: "the train images",
  size: 50_000,
  traps: [
    "All 50,000 database images are trained on, with their labels: what is measured is a classifier.",
    "The 10,000 queries are 1,000 random images a class, not CIFAR-10's own test part.",
  ],
  published: deepHashPytorchFigures("mAP@all", { greedyhash: 0.932 }),
});
