/** A picture being made: red, green, blue in 0..255, not yet rounded; (height, width, 3). It is drawn on in place. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

export type Rgb = readonly [number, number, number];

/** A colour that is written again for each pixel: an array a pixel would keep the garbage collector busy. */
export type RgbScratch = [number, number, number];

/** `#rrggbb` as three numbers. */
export function rgbOf(colour: string): Rgb {
  const value = Number.parseInt(colour.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** @param colour of each pixel; `out` is a place to put it */
export function pictureOf(
  width: number,
  height: number,
  colour: (x: number, y: number, out: RgbScratch) => Rgb,
): Picture {
  const data = new Float32Array(width * height * 3); // (height, width, 3)
  const out: RgbScratch = [0, 0, 0];
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) {
      const rgb = colour(x, y, out);
      data[at] = rgb[0];
      data[at + 1] = rgb[1];
      data[at + 2] = rgb[2];
    }
  }
  return { width, height, data };
}

/** Lays a colour over one pixel. */
export function blend({ data }: Picture, pixel: number, colour: Rgb, opacity: number): void {
  const at = 3 * pixel;
  data[at] += (colour[0] - data[at]) * opacity;
  data[at + 1] += (colour[1] - data[at + 1]) * opacity;
  data[at + 2] += (colour[2] - data[at + 2]) * opacity;
}

/** A shape by its signed distance in pixels, negative inside; it never exceeds the true distance. */
export type Shape = (x: number, y: number) => number;

const BLACK: Rgb = [0, 0, 0];

/** Fills a shape, with an edge of one pixel, and a soft shadow of `shadow` pixels around it. */
export function fillShape(
  picture: Picture,
  shape: Shape,
  colour: (x: number, y: number, distance: number) => Rgb,
  shadow = 0,
): void {
  const { width, height } = picture;
  const reach = Math.max(1, shadow);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const d = shape(x + 0.5, y + 0.5);
      const pixel = y * width + x;
      if (d < 0.5) blend(picture, pixel, colour(x, y, d), Math.min(1, 0.5 - d));
      else if (d < shadow) blend(picture, pixel, BLACK, 0.35 * (1 - d / shadow) ** 2);
      // No pixel nearer than that can be reached by the shape.
      else if (d > reach + 2) x += Math.floor(d - reach - 1);
    }
  }
}
