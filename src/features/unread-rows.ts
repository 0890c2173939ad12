import { basename, dirname } from "node:path";
import { readFailedImages } from "./failed-images.js";
import { readFeatureManifest } from "./feature-manifest.js";

/** Rows of images that `extract --model` could not read, of its codes.npy; none of other files. */
export async function unreadBeside(codesFile: string): Promise<Int32Array> {
  const folder = dirname(codesFile);
  const manifest = basename(codesFile) === "codes.npy" ? await readFeatureManifest(folder) : undefined;
  if (manifest?.codes === undefined) return new Int32Array(0);
  const [begin] = manifest.shard?.rows ?? [0];
  return Int32Array.from(await readFailedImages(folder), ({ row }) => row - begin);
}
