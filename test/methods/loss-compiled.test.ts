import { expect, it } from "vitest";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { headCases, lossCases, relativeError } from "./loss-cases.js";

it.each([...lossCases(), ...headCases()])("compiled, $name: value and gradients equal PyTorch's", async golden => {
  const entries = Object.entries(golden.inputs);
  const program = await onnxEngine("cpu", { threads: 1 }).prepare({
    inputs: Object.fromEntries(entries.map(([name, { shape }]) => [name, { shape, dtype: "float32" as const }])),
    // a gradient has the name of its input in the goldens, which a program's outputs may not have
    body: tensors =>
      Object.fromEntries(Object.entries(golden.body(tensors)).map(([name, tensor]) => [`out.${name}`, tensor])),
  });
  const actual = await program.run(Object.fromEntries(entries.map(([name, { data }]) => [name, data])));
  await program.dispose();
  for (const [name, { data }] of Object.entries(golden.expected)) {
    expect(relativeError(actual[`out.${name}`].data, data), name).toBeLessThan(golden.tolerance);
  }
});
