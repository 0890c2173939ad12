import { existsSync } from "node:fs";

/**
 * False where there is certainly no GPU, found out without loading a driver: Linux lists GPUs under /dev (dri: all of
 * them, nvidia0: in containers, dxg: under Windows). Dawn prints warnings where it finds none.
 */
export function mayHaveGpu(): boolean {
  if (process.platform !== "linux" || process.env.VK_ICD_FILENAMES || process.env.VK_DRIVER_FILES) return true;
  return ["/dev/dri", "/dev/nvidia0", "/dev/dxg"].some(path => existsSync(path));
}

/**
 * False where there is certainly no NVIDIA GPU, found out without loading TensorFlow, which takes seconds and prints
 * lines of its own where it finds none.
 */
export function mayHaveCuda(): boolean {
  return process.platform !== "linux" || ["/dev/nvidia0", "/dev/nvidiactl", "/dev/dxg"].some(path => existsSync(path));
}
