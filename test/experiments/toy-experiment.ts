import type { ExperimentData } from "../../src/experiments/experiment-data.js";
import { rows, toyData } from "../training/toy.js";

/** Four classes that overlap: 40 queries, 80 rows to train on, 120 in the database. */
export function toyExperiment(): Pick<ExperimentData, "featureSet" | "split"> {
  const manifest = {
    dataset: "toy",
    contentHash: "toy",
    backbone: "none",
    weightsHash: "none",
    preprocessing: { resize: 1, crop: 1, mean: [0, 0, 0], std: [1, 1, 1], interpolation: "bilinear" },
    engine: "cpu",
    shape: [160, 12],
    version: "0",
  } as const;
  const split = { protocol: "toy", seed: 0, query: rows(0, 40), train: rows(40, 120), database: rows(40, 160) };
  return { featureSet: { ...toyData(7, { noise: 1.2 }), manifest }, split };
}
