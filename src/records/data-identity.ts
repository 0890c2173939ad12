import { createHash } from "node:crypto";
import type { NdArray } from "../core/arrays.js";
import { hashValues } from "../core/hash-values.js";
import { labelsToArray } from "../core/labels.js";
import type { ExperimentData } from "../experiments/experiment-data.js";
import type { DataIdentity } from "./run-record.js";

/** What data is, as hashes: equal where runs can be compared. */
export function dataIdentity({ featureSet, split, validation }: ExperimentData): DataIdentity {
  const { features, labels, manifest } = featureSet;
  const held = validation === undefined ? [] : [validation.train, validation.query, validation.database];
  return {
    dataset: manifest.dataset,
    rows: features.shape[0],
    features: hashOfArrays([features]),
    labels: hashOfArrays([labelsToArray(labels)]),
    searched: hashOfArrays([split.query, split.database].map(vector)),
    learned: hashOfArrays([split.train, ...held].map(vector)),
  };
}

function vector(data: Int32Array): NdArray {
  return { data, shape: [data.length] };
}

/** SHA-256 (hex) of shapes and values, so that no two lists of arrays run together into one. */
function hashOfArrays(arrays: readonly NdArray[]): string {
  const hash = createHash("sha256");
  for (const { data, shape } of arrays) {
    hash.update(`${data.constructor.name} ${shape.join()}\n`);
    hashValues(hash, data);
  }
  return hash.digest("hex");
}
