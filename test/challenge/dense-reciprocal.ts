import type { NeighbourGraph } from "../../src/challenge/neighbour-graph.js";

/** k-reciprocal encodings (count, count), from the paper's definitions with sets, without averaging where k2 is 1. */
export function denseEncodings(graph: NeighbourGraph, k1: number, k2: number): number[][] {
  const count = graph.vectors.shape[0];
  const all = Array.from({ length: count }, (_, item) => item);
  const near = (item: number, k: number): number[] =>
    Array.from(graph.neighbours.subarray(item * graph.width, item * graph.width + Math.min(k, graph.width)));
  const mutual = (item: number, k: number): number[] =>
    near(item, k + 1).filter(other => near(other, k + 1).includes(item));
  const raw = all.map(item => {
    const own = mutual(item, k1);
    const robust = new Set(own);
    for (const other of own) {
      const theirs = mutual(other, Math.max(1, Math.round(k1 / 2)));
      if (theirs.filter(one => own.includes(one)).length >= (2 / 3) * theirs.length - 1e-9) {
        for (const one of theirs) robust.add(one);
      }
    }
    return all.map(other => (robust.has(other) ? Math.exp(-denseDistance(graph, item, other)) : 0));
  });
  return all.map(item => {
    const averaged = near(item, k2);
    return all.map(column => averaged.reduce((sum, other) => sum + raw[other][column] / averaged.length, 0));
  });
}

/** Squared distance over the largest from i. */
export function denseDistance({ vectors, farthest }: NeighbourGraph, i: number, j: number): number {
  const { data, shape } = vectors;
  let sum = 0;
  for (let d = 0; d < shape[1]; d++) sum += (data[i * shape[1] + d] - data[j * shape[1] + d]) ** 2;
  return sum / farthest[i];
}
