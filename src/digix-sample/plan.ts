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

/** 300 products, 50 of each kind, about 2,400 photographs. */
export const DEFAULT_PRODUCTS: SampleProducts = { train: 216, testA: 60, testB: 24 };

/** Most products of a part. */
const MOST = 10_000;

/** A photograph to be taken, and where it goes. */
export interface PlannedPhotograph {
  readonly part: DigixPart;
  /** Relative to the part, by the scene in the test parts: `DIGIX_000012/NAME.jpg`, `query/NAME.jpg`, `gallery/NAME.jpg`. */
  readonly path: string;
  /** As label.txt has it. */
  readonly label: string;
  readonly product: SampleProduct;
  readonly scene: Scene;
  /** Photograph of this product in this scene, from 0. */
  readonly number: number;
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/** Names as the official ones: 16 capitals and digits that say nothing. */
function newName(random: Random, used: Set<string>): string {
  let name: string;
  do name = Array.from({ length: 16 }, () => LETTERS[random.integer(LETTERS.length)]).join("");
  while (used.has(name));
  used.add(name);
  return `${name}.jpg`;
}

/** Where a photograph of a test part lies: customers' are asked for, shops' are searched. */
const TEST_FOLDERS: Readonly<Record<Scene, "query" | "gallery">> = { wild: "query", shop: "gallery" };

/** How a part is made. */
interface PartPlan {
  readonly part: DigixPart;
  readonly products: keyof SampleProducts;
  /** Its first product: a test part's are the same however many are trained on. */
  readonly first: number;
  /** Photographs of a product in a scene: so many at least, and up to so many more. */
  readonly counts: Readonly<Record<Scene, { readonly least: number; readonly more: number }>>;
  folderOf(product: SampleProduct, scene: Scene): string;
  /** What label.txt says: the product's number where it is trained on, else its name. */
  labelOf(product: SampleProduct): string;
}

const TEST: Pick<PartPlan, "counts" | "folderOf" | "labelOf"> = {
  counts: { wild: { least: 2, more: 2 }, shop: { least: 4, more: 2 } },
  folderOf: (_, scene) => TEST_FOLDERS[scene],
  labelOf: ({ name }) => name,
};

const PARTS: readonly PartPlan[] = [
  {
    part: "train_data",
    products: "train",
    first: 0,
    counts: { wild: { least: 3, more: 2 }, shop: { least: 3, more: 2 } },
    folderOf: ({ name }) => name,
    labelOf: ({ number }) => `${number}`,
  },
  { part: "test_data_A", products: "testA", first: MOST, ...TEST },
  { part: "test_data_B", products: "testB", first: 2 * MOST, ...TEST },
];

/**
 * All photographs of a sample: of each training product 6 to 10 in both scenes; of each test product 2 to 4 queries
 * from the wild and 4 to 6 gallery images from the shop. In random order, as the official label.txt is. A product and its
 * photographs are the same whatever the numbers of products.
 * @throws {InputError} when a number of products is out of bounds
 */
export function samplePlan(seed: number, products: SampleProducts): PlannedPhotograph[] {
  const counts = PARTS.map(one => products[one.products]);
  const whole = counts.every(count => Number.isInteger(count) && count >= 1 && count <= MOST);
  if (!whole || !Number.isSafeInteger(seed)) {
    throw new InputError("this sample cannot be made", {
      expected: "a whole seed, and 1 to 10,000 products in each part",
      actual: JSON.stringify({ seed, ...products }),
    });
  }
  const random = new Random(seed).stream("plan");
  const used = new Set<string>();
  const plan = PARTS.flatMap(one =>
    Array.from({ length: products[one.products] }, (_, place) => {
      const product = sampleProduct(seed, one.first + place);
      return photographsOf(product, one, random.stream(`product ${product.number}`), used);
    }).flat(),
  );
  return Array.from(random.stream("order").permutation(plan.length), at => plan[at]);
}

/** @param used names of files that are taken; what is named here is added */
function photographsOf(product: SampleProduct, plan: PartPlan, random: Random, used: Set<string>): PlannedPhotograph[] {
  const { part, counts, folderOf, labelOf } = plan;
  const label = labelOf(product);
  return (["wild", "shop"] as const).flatMap(scene => {
    const { least, more } = counts[scene];
    return Array.from({ length: least + random.integer(more + 1) }, (_, number): PlannedPhotograph => {
      const path = `${folderOf(product, scene)}/${newName(random, used)}`;
      return { part, path, label, product, scene, number };
    });
  });
}

/** What is asked for and what is searched among the labelled images, as lines of `roles.txt`: snapshots, and shop pictures. */
export function roleLines(plan: readonly PlannedPhotograph[]): string[] {
  const labelled = plan.filter(({ part }) => part === "train_data");
  return labelled.map(({ path, scene }) => `${path},${TEST_FOLDERS[scene]}`);
}
