import { EngineError, UnavailableError } from "../core/errors.js";
import type { WebGpuAdapter } from "./webgpu-adapter.js";
import { webGpuAdapter } from "./webgpu-adapter.js";

/** The part of the WebGPU API that compute shaders need (https://www.w3.org/TR/webgpu/), a few names of it. */
export interface GpuBuffer {
  readonly size: number;
  mapAsync(mode: number): Promise<void>;
  getMappedRange(): ArrayBuffer;
  unmap(): void;
  destroy(): void;
}
export type GpuPipeline = object;
interface GpuPass {
  setPipeline(pipeline: GpuPipeline): void;
  setBindGroup(index: number, group: object): void;
  dispatchWorkgroups(x: number, y?: number): void;
  end(): void;
}
export interface GpuEncoder {
  beginComputePass(): GpuPass;
  copyBufferToBuffer(from: GpuBuffer, fromOffset: number, to: GpuBuffer, toOffset: number, size: number): void;
  finish(): object;
}
interface GpuErrorEvent {
  readonly error: { readonly message: string };
  preventDefault(): void;
}
export interface GpuDevice {
  readonly limits: { readonly maxStorageBufferBindingSize: number };
  readonly queue: {
    writeBuffer(buffer: GpuBuffer, offset: number, data: ArrayBufferView): void;
    submit(commands: readonly object[]): void;
  };
  onuncapturederror: ((event: GpuErrorEvent) => void) | null;
  createBuffer(descriptor: { size: number; usage: number }): GpuBuffer;
  createShaderModule(descriptor: { code: string }): object;
  createBindGroupLayout(descriptor: object): object;
  createPipelineLayout(descriptor: object): object;
  createComputePipeline(descriptor: object): GpuPipeline;
  createBindGroup(descriptor: object): object;
  createCommandEncoder(): GpuEncoder;
  destroy(): void;
}

/** Values of GPUBufferUsage, GPUMapMode and GPUShaderStage, which the specification fixes. */
export const GPU_USAGE = { mapRead: 1, copyFrom: 4, copyTo: 8, uniform: 64, storage: 128 } as const;
export const GPU_MAP_READ = 1;
export const GPU_COMPUTE = 4;

interface Adapter {
  readonly limits: { readonly maxStorageBufferBindingSize: number; readonly maxBufferSize: number };
  requestDevice(descriptor: object): Promise<GpuDevice>;
}

/** A device with what is known of it. */
export interface OpenedGpu {
  readonly device: GpuDevice;
  readonly adapter: WebGpuAdapter;
  /**
   * To be called after results are read: the GPU tells of what it could not do only afterwards, and gives zeros.
   * @throws {EngineError} when it did
   */
  check(): void;
}

/**
 * A device of the GPU for compute shaders of our own, with the largest buffers it allows.
 * @throws {UnavailableError} as {@link webGpuAdapter}, or when the GPU refuses a device
 */
export async function webGpuDevice(): Promise<OpenedGpu> {
  const adapter = await webGpuAdapter();
  const { gpu } = (globalThis as unknown as { navigator: { gpu: { requestAdapter(o: object): Promise<Adapter> } } })
    .navigator;
  try {
    const handle = await gpu.requestAdapter({ powerPreference: "high-performance" });
    const { maxStorageBufferBindingSize, maxBufferSize } = handle.limits;
    const device = await handle.requestDevice({ requiredLimits: { maxStorageBufferBindingSize, maxBufferSize } });
    let failure: string | undefined;
    device.onuncapturederror = event => {
      failure ??= event.error.message;
      // It is thrown by check; Dawn need not print it too.
      event.preventDefault();
    };
    const check = (): void => {
      if (failure !== undefined) throw new EngineError("the GPU failed", { actual: failure.split("\n")[0] });
    };
    return { device, adapter, check };
  } catch (cause) {
    throw new UnavailableError(`the GPU gives no device: ${(cause as Error).message}`, { cause });
  }
}
