import { Groups } from "../datasets/product-merges.js";
import type { Fingerprints } from "./fingerprints.js";
import type { LeakPair, LeakReport } from "./leak-check.js";

/** Two products that have pictures in common. */
export interface ProductLink {
  /** Names of the two, in the order of the classes. */
  readonly products: readonly [string, string];
  /**
   * Different pictures that both have: pictures that are copies of each other within a product count once, however many
   * pairs they make.
   */
  readonly pictures: number;
  /** The pairs, likeliest first. */
  readonly pairs: readonly LeakPair[];
}

/** Products that seem to be one under different names. */
export interface DuplicateProducts {
  /** Products that share enough pictures, directly or through others; names in the order of the classes. */
  readonly groups: readonly (readonly string[])[];
  /** What joins them. */
  readonly links: readonly ProductLink[];
  /** Products that share pictures, but fewer: people should look. */
  readonly doubtful: readonly ProductLink[];
  /** Pictures that so many products have that they say nothing (a logo, a picture of a box): one example of each. */
  readonly common: readonly { readonly example: number; readonly products: number }[];
}

/** Settings of {@link duplicateProducts}. */
export interface DuplicateOptions {
  /** Different pictures that two products must share to be taken for one, 1 or more. Default 2: one may be a logo. */
  readonly least?: number;
  /** Products that may have a picture before it counts as common, 2 or more. Default 4. */
  readonly most?: number;
}

/**
 * Which products are one under different names, by pictures that they share. A picture in more products than `most` is no
 * evidence, nor are copies of it.
 * @param prints fingerprints of all labelled images
 * @param report what `findLeaks` found among them, all pairs listed
 * @param classNames by product
 */
export function duplicateProducts(
  { products }: Pick<Fingerprints, "products">,
  { pairs }: Pick<LeakReport, "pairs">,
  classNames: readonly string[],
  { least = 2, most = 4 }: DuplicateOptions = {},
): DuplicateProducts {
  const known = pairs.filter(({ first, second }) => products[first] >= 0 && products[second] >= 0);
  const pictures = joinedPairs(known).list();
  const common: { example: number; products: number }[] = [];
  const tooCommon = new Set<number>();
  for (const picture of pictures) {
    const images = picture.map(Number);
    const held = new Set(images.map(image => products[image])).size;
    if (held <= most) continue;
    common.push({ example: Math.min(...images), products: held });
    for (const image of images) tooCommon.add(image);
  }
  const links = linksOf(
    known.filter(({ first }) => !tooCommon.has(first)),
    products,
    classNames,
  );
  const strong = links.filter(link => link.pictures >= least);
  const groups = new Groups();
  for (const {
    products: [one, other],
  } of strong)
    groups.join(one, other);
  const place = new Map(classNames.map((name, label) => [name, label]));
  const order = (a: string, b: string): number => place.get(a)! - place.get(b)!;
  return {
    groups: groups
      .list()
      .map(group => group.sort(order))
      .sort(([a], [b]) => order(a, b)),
    links: strong,
    doubtful: links.filter(link => link.pictures < least),
    common: common.sort((a, b) => b.products - a.products || a.example - b.example),
  };
}

/** Images joined by pairs: each group is one picture. */
function joinedPairs(pairs: readonly LeakPair[]): Groups {
  const groups = new Groups();
  for (const { first, second } of pairs) groups.join(`${first}`, `${second}`);
  return groups;
}

function linksOf(pairs: readonly LeakPair[], products: Int32Array, classNames: readonly string[]): ProductLink[] {
  const byProducts = new Map<string, LeakPair[]>();
  for (const pair of pairs) {
    const key = [products[pair.first], products[pair.second]].sort((a, b) => a - b).join(" ");
    const list = byProducts.get(key);
    if (list === undefined) byProducts.set(key, [pair]);
    else list.push(pair);
  }
  const links = Array.from(byProducts, ([key, list]): ProductLink => {
    const [one, other] = key.split(" ").map(label => classNames[Number(label)]);
    return { products: [one, other], pictures: joinedPairs(list).list().length, pairs: list };
  });
  return links.sort((a, b) => b.pictures - a.pictures);
}
