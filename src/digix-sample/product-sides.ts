import sharp from "sharp";
import type { Random } from "../core/random.js";
import type { RawImage } from "../datasets/image-input.js";
import type { ProductView, SampleProduct } from "./product.js";
import { drawProduct } from "./product.js";
import type { Drawing } from "./svg.js";
import { svgDocument } from "./svg.js";

/** Pixels on the longer side of a device: about what the largest photograph of it shows. */
const LONGER_SIDE = 224;

/** A side of a product as pixels, RGBA. */
export interface ProductSide {
  readonly drawing: Drawing;
  readonly image: RawImage;
}

/**
 * The sides of a product. What looks the same in several photographs is drawn once: reading an SVG and drawing it takes
 * as long as half of the rest of a photograph.
 */
export class ProductSides {
  private readonly known: Map<string, Promise<RawImage>> = new Map();

  constructor(readonly product: SampleProduct) {}

  /** @param moment as for `drawProduct` */
  async side(view: ProductView, moment?: Random): Promise<ProductSide> {
    const drawing = drawProduct(this.product, view, moment);
    const svg = svgDocument(drawing, LONGER_SIDE);
    const image = this.known.get(svg) ?? rasterise(svg);
    this.known.set(svg, image);
    return { drawing, image: await image };
  }
}

async function rasterise(svg: string): Promise<RawImage> {
  const { data, info } = await sharp(Buffer.from(svg)).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: 4 };
}
