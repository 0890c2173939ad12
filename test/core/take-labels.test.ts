import { expect, it } from "vitest";
import { multiHotLabels } from "../../src/core/labels.js";
import { takeLabels } from "../../src/core/take-labels.js";

it("takes rows in the order asked for, of either kind of labels", () => {
  const rows = Int32Array.of(2, 0, 2);
  expect(takeLabels(Int32Array.of(5, 6, 7), rows)).toEqual(Int32Array.of(7, 5, 7));
  const hot = Array.from({ length: 3 * 40 }, (_, i) => (i % 7 === 0 ? 1 : 0));
  const row = (i: number) => hot.slice(i * 40, (i + 1) * 40);
  const labels = multiHotLabels({ data: Int8Array.from(hot), shape: [3, 40] });
  const expected = multiHotLabels({ data: Int8Array.from([...row(2), ...row(0), ...row(2)]), shape: [3, 40] });
  expect(takeLabels(labels, rows)).toEqual(expected);
});
