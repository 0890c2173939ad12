import { Random } from "../core/random.js";
import type { RawImage } from "../datasets/image-input.js";
import { shopBackground, turnedBox, wildBackground } from "./background.js";
import { blurPicture } from "./blur.js";
import { lightUp, sensorNoise } from "./light.js";
import { occlude } from "./occlusion.js";
import type { Picture } from "./picture.js";
import { fillShape, rgbOf } from "./picture.js";
import type { Pose, Shadow } from "./pose.js";
import { placeDevice } from "./pose.js";
import type { ProductView, SampleProduct } from "./product.js";
import type { ProductSide } from "./product-sides.js";
import { ProductSides } from "./product-sides.js";
import { between, chance, pick } from "./svg.js";

/** Where a photograph is taken: "wild" as customers do, "shop" as sellers do. */
export type Scene = "wild" | "shop";

/** A photograph before it is compressed. */
export interface Photograph {
  /** Three channels, 192 to 256 pixels a side. */
  readonly image: RawImage;
  /** JPEG quality to store it with, 1..100. */
  readonly quality: number;
}

/** About as many pixels as networks of 224 see. */
const SIZES: readonly (readonly [number, number])[] = [
  [224, 224],
  [256, 192],
  [192, 256],
  [240, 208],
];

/** @param size of its longer side, in pixels of the picture, were it held straight */
function addDevice(
  picture: Picture,
  { drawing, image }: ProductSide,
  pose: Omit<Pose, "scale">,
  size: number,
  shadow: Shadow,
): void {
  const depth = (drawing.depth * size) / Math.max(drawing.width, drawing.height);
  const scale = size / Math.max(image.width, image.height);
  placeDevice(picture, image, { ...pose, scale }, { colour: rgbOf(drawing.edge), depth }, shadow);
}

/** Clean, large, little turned; front and back, sometimes both; sometimes with a seller's badge, sometimes cut off. */
async function inTheShop(sides: ProductSides, random: Random): Promise<Photograph> {
  const [width, height] = pick(random, SIZES);
  const picture = shopBackground(width, height, random);
  const side = Math.min(width, height);
  const cut = chance(random, 0.12) ? 1.35 : 1;
  const size = side * between(random, 0.68, 0.9) * cut;
  const pose = (): Omit<Pose, "scale"> => ({
    x: width * between(random, 0.47, 0.53),
    y: height * between(random, 0.47, 0.53),
    yaw: between(random, -0.55, 0.55),
    pitch: between(random, -0.15, 0.3),
    roll: chance(random, 0.25) ? between(random, -0.5, 0.5) : 0,
    distance: between(random, 1.6, 4),
  });
  const shadow = { dx: 0, dy: 3, radius: 2 + random.integer(5), dark: between(random, 0.12, 0.4) };
  if (chance(random, 0.22)) {
    const apart = width * between(random, 0.12, 0.2);
    const [behind, before] = chance(random, 0.5) ? (["back", "front"] as const) : (["front", "back"] as const);
    const one = pose();
    addDevice(picture, await sides.side(behind), { ...one, x: one.x - apart }, size * 0.82, shadow);
    addDevice(picture, await sides.side(before), { ...one, x: one.x + apart }, size * 0.82, shadow);
  } else {
    const view: ProductView = chance(random, 0.75) ? "front" : "back";
    addDevice(picture, await sides.side(view), pose(), size, shadow);
  }
  if (chance(random, 0.2)) addBadge(picture, random);
  lightUp(picture, random, { gradient: 0.08, exposure: 0.06, warmth: 0.03, glare: 0.25 });
  sensorNoise(picture, random, between(random, 0, 2));
  return { image: toBytes(picture), quality: 82 + random.integer(14) };
}

/** A price tag or a seller's mark in a corner. */
function addBadge(picture: Picture, random: Random): void {
  const colour = rgbOf(pick(random, ["#d81e2c", "#e8622c", "#1d63c9", "#1f9e57"]));
  const [x, y] = [picture.width * pick(random, [0.12, 0.88]), picture.height * pick(random, [0.12, 0.88])];
  const radius = between(random, 14, 22);
  fillShape(
    picture,
    (px, py) => Math.hypot(px - x, py - y) - radius,
    () => colour,
  );
  for (const dy of [-5, 4]) fillShape(picture, turnedBox(x, y + dy, radius * 0.6, 2.5, 0), () => [255, 255, 255]);
}

/** As customers photograph: turned, near or far, on any ground, badly lit, blurred, half hidden, compressed hard. */
async function inTheWild(sides: ProductSides, random: Random): Promise<Photograph> {
  const [width, height] = pick(random, SIZES);
  const picture = wildBackground(width, height, random);
  const size = Math.max(width, height) * between(random, 0.66, 0.95);
  const pose: Omit<Pose, "scale"> = {
    x: width * between(random, 0.38, 0.62),
    y: height * between(random, 0.38, 0.62),
    yaw: between(random, -0.5, 0.5),
    pitch: between(random, -0.4, 0.4),
    roll: chance(random, 0.05) ? between(random, -3.1, 3.1) : between(random, -0.3, 0.3),
    distance: between(random, 1.1, 2.6),
  };
  const view: ProductView = chance(random, 0.75) ? "front" : "back";
  const shadow = {
    dx: random.integer(11) - 5,
    dy: random.integer(11) - 3,
    radius: 2 + random.integer(5),
    dark: between(random, 0.3, 0.7),
  };
  addDevice(picture, await sides.side(view, random.stream("moment")), pose, size, shadow);
  if (chance(random, 0.25)) occlude(picture, pose, size, random);
  lightUp(picture, random, { gradient: 0.6, exposure: 0.4, warmth: 0.22, glare: 0.8 });
  blurPicture(picture, chance(random, 0.2) ? between(random, 1, 1.6) : between(random, 0.3, 1));
  sensorNoise(picture, random, between(random, 1, 12));
  return { image: toBytes(picture), quality: 30 + random.integer(56) };
}

/** Pixels as bytes. */
function toBytes({ width, height, data }: Picture): RawImage {
  return { data: new Uint8Array(new Uint8ClampedArray(data).buffer), width, height, channels: 3 };
}

/**
 * Takes one photograph of a product. Number and scene choose everything that is random about it; one photograph does
 * not depend on another, so they can be taken in any order.
 * @param sides of the product; who takes several photographs of it keeps them
 */
export function photograph(
  product: SampleProduct,
  scene: Scene,
  number: number,
  sides: ProductSides = new ProductSides(product),
): Promise<Photograph> {
  const random = new Random(product.seed).stream(`product ${product.number}, ${scene} ${number}`);
  return scene === "shop" ? inTheShop(sides, random) : inTheWild(sides, random);
}
