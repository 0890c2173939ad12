import { Random } from "../core/random.js";
import { drawCamera } from "./camera.js";
import { drawHeadphones } from "./headphones.js";
import { drawLaptop } from "./laptop.js";
import { drawPhone } from "./phone.js";
import type { Drawing } from "./svg.js";
import { drawTablet } from "./tablet.js";
import { drawWatch } from "./watch.js";

/** What a product of the sample is. */
export type DeviceKind = "phone" | "laptop" | "watch" | "camera" | "headphones" | "tablet";

const DRAW: Readonly<Record<DeviceKind, (product: Random, view: string, moment: Random | undefined) => Drawing>> = {
  phone: drawPhone,
  laptop: drawLaptop,
  watch: drawWatch,
  camera: drawCamera,
  headphones: drawHeadphones,
  tablet: drawTablet,
};

export const DEVICE_KINDS: readonly DeviceKind[] = Object.keys(DRAW) as DeviceKind[];

/** Sides a product is photographed from. */
export type ProductView = "front" | "back";

/** A product that does not exist. All its details follow from seed and number. */
export interface SampleProduct {
  /** From 0; the official folders are numbered the same way. */
  readonly number: number;
  /** `DIGIX_000012` */
  readonly name: string;
  readonly kind: DeviceKind;
  readonly seed: number;
}

/** Kinds take turns, so that every run of six products holds each kind once. */
export function sampleProduct(seed: number, number: number): SampleProduct {
  const kind = DEVICE_KINDS[number % DEVICE_KINDS.length];
  return { number, name: `DIGIX_${String(number).padStart(6, "0")}`, kind, seed };
}

/**
 * A product as it looks from one side.
 * @param moment stream of the photograph, for what changes with time (a screen, the hands of a watch); undefined for
 *   how it is shown in the shop
 */
export function drawProduct({ seed, number, kind }: SampleProduct, view: ProductView, moment?: Random): Drawing {
  return DRAW[kind](new Random(seed).stream(`product ${number}, ${kind}`), view, moment);
}
