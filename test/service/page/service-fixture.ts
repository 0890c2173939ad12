import type { Answer, Result, Service } from "../../../src/service/page/answers.js";

/** A service of two models over 100 pictures. */
export const SERVICE: Service = {
  version: "0.0.0",
  dataset: { name: "fixture", title: "Fixture", items: 100, classes: null, products: false },
  gallery: { items: 100, engine: "resident" },
  models: [
    { id: "hashnet-48", title: "HashNet", method: "hashnet", bits: 48, backbone: "b", orders: ["hamming", "cosine"] },
    { id: "dch-32", title: "DCH", method: "dch", bits: 32, backbone: "b", orders: ["hamming"] },
  ],
  limits: { bytes: 1000, pixels: 1000, k: 50, queue: 4 },
  formats: ["jpeg", "png"],
  tokenNeeded: false,
};

export function result(row: number, classes: readonly string[] = ["bag"]): Result {
  return { row, id: `i${row}`, classes, distance: row, code: "0000", image: null };
}

export const ANSWER: Answer = {
  model: "hashnet-48",
  order: "hamming",
  k: 3,
  radius: null,
  query: { code: "0000" },
  within: null,
  results: [result(1), result(2), result(3, ["shoe"])],
  seconds: { wait: 0.001, decode: 0.01, network: 0.07, head: 0.004, rank: 0.003 },
  notes: [],
};
