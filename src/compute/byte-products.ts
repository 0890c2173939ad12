import { readFileSync } from "node:fs";

/**
 * How this processor adds products of bytes.
 * - `exact`: in 32 bits at once (VNNI of x86, any ARM). onnxruntime's kernels for signed filters are right.
 * - `saturating`: pairs in 16 bits first, which 2 · 255 · 127 does not fit. Signed filters have to be made unsigned, for
 *   which onnxruntime has kernels as right and about three times slower.
 */
export type ByteProducts = "exact" | "saturating";

/**
 * @param arch as `process.arch`
 * @param cpuinfo text of /proc/cpuinfo; undefined where there is none: what is not known to be exact is not taken to be
 */
export function byteProducts(arch: string = process.arch, cpuinfo: string | undefined = processorInfo()): ByteProducts {
  if (arch !== "x64" && arch !== "ia32") return "exact";
  const flags = /^flags\s*:(.*)$/m.exec(cpuinfo ?? "")?.[1].split(" ") ?? [];
  return flags.includes("avx512_vnni") || flags.includes("avx_vnni") ? "exact" : "saturating";
}

function processorInfo(): string | undefined {
  try {
    return readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    return undefined;
  }
}
