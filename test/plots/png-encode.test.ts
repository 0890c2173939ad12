import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { encodePng } from "../../src/plots/png-encode.js";

describe("encodePng", () => {
  it("writes files that sharp reads back pixel for pixel", async () => {
    const image = fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
      .chain(([width, height]) =>
        fc.tuple(
          fc.constant(width),
          fc.constant(height),
          fc.uint8Array({ minLength: 4 * width * height, maxLength: 4 * width * height }),
        ),
      );
    await fc.assert(
      fc.asyncProperty(image, async ([width, height, rgba]) => {
        const { data, info } = await sharp(encodePng(rgba, width, height))
          .raw()
          .toBuffer({ resolveWithObject: true });
        expect(info).toMatchObject({ width, height, channels: 4 });
        expect([...data]).toEqual([...rgba]);
      }),
      { numRuns: 30 },
    );
  });
});
