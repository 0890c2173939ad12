import fc from "fast-check";
import type { TripletOptions } from "../../src/methods/triplet.js";
import { triplet } from "../../src/methods/triplet.js";
import { describeLoss } from "./method-suite.js";
import { areSmoothTriplets, naiveTriplets } from "./naive-triplets.js";

describeLoss<TripletOptions>(triplet, {
  options: fc.record(
    { margin: fc.constantFrom(0.3, 2), distance: fc.constantFrom("euclidean" as const, "unit" as const) },
    { requiredKeys: ["distance"] },
  ),
  naive: ({ codes, labels, options }) => naiveTriplets(codes, labels, options),
  isSmooth: ({ codes, labels, options }) => areSmoothTriplets(codes, labels, options),
});
