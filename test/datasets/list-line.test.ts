import { expect, it } from "vitest";
import { cutListLine } from "../../src/datasets/list-line.js";

it.each([
  ["a/b.jpg 0 1 0", "a/b.jpg", "0 1 0", false, false],
  ["a/b.JPEG 3", "a/b.JPEG", "3", false, false],
  ["a/b.jpg,dog", "a/b.jpg", "dog", true, false],
  ["a/b.jpg,traffic light", "a/b.jpg", "traffic light", true, false],
  ["a/b.jpg,0 1 0", "a/b.jpg", "0 1 0", true, false],
  ["a/b.jpg , dog", "a/b.jpg", "dog", true, true],
  ["a/b.jpg\t0\t1", "a/b.jpg", "0\t1", false, true],
  ["a/b.jpg  0  1", "a/b.jpg", "0  1", false, true],
  ["my photos, all/b 1.jpg 0 1", "my photos, all/b 1.jpg", "0 1", false, false],
  ["a\\b.jpg 0 1", "a/b.jpg", "0 1", false, false],
  ["a.jpg.png 0 1", "a.jpg.png", "0 1", false, false],
  ["no-ending 0 1", "no-ending", "0 1", false, false],
  ["no-ending,7", "no-ending", "7", true, false],
  ["a/b.jpg", "a/b.jpg", "", false, false],
  ["no-ending", "no-ending", "", false, false],
])("cuts %j", (text, path, label, comma, loose) => {
  expect(cutListLine(text)).toEqual({ path, label, comma, loose });
});
