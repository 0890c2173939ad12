import { unseenClassSplit } from "../datasets/unseen-class-split.js";
import { CIFAR10 } from "./cifar10.js";
import { scaledCount } from "./class-rule.js";
import type { Protocol } from "./protocol.js";

const SOURCE = "Sablayrolles, Douze, Usunier, Jégou, ICASSP 2017 (arXiv 1609.06753), section 3";

const QUERY = 100;
const TRAIN = 500;
const UNSEEN = 3;

/**
 * Retrieval among three classes of CIFAR-10 that training never sees: a quarter of ten, rounded, as the paper leaves out (from memory).
 * The numbers a class are those of the usual protocols, so that both can be read side by side; the paper has its own.
 */
export const CIFAR10_UNSEEN: Protocol = {
  name: "cifar10-unseen",
  title: "CIFAR-10: 300 queries and 17,700 database images of 3 classes, 3,500 train of the other 7",
  source: SOURCE,
  expected: { query: UNSEEN * QUERY, train: 7 * TRAIN, database: UNSEEN * (6000 - QUERY), classes: 10 },
  trainInDatabase: false,
  convention: CIFAR10.convention,
  unlabelled: CIFAR10.unlabelled,
  preprocessing: CIFAR10.preprocessing,
  traps: [
    "Among three classes a random ranking has a mAP of about 1/3, among ten 1/10: hold figures against features and unlearned codes of the same draw, not against the other protocols.",
    "Which classes are left out moves mAP more than most methods do: draw several seeds.",
    "No figure of the paper is here: its networks, numbers a class and draws are others.",
  ],
  published: [],
  rule: {
    from: "all 60,000 images of CIFAR-10, its train and test part together",
    text: `${UNSEEN} random classes never trained on: of each ${QUERY} random images query, all others database; of each other class ${TRAIN} random images train (${SOURCE})`,
    draw(dataset, options = {}) {
      const [queryPerClass, trainPerClass] = [QUERY, TRAIN].map(count => scaledCount(count, options));
      const numbers = { unseenClasses: UNSEEN, queryPerClass, trainPerClass, seed: options.seed };
      const split = unseenClassSplit(dataset, numbers);
      return { ...split, name: "cifar10-unseen", protocol: `cifar10-unseen: ${split.protocol}` };
    },
  },
};
