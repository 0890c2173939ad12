// The GPU that WebGPU finds in this environment.
import { webGpuAdapter } from "../../lib/compute/webgpu-adapter.js";
import { tell } from "./part.mjs";

const { description, software } = await webGpuAdapter();
const gpu = await globalThis.navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
const { maxStorageBufferBindingSize, maxBufferSize } = gpu.limits;
const limits = `buffers up to ${maxBufferSize} bytes, bound up to ${maxStorageBufferBindingSize}`;
const half = gpu.features.has("shader-f16") ? "with 16-bit floats" : "without 16-bit floats";
tell({ table: "machine", work: "WebGPU", candidate: description, note: `${half}; ${limits}`, software });
process.exit(0); // Dawn keeps a process with an adapter alive
