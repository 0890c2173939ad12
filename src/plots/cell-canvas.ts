import { encodePng } from "./png-encode.js";

/** The pixels of a canvas, as `ImageData` has them. */
interface Pixels {
  data: Uint8ClampedArray;
  width: number;
  height: number;
}

/** `rgb(1,2,3)` or `rgba(1,2,3,0.5)` as four bytes; anything else is transparent. */
function colourBytes(style: string): number[] {
  const parts = /^rgba?\(([^)]*)\)$/.exec(style)?.[1].split(",").map(Number);
  if (parts === undefined || parts.length < 3 || parts.some(Number.isNaN)) return [0, 0, 0, 0];
  return [parts[0], parts[1], parts[2], 255 * (parts[3] ?? 1)];
}

/**
 * The little of a 2-D canvas that plotly needs for the cells of heatmaps and images: filled rectangles,
 * raw pixels, and the result as a PNG data URI.
 */
export class CellCanvas {
  fillStyle = "rgba(0,0,0,0)";
  private readonly pixels: Uint8ClampedArray;

  constructor(
    private readonly width: number,
    private readonly height: number,
  ) {
    this.pixels = new Uint8ClampedArray(4 * width * height);
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    const colour = colourBytes(this.fillStyle);
    const right = Math.min(this.width, Math.round(x + width));
    const bottom = Math.min(this.height, Math.round(y + height));
    for (let row = Math.max(0, Math.round(y)); row < bottom; row++) {
      for (let column = Math.max(0, Math.round(x)); column < right; column++) {
        this.pixels.set(colour, 4 * (row * this.width + column));
      }
    }
  }

  createImageData(width: number, height: number): Pixels {
    return { data: new Uint8ClampedArray(4 * width * height), width, height };
  }

  putImageData(image: Pixels, x: number, y: number): void {
    for (let row = 0; row < image.height && y + row < this.height; row++) {
      const line = image.data.subarray(
        4 * row * image.width,
        4 * (row * image.width + Math.min(image.width, this.width - x)),
      );
      this.pixels.set(line, 4 * ((y + row) * this.width + x));
    }
  }

  toDataURL(): string {
    return `data:image/png;base64,${Buffer.from(encodePng(this.pixels, this.width, this.height)).toString("base64")}`;
  }
}
