import { UnavailableError } from "../core/errors.js";

/** What is known of the GPU that WebGPU would use. */
export interface WebGpuAdapter {
  /** For people, for example "NVIDIA GeForce RTX 4070 (ada)". */
  readonly description: string;
  /** A processor that plays GPU (SwiftShader, llvmpipe): right, for tests, but slower than the compiled CPU engine. */
  readonly software: boolean;
}

interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
}
interface Gpu {
  requestAdapter(options?: object): Promise<{ readonly info: AdapterInfo } | null>;
}

/**
 * Makes `navigator.gpu` available, as browsers have it, through the npm package `webgpu` (Dawn), and asks it for a GPU.
 * @throws {UnavailableError} when the package has no binary for this platform, or no GPU and no Vulkan driver is there
 */
export async function webGpuAdapter(): Promise<WebGpuAdapter> {
  const gpu = await navigatorGpu();
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" }).catch(() => null);
  if (adapter === null) {
    throw new UnavailableError("WebGPU found no GPU", {
      expected:
        "a GPU whose driver speaks Vulkan, Metal or Direct3D 12 (for tests a software one, by the variable VK_ICD_FILENAMES)",
    });
  }
  const { vendor, architecture, device, description } = adapter.info;
  const software = /swiftshader|llvmpipe|lavapipe|basic render/i.test(`${vendor} ${architecture} ${description}`);
  const name = description || `${vendor} ${device}`.trim() || "a GPU without a name";
  return { description: architecture ? `${name} (${architecture})` : name, software };
}

async function navigatorGpu(): Promise<Gpu> {
  const known = (globalThis as { navigator?: { gpu?: Gpu } }).navigator;
  if (known?.gpu !== undefined) return known.gpu;
  let webgpu: { create(options: string[]): Gpu; globals: object };
  try {
    webgpu = (await import("webgpu")) as unknown as typeof webgpu;
  } catch (cause) {
    throw new UnavailableError(`the package webgpu does not load: ${(cause as Error).message.split("\n")[0]}`, {
      cause,
    });
  }
  const gpu = webgpu.create([]);
  Object.assign(globalThis, webgpu.globals);
  // Node 20 has no navigator, later ones have one that cannot be replaced but takes new properties.
  if (known === undefined) Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
  else Object.defineProperty(known, "gpu", { value: gpu, configurable: true });
  return gpu;
}
