import { expect, it } from "vitest";
import type { Alignment } from "../../src/images/align-thumbnails.js";
import { pictureAgreement } from "../../src/images/picture-agreement.js";
import { drawnPicture, rendered } from "./drawn-picture.js";

const AS_IT_LIES: Alignment = { a: 1, b: 0, u: 0, v: 0, mirror: 1 };
const image = rendered(drawnPicture(8), 64);

it("a copy agrees everywhere, whatever its brightness and contrast", () => {
  const found = pictureAgreement(image, image, AS_IT_LIES, 31);
  expect(found.windows).toBeGreaterThan(300);
  expect([found.share, found.details]).toEqual([1, expect.closeTo(1, 9)]);
  const darker = image.map(value => 10 + 0.6 * value);
  expect(pictureAgreement(image, darker, AS_IT_LIES, 31).share).toBeGreaterThan(0.97);
});

it("what differs in one place differs there", () => {
  const marked = image.map((value, at) => {
    const [x, y] = [at % 64, Math.floor(at / 64)];
    return x >= 20 && x < 36 && y >= 20 && y < 36 ? (((x >> 1) + (y >> 1)) % 2) * 255 : value;
  });
  const { share } = pictureAgreement(image, marked, AS_IT_LIES, 31);
  // windows of 9 pixels that lie on the mark of 16: about (16 / 2)² of those there are
  expect(share).toBeLessThan(0.93);
  expect(share).toBeGreaterThan(0.6);
});

it("other pictures do not agree, and plain ones show nothing", () => {
  const other = pictureAgreement(image, rendered(drawnPicture(9), 64), AS_IT_LIES, 31);
  expect(other.share).toBeLessThan(0.4);
  expect(other.details).toBeLessThan(0.3);
  const plain = new Uint8Array(4096).fill(90);
  expect(pictureAgreement(plain, plain, AS_IT_LIES, 31)).toEqual({ windows: 0, share: 0, details: 0 });
});
