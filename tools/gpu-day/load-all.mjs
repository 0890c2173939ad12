// Loads what any part may load, and computes nothing: run under record-modules.mjs.
import { openEngine } from "../../lib/compute/engine.js";
import { webGpuAdapter } from "../../lib/compute/webgpu-adapter.js";
import "../../lib/ranking/choose-ranking.js";
import "../../lib/ranking/open-codes-gallery.js";
import "./networks.mjs";
import "./steps.mjs";

const engine = await openEngine({ engine: "cpu" });
const x = { shape: [1], dtype: "float32" };
const program = await engine.prepare({ inputs: { x }, body: tensors => ({ y: tensors.x.add(1) }) });
await program.run({ x: Float32Array.of(1) });
// Without a Vulkan driver there is no adapter; the packages are loaded all the same.
await webGpuAdapter().catch(() => {});
await import("@tensorflow/tfjs-backend-webgpu");
process.exit(0);
