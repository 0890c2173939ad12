// The parts of the day, in the order of what is missed most when time runs out.

/**
 * @typedef {object} Part
 * @property {string} name
 * @property {string[]} command a program of this folder (.mjs by our Node, .py by Python) and its arguments
 * @property {number} limit seconds after which it is ended
 * @property {"gpu" | "python"} [needs] what it cannot do without
 */

const BACKENDS = ["webgpu", "gallery", "wasm"];
const COUNTS = [1e5, 1e6, 1e7, 1e8];
/** For a processor that plays GPU. */
const SMALL_COUNTS = [1e4];

/** @returns {Part[]} */
export function partsOf({ small }) {
  const counts = small ? SMALL_COUNTS : COUNTS;
  const images = (engine, limit, precisions = ["fp32", "fp16"]) =>
    ["resnet50", "efficientnet-lite0"].flatMap(network =>
      precisions.map(precision => ({
        name: `images: ${engine} ${network} ${precision}`,
        command: ["images.mjs", engine, network, precision],
        limit,
        ...(engine === "cpu" ? {} : { needs: "gpu" }),
      })),
    );
  const training = engine => ({ name: `training: ${engine}`, command: ["training.mjs", engine], limit: 30 });
  const onGpu = part => ({ ...part, needs: "gpu" });
  const inPython = (name, command, limit) => ({ name, command, limit, needs: "python" });
  const ranking = counts.flatMap(count => [
    ...BACKENDS.map(backend => ({
      name: `ranking: ${backend} ${count}`,
      command: ["ranking.mjs", backend, String(count)],
      limit: count > 1e7 ? 40 : 15,
      ...(backend === "webgpu" ? { needs: "gpu" } : {}),
    })),
    inPython(`ranking: CuPy and PyTorch ${count}`, ["gpu_ranking.py", String(count)], count > 1e7 ? 40 : 20),
  ]);
  return [
    { name: "weights", command: ["weights.mjs"], limit: 20 },
    onGpu({ name: "agreement: webgpu", command: ["agreement.mjs", "webgpu"], limit: 60 }),
    ...images("webgpu", 40),
    inPython("images: PyTorch", ["torch_images.py", "eager"], 75),
    onGpu(training("webgpu")),
    inPython("training: PyTorch", ["torch_training.py", "eager"], 30),
    ...ranking,
    onGpu({ name: "agreement: tfjs-webgpu", command: ["agreement.mjs", "tfjs-webgpu"], limit: 60 }),
    ...images("tfjs-webgpu", 40, ["fp32"]),
    onGpu(training("tfjs-webgpu")),
    ...images("cpu", 20, ["fp32"]),
    training("cpu"),
    inPython("training: PyTorch, compiled", ["torch_training.py", "compiled"], 60),
    inPython("images: PyTorch, compiled", ["torch_images.py", "compiled"], 90),
  ];
}
