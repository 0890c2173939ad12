// No protocol of the field: how the multi-label sample is measured, so that the same commands work without COCO.
import { DEFAULT_SIZES } from "../multilabel-sample/plan.js";
import type { Protocol } from "./protocol.js";
import { RESIZE_ONLY } from "./protocol.js";

/** The sample that is made here, measured as COCO is. */
export const FASHION_MNIST_MULTILABEL: Protocol = {
  name: "fashion-mnist-multilabel",
  title: "Multi-label sample of Fashion-MNIST, made here: 300 queries, 1,000 train, 2,100 database",
  source: "made by hashbook; nobody has published figures on it",
  expected: { ...DEFAULT_SIZES, classes: 10 },
  queriesInDatabase: false,
  trainInDatabase: true,
  cutoff: 500,
  convention: "thuml-caffe",
  unlabelled: "keep",
  preprocessing: RESIZE_ONLY,
  traps: [
    "Synthetic: garments on a black canvas. What is measured on it says nothing of photographs.",
    "A query shares a label with half of the database (seed 0): an order at random has mAP@all .50.",
    "A query has about 1,050 relevant items, more than R: the divisor decides what the headline is.",
  ],
  published: [],
};
