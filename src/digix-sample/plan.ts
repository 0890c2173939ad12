import { InputError } from "../core/errors.js";
import { Random } from "../core/random.js";
import type { DigixPart } from "../datasets/digix-layout.js";
import type { Scene } from "./photograph.js";
import type { SampleProduct } from "./product.js";
import { sampleProduct } from "./product.js";

/** Products of each part. None is in two parts, as in the challenge. */
export interface SampleProducts {
  readonly train: number;
  readonly testA: number;
  readonly testB: number;
}

/** 108 products, 18 of each kind, 1,138 photographs with seed 0. */
export const DEFAULT_PRODUCTS: SampleProducts = { train: 72, testA: 24, testB: 12 };

/** A photograph to be taken, and where it goes. */
export interface PlannedPhotograph {
  readonly part: DigixPart;
  /** Relative to the part: `DIGIX_000012/NAME.jpg`, `query/NAME.jpg`, `gallery/NAME.jpg`. */
  readonly path: string;
  /** As label.txt has it. */
  readonly label: string;
  readonly product: SampleProduct;
  readonly scene: Scene;
  /** Photograph of this product in this scene, from 0. */
  readonly number: number;
}

/** What label.txt says of a photograph: the product's number where it is trained on, else its name. */
const LABELS: Readonly<Record<DigixPart, (product: SampleProduct) => string>> = {
  train_data: ({ number }) => `${number}`,
  test_data_A: ({ name }) => name,
  test_data_B: ({ name }) => name,
};

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/** Names as the official ones: 16 capitals and digits that say nothing. */
function nameFactory(random: Random): () => string {
  const used = new Set<string>();
  return () => {
    let name: string;
    do name = Array.from({ length: 16 }, () => LETTERS[random.integer(LETTERS.length)]).join("");
    while (used.has(name));
    used.add(name);
    return `${name}.jpg`;
  };
}

/**
 * All photographs of a sample: of each training product 8 to 12 in both scenes; of each test product 3 to 6 queries
 * from the wild and 6 to 9 gallery images from the shop. In random order, as the official label.txt is.
 * @throws {InputError} when a number of products is out of bounds
 */
export function samplePlan(seed: number, products: SampleProducts): PlannedPhotograph[] {
  const { train, testA, testB } = products;
  const whole = [train, testA, testB].every(count => Number.isInteger(count) && count >= 1 && count <= 10_000);
  if (!whole || !Number.isSafeInteger(seed)) {
    throw new InputError("this sample cannot be made", {
      expected: "a whole seed, and 1 to 10,000 products in each part",
      actual: JSON.stringify({ seed, ...products }),
    });
  }
  const random = new Random(seed).stream("plan");
  const newName = nameFactory(random.stream("names"));
  const plan: PlannedPhotograph[] = [];
  const add = (part: DigixPart, product: SampleProduct, scene: Scene, folder: string, count: number): void => {
    const label = LABELS[part](product);
    for (let number = 0; number < count; number++) {
      plan.push({ part, path: `${folder}/${newName()}`, label, product, scene, number });
    }
  };
  for (let number = 0; number < train + testA + testB; number++) {
    const product = sampleProduct(seed, number);
    const counts = random.stream(`counts of ${number}`);
    if (number < train) {
      const all = 8 + counts.integer(5);
      const wild = Math.round(all / 2) + counts.integer(3) - 1;
      add("train_data", product, "wild", product.name, wild);
      add("train_data", product, "shop", product.name, all - wild);
    } else {
      const part = number < train + testA ? "test_data_A" : "test_data_B";
      add(part, product, "wild", "query", 3 + counts.integer(4));
      add(part, product, "shop", "gallery", 6 + counts.integer(4));
    }
  }
  return Array.from(random.stream("order").permutation(plan.length), at => plan[at]);
}
