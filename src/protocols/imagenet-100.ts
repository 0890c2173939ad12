import type { Protocol } from "./protocol.js";
import { SQUASH_AND_CROP } from "./protocol.js";
import type { FigureOrigin } from "./published-figure.js";
import { ALEXNET, deepHashPytorchFigures, figures } from "./published-figure.js";

const METRIC = "mAP@1000";

/** One row of the table of a later paper that measured the older methods again. */
const hindawi = (method: string): FigureOrigin => ({
  method,
  metric: METRIC,
  backbone: ALEXNET,
  source: "Hindawi, Advances in Multimedia 2017, 8961091, table 3",
});

/** The hundred classes of ILSVRC 2012 that HashNet's authors chose. */
export const IMAGENET_100: Protocol = {
  name: "imagenet-100",
  title: "ImageNet, 100 classes: 5,000 queries, 13,000 train, 128,503 database",
  source: "github.com/thuml/HashNet, pytorch/data/imagenet and caffe/data/imagenet",
  expected: { query: 5000, train: 13_000, database: 128_503, classes: 100 },
  queriesInDatabase: false,
  trainInDatabase: true,
  variants: [
    {
      title: "CSQ's (yuanli2333/Hadamard-Matrix-for-hashing): 4,983 queries, the train list as thuml's",
      counts: { query: 4983, train: 13_000, classes: 100 },
    },
  ],
  cutoff: 1000,
  convention: "thuml-caffe",
  unlabelled: "keep",
  preprocessing: SQUASH_AND_CROP,
  traps: [
    "HashNet's paper says 10,000 train images (100 a class); its lists have 13,000.",
    "All 13,000 train images are in the database: a tenth of it.",
    "The backbones of the field were trained on ImageNet, these 100 classes and most of these images included.",
    "A query has about 1,285 relevant items, more than the 1,000 places that count: the divisor matters.",
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
      { 16: 0.5059, 32: 0.6306, 48: 0.6633, 64: 0.6835 },
    ),
    ...figures(hindawi("lsh"), { 16: 0.101, 32: 0.235, 48: 0.312, 64: 0.36 }),
    ...figures(hindawi("spectral"), { 16: 0.207, 32: 0.328, 48: 0.395, 64: 0.419 }),
    ...figures(hindawi("itq"), { 16: 0.326, 32: 0.462, 48: 0.517, 64: 0.552 }),
    ...figures(hindawi("dhn"), { 16: 0.311, 32: 0.472, 48: 0.542, 64: 0.573 }),
    ...deepHashPytorchFigures(METRIC, {
      hashnet: 0.644,
      dch: 0.586,
      dpsh: 0.502,
      dsh: 0.576,
      dtsh: 0.631,
      greedyhash: 0.678,
    }),
    ...figures(
      {
        method: "csq",
        metric: METRIC,
        backbone: "ResNet50, trained end to end",
        source: "github.com/yuanli2333/Hadamard-Matrix-for-hashing, README (4,983 queries)",
      },
      { 16: 0.851, 32: 0.865, 64: 0.873 },
    ),
    ...figures(
      { method: "orthohash", metric: METRIC, backbone: ALEXNET, source: "cisip-FIRe's documentation" },
      { 64: 0.71 },
    ),
  ],
};
