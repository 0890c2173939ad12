import type { Protocol } from "./protocol.js";
import { RESIZE_AND_CROP } from "./protocol.js";
import { deepHashPytorchFigures } from "./published-figure.js";

/** The 11,540 images of Pascal VOC 2012 with an object of its 20 classes. */
export const VOC2012: Protocol = {
  name: "voc2012",
  title: "Pascal VOC 2012: 1,000 queries, 4,000 train, 6,540 database",
  source: "github.com/swuxyj/DeepHash-pytorch, data/voc2012",
  expected: { query: 1000, train: 4000, database: 6540, classes: 20 },
  queriesInDatabase: false,
  trainInDatabase: false,
  convention: "deephash-pytorch",
  unlabelled: "keep",
  preprocessing: RESIZE_AND_CROP,
  traps: [
    "The train images are not in the database.",
    "How the lists were drawn is not published: they have to be had.",
    "The published mAP is the best epoch's on the test queries; topK = -1 leaves out the last place of the ranking.",
  ],
  published: deepHashPytorchFigures("mAP@all", { dpsh: 0.608 }),
};
