import * as tf from "@tensorflow/tfjs";
import type { LossCase } from "./loss-cases.js";

/** Runs a case eagerly on tfjs' current backend; nothing is left behind. */
export function runEagerly({ inputs, body }: Pick<LossCase, "inputs" | "body">): Record<string, Float32Array> {
  const results: Record<string, Float32Array> = {};
  tf.tidy(() => {
    const tensors = Object.fromEntries(
      Object.entries(inputs).map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]),
    );
    for (const [name, tensor] of Object.entries(body(tensors))) results[name] = tensor.dataSync() as Float32Array;
  });
  return results;
}
