/** Decoded pixels: 8 bits a channel, interleaved, row-major; `data.length` is width · height · channels. */
export interface RawImage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** 1: grey; 3: sRGB; 4: sRGB and opacity (not premultiplied). */
  readonly channels: 1 | 3 | 4;
}

/** An image as a dataset hands it out: the path of an image file, the bytes of one, or decoded pixels. */
export type ImageInput = string | Uint8Array | RawImage;
