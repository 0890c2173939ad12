import sharp from "sharp";
import type { Scene } from "./photograph.js";
import { photograph } from "./photograph.js";
import type { SampleProduct } from "./product.js";
import { ProductSides } from "./product-sides.js";

/** One photograph to take. */
export interface Shot {
  readonly product: SampleProduct;
  readonly scene: Scene;
  /** Of this product in this scene, from 0. */
  readonly number: number;
}

/** Products whose sides are kept: more than are photographed at a time. */
const KEPT = 8;

/** Takes photographs, as JPEG files have them, quicker where those of a product follow one another. */
export function photographer(): (shot: Shot) => Promise<Buffer> {
  const kept = new Map<number, ProductSides>();
  return async ({ product, scene, number }) => {
    const sides = kept.get(product.number) ?? new ProductSides(product);
    kept.set(product.number, sides);
    const [oldest] = kept.keys();
    if (kept.size > KEPT) kept.delete(oldest);
    const { image, quality } = await photograph(product, scene, number, sides);
    const { data, width, height } = image;
    return sharp(data, { raw: { width, height, channels: 3 } })
      .jpeg({ quality })
      .toBuffer();
  };
}
