import { expect, it } from "vitest";
import { DistinctIds } from "../../src/features/distinct-ids.js";

it("finds an id again, in whichever of its maps it is", () => {
  const ids = new DistinctIds<number>(3);
  for (let place = 0; place < 10; place++) expect(ids.add(`item ${place}`, place)).toBeUndefined();
  for (let place = 9; place >= 0; place--) expect(ids.add(`item ${place}`, 99)).toBe(place);
  expect(ids.add("item 10", 10)).toBeUndefined();
});
