/** Means over the views of each image: (n · views, dim) → (n, dim). */
export function meanOverViews(features: Float32Array, views: number, dim: number): Float32Array {
  if (views === 1) return features;
  const means = new Float32Array(features.length / views);
  for (let at = 0; at < means.length; at++) {
    const first = Math.floor(at / dim) * views * dim + (at % dim);
    let sum = 0;
    for (let view = 0; view < views; view++) sum += features[first + view * dim];
    means[at] = sum / views;
  }
  return means;
}
