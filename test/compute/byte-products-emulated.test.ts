import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { Tensor4D } from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { compile } from "../../src/compute/compile.js";
import { sessionEntries } from "../../src/compute/onnx-session.js";
import { tf } from "./both.js";

// HASHBOOK_TEST_QEMU names a qemu-x86_64 (Debian: qemu-user), which plays a processor without VNNI: about a minute.
const qemu = process.env.HASHBOOK_TEST_QEMU;
const runtime = pathToFileURL("src/compute/onnxruntime.ts").href.replace("/src/", "/lib/").replace(".ts", ".js");

describe.runIf(qemu !== undefined)("int8 on a processor without VNNI", () => {
  it("saturates as it is, and is exact with what sessionEntries asks for", { timeout: 600_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), "hashbook-qemu-"));
    const greatest = 9 * 4 * 127 * 255;
    try {
      const { bytes } = compile(({ x, filter }) => ({ y: tf.conv2d(x as Tensor4D, filter as Tensor4D, 1, "same") }), {
        inputs: { x: { shape: [1, 6, 6, 4], dtype: "float32" } },
        constants: { filter: { data: new Float32Array(9 * 4 * 8).fill(127), shape: [3, 3, 4, 8] } },
        quantization: {
          precision: "int8",
          ranges: [
            [0, 255],
            [0, greatest],
          ],
          calibration: { images: 1, seed: 0 },
        },
      });
      await writeFile(join(folder, "model.onnx"), bytes);
      await writeFile(join(folder, "run.mjs"), script(join(folder, "model.onnx")));
      const arguments_ = ["-cpu", "Haswell", process.execPath, join(folder, "run.mjs")];
      const { stdout } = await promisify(execFile)(qemu!, arguments_);
      const [asItIs, asked] = JSON.parse(stdout);
      expect(asItIs).toBeLessThan(0.6 * greatest);
      expect(Math.abs(asked - greatest)).toBeLessThan(1);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

/** Runs the model on the greatest bytes without and with the setting, and prints the middle of both results. */
function script(model: string): string {
  return `import { readFileSync } from "node:fs";
    import * as ort from ${JSON.stringify(runtime)};
    const x = new ort.Tensor("float32", new Float32Array(6 * 6 * 4).fill(255), [1, 6, 6, 4]);
    const found = [];
    for (const extra of ${JSON.stringify([{}, sessionEntries("saturating")])}) {
      const options = { extra, intraOpNumThreads: 1, logSeverityLevel: 3 };
      const session = await ort.InferenceSession.create(readFileSync(${JSON.stringify(model)}), options);
      found.push((await session.run({ x })).y.data[(6 + 1) * 8]);
    }
    process.stdout.write(JSON.stringify(found));`;
}
