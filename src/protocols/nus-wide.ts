// NUS-WIDE: Chua, Tang, Hong, Li, Luo, Zheng, CIVR 2009. 269,648 images, 81 concepts, many images of none.
import { dealtRule } from "./dealt-rule.js";
import type { Protocol } from "./protocol.js";
import { RESIZE_AND_CROP, SQUASH_AND_CROP } from "./protocol.js";
import { ALEXNET, deepHashPytorchFigures, figures } from "./published-figure.js";

const METRIC = "mAP@5000";

/** All 81 concepts, of the 223,496 images that could still be had ("NUS-WIDE-m"). */
export const NUSWIDE_81: Protocol = {
  name: "nuswide-81",
  title: "NUS-WIDE, 81 concepts, thuml's lists: 5,000 queries, 10,000 train",
  source: "github.com/thuml/HashNet, pytorch/data/nuswide_81 and caffe/data/nuswide_81",
  expected: { query: 5000, train: 10_000, classes: 81 },
  unlabelledQueries: 1131,
  variants: [
    {
      title: "DCH's (thulab/DeepHash; nuswide_81_m of DeepHash-pytorch): another draw, in which all are labelled",
      counts: { query: 5000, train: 10_000, classes: 81 },
      unlabelledQueries: 0,
    },
  ],
  cutoff: 5000,
  convention: "thuml-caffe",
  unlabelled: "keep",
  preprocessing: SQUASH_AND_CROP,
  traps: [
    "1,131 of the 5,000 queries and 2,185 of the 10,000 train images carry no label: relevant to nothing, they are left " +
      "out of the mean by some codes and count 0 in others.",
    "Of 269,648 images 223,496 are those of this set; how many the database list has was not to be seen here.",
    "DCH's lists have the same counts and are another draw, without unlabelled images.",
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
      { 16: 0.6623, 32: 0.6988, 48: 0.7114, 64: 0.7163 },
    ),
    ...figures(
      {
        method: "dch",
        metric: "MAP@H≤2",
        backbone: ALEXNET,
        source: "Cao, Long, Liu, Wang, CVPR 2018 (its own draw)",
        fromMemory: true,
      },
      { 16: 0.7401, 32: 0.772, 48: 0.7685, 64: 0.7124 },
    ),
    ...deepHashPytorchFigures(METRIC, { hashnet: 0.764 }),
  ],
};

/** The 195,834 images of the 21 most frequent concepts. */
export const NUSWIDE_21: Protocol = {
  name: "nuswide-21",
  title: "NUS-WIDE, 21 concepts: 2,100 queries, 10,500 train, the rest of 195,834 database",
  source: "github.com/swuxyj/DeepHash-pytorch, data/nuswide_21 and its code.py, of TreezzZ/DSDH_PyTorch's files",
  expected: { query: 2100, train: 10_500, database: 193_734, classes: 21 },
  queriesInDatabase: false,
  trainInDatabase: true,
  variants: [
    {
      title:
        "CSQ's (yuanli2333/Hadamard-Matrix-for-hashing), of the 81-concept set's images: 2,040 queries, 10,455 train",
      counts: { query: 2040, train: 10_455, classes: 21 },
    },
  ],
  cutoff: 5000,
  convention: "deephash-pytorch",
  unlabelled: "keep",
  preprocessing: RESIZE_AND_CROP,
  traps: [
    "An image of several concepts is dealt to the first that still wants one, for training before queries: the 100 " +
      "queries of a concept are not all that show it.",
    "The train images are in the database.",
    "nuswide_21_m (2,100 and 10,500 too) is of other images, named …_m.jpg: not this set.",
    "The published mAP is the best epoch's on the test queries.",
  ],
  published: deepHashPytorchFigures(METRIC, {
    hashnet: 0.83,
    dch: 0.794,
    dpsh: 0.844,
    dsh: 0.798,
    dhn: 0.841,
    dtsh: 0.829,
    greedyhash: 0.793,
  }),
  rule: dealtRule("nuswide-21", {
    query: 100,
    train: 500,
    from: "the 195,834 images of NUS-WIDE's 21 most frequent concepts",
    source: "swuxyj/DeepHash-pytorch, data/nuswide_21/code.py",
  }),
};
