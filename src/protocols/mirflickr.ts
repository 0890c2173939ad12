// MIRFlickr-25k: Huiskes, Lew, MIR 2008. 25,000 pictures; a text file of picture numbers for each annotation.
import type { Protocol } from "./protocol.js";
import { RESIZE_AND_CROP } from "./protocol.js";
import { deepHashPytorchFigures } from "./published-figure.js";
import { shuffledRule } from "./shuffled-rule.js";

/** All 38 annotation files, the 14 narrow ones ("_r1") as classes of their own. */
export const MIRFLICKR: Protocol = {
  name: "mirflickr",
  title: "MIRFlickr-25k, 38 annotations: 1,000 queries, 4,000 train, 20,000 database",
  source: "github.com/swuxyj/DeepHash-pytorch, data/mirflickr and its code.py",
  expected: { query: 1000, train: 4000, database: 20_000, classes: 38 },
  unlabelledQueries: 19,
  queriesInDatabase: false,
  trainInDatabase: false,
  variants: [
    {
      title: "with 24 classes, the narrow annotations (_r1) left out",
      counts: { query: 1000, train: 4000, database: 20_000, classes: 24 },
    },
  ],
  convention: "deephash-pytorch",
  unlabelled: "keep",
  preprocessing: RESIZE_AND_CROP,
  traps: [
    "The train images are not in the database.",
    "419 images carry no label (19 queries, 72 train, 328 database).",
    "14 of the 38 classes are parts of others (a narrow annotation of each, _r1): papers with 24 classes are not comparable.",
    "The published lists are one draw of the rule, whose order of classes was that of a folder.",
    "The published mAP is the best epoch's on the test queries; topK = -1 leaves out the last place of the ranking.",
  ],
  published: deepHashPytorchFigures("mAP@all", { dsh: 0.735, dpsh: 0.781, dhn: 0.775, dsdh: 0.765, dtsh: 0.753 }),
  rule: shuffledRule("mirflickr", {
    query: 1000,
    train: 4000,
    from: "all 25,000 images of MIRFlickr-25k, their labels from its folder of annotations",
    source: "swuxyj/DeepHash-pytorch, data/mirflickr/code.py",
  }),
};
