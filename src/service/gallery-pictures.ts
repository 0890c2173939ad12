import sharp from "sharp";
import { HashbookError } from "../core/errors.js";
import type { DecodedImage } from "../images/decode.js";
import { decodeImage } from "../images/decode.js";
import { Admission } from "./admission.js";
import { pictureGone } from "./gallery-items.js";
import { Refusal } from "./refusal.js";
import type { ServedGallery } from "./served-gallery.js";

/** A picture as it is sent. */
export interface SentPicture {
  readonly type: "image/webp";
  readonly bytes: Buffer;
}

/** Bytes of pictures that are kept. */
const KEPT_BYTES = 64 * 2 ** 20;
/** Pictures made at a time: the cores are the networks'. */
const AT_A_TIME = 2;
/** Pictures that may wait. */
const WAITING = 512;
/** Pictures up to this side are sent as they are, to the pixel. */
const SMALL_SIDE = 96;
const QUALITY = 82;

/**
 * Pictures of the gallery, decoded and encoded anew: what is sent is a picture of ours, whatever a file holds beside its
 * pixels. The last ones are kept.
 */
export class GalleryPictures {
  private readonly kept: Map<string, SentPicture> = new Map();
  private bytes: number = 0;
  private readonly admission: Admission;

  /** @param seconds that a picture may wait for its turn */
  constructor(seconds: number) {
    this.admission = new Admission({ running: AT_A_TIME, waiting: WAITING, seconds });
  }

  /**
   * @param side the longer one at most, in pixels; a smaller picture is not enlarged
   * @throws {Refusal} when there are no pictures, or this one cannot be read
   */
  async picture(gallery: ServedGallery, row: number, side: number, signal?: AbortSignal): Promise<SentPicture> {
    const key = `${gallery.version} ${row} ${side}`;
    const known = this.kept.get(key);
    if (known !== undefined) {
      this.kept.delete(key);
      this.kept.set(key, known); // now the newest
      return known;
    }
    const made = await this.admission.enter(() => encode(gallery, row, side), signal);
    this.keep(key, made);
    return made;
  }

  private keep(key: string, made: SentPicture): void {
    if (!this.kept.has(key)) this.bytes += made.bytes.length;
    this.kept.set(key, made);
    for (const [oldest, { bytes }] of this.kept) {
      if (this.bytes <= KEPT_BYTES) break;
      this.kept.delete(oldest);
      this.bytes -= bytes.length;
    }
  }
}

async function encode(gallery: ServedGallery, row: number, side: number): Promise<SentPicture> {
  const { data, width, height, channels } = await decode(gallery, row);
  const longer = Math.max(width, height);
  const bytes = await sharp(data, { raw: { width, height, channels } })
    .resize(side, side, { fit: "inside", withoutEnlargement: true })
    .webp(Math.min(longer, side) <= SMALL_SIDE ? { lossless: true } : { quality: QUALITY })
    .toBuffer();
  return { type: "image/webp", bytes };
}

async function decode({ items }: ServedGallery, row: number): Promise<DecodedImage> {
  if (items.image === undefined) throw new Refusal("not-found", "this service has no pictures, only codes");
  try {
    return await decodeImage(await items.image(row), { name: items.idOf(row), truncated: "accept" });
  } catch (cause) {
    if (!(cause instanceof HashbookError)) throw cause;
    throw pictureGone(row);
  }
}
