// The kernel's logo in the sizes Jupyter looks for, out of its drawing: node tools/make-kernel-logo.mjs
import { fileURLToPath } from "node:url";
import sharp from "sharp";

const folder = fileURLToPath(new URL("../jupyter/kernel/", import.meta.url));
for (const size of [32, 64]) {
  const picture = sharp(`${folder}logo-svg.svg`, { density: 300 }).resize(size, size).png({ compressionLevel: 9 });
  await picture.toFile(`${folder}logo-${size}x${size}.png`);
}
