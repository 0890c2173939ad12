// Two draws of COCO 2014 go under one name: 194 queries are in both.
import type { Protocol } from "./protocol.js";
import { RESIZE_AND_CROP, SQUASH_AND_CROP } from "./protocol.js";
import { ALEXNET, deepHashPytorchFigures, figures } from "./published-figure.js";

const METRIC = "mAP@5000";
const DIVISOR =
  "A query has about 43,000 relevant items: divided by min(P, R) instead of the hits retrieved, .698 becomes .548.";

/** HashNet's own lists. */
export const COCO: Protocol = {
  name: "coco",
  title: "COCO, thuml's lists: 5,000 queries, 10,000 train, 112,218 database",
  source: "github.com/thuml/HashNet, pytorch/data/coco and caffe/data/coco",
  expected: { query: 5000, train: 10_000, database: 112_218, classes: 80 },
  queriesInDatabase: true,
  trainInDatabase: false,
  variants: [
    {
      title: "CSQ's (yuanli2333/Hadamard-Matrix-for-hashing): 9,992 of the 10,000 train images, the same queries",
      counts: { query: 5000, train: 9992, classes: 80 },
    },
  ],
  cutoff: 5000,
  convention: "thuml-caffe",
  unlabelled: "keep",
  preprocessing: SQUASH_AND_CROP,
  traps: [
    "All 5,000 queries are in the database, each the nearest item to itself: without them mAP@5000 of synthetic codes " +
      "goes from .698 to .695, top-1 from 1.000 to .861.",
    "The 10,000 train images are not in the database.",
    DIVISOR,
    "HashNet's weight of similar pairs (class_num 1 or 80) moves COCO from .53 to .80 (thuml/HashNet#28).",
  ],
  published: [
    ...figures(
      {
        method: "hashnet",
        metric: METRIC,
        backbone: ALEXNET,
        source: "Cao, Long, Wang, Yu, ICCV 2017",
        fromMemory: true,
      },
      { 16: 0.6873, 32: 0.7184, 48: 0.7301, 64: 0.7362 },
    ),
    ...figures(
      {
        method: "csq",
        metric: METRIC,
        backbone: "ResNet50, trained end to end",
        source: "github.com/yuanli2333/Hadamard-Matrix-for-hashing, README (9,992 train images)",
      },
      { 16: 0.796, 32: 0.838, 64: 0.861 },
    ),
  ],
};

/** DCH's lists (thulab/DeepHash), which DeepHash-pytorch has byte for byte. */
export const COCO_SWUXYJ: Protocol = {
  name: "coco-swuxyj",
  title: "COCO, the lists of DCH and DeepHash-pytorch: 5,000 queries, 10,000 train",
  source: "github.com/swuxyj/DeepHash-pytorch, data/coco; the same files in thulab/DeepHash",
  expected: { query: 5000, train: 10_000, classes: 80 },
  cutoff: 5000,
  convention: "deephash-pytorch",
  unlabelled: "keep",
  preprocessing: RESIZE_AND_CROP,
  traps: [
    "Another draw than thuml's, of which the README says that it is a copy: only 194 of the 5,000 queries are the same.",
    "How many images the database list has was not to be seen here: it is not checked.",
    DIVISOR,
    "The published mAP is the best epoch's on the test queries.",
  ],
  published: [
    ...figures(
      {
        method: "dch",
        metric: "MAP@H≤2",
        backbone: ALEXNET,
        source: "Cao, Long, Liu, Wang, CVPR 2018",
        fromMemory: true,
      },
      { 16: 0.701, 32: 0.7576, 48: 0.7251, 64: 0.7013 },
    ),
    ...deepHashPytorchFigures(METRIC, {
      hashnet: 0.724,
      dch: 0.67,
      dpsh: 0.711,
      dsh: 0.655,
      dhn: 0.712,
      dtsh: 0.76,
      greedyhash: 0.728,
    }),
  ],
};
