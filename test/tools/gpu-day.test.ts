import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import { compileDefinition } from "../../src/compute/compile-definition.js";
import { openEngine } from "../../src/compute/engine.js";
import { Random } from "../../src/core/random.js";
// @ts-expect-error tools are plain JavaScript
import { halfBits, halfModel } from "../../tools/gpu-day/half.mjs";
// @ts-expect-error tools are plain JavaScript
import { runPart } from "../../tools/gpu-day/run-part.mjs";
// @ts-expect-error tools are plain JavaScript
import { dayTable } from "../../tools/gpu-day/table.mjs";
// @ts-expect-error tools are plain JavaScript
import { vulkanEnvironments } from "../../tools/gpu-day/vulkan.mjs";

const folder = mkdtempSync(join(tmpdir(), "hashbook-gpu-day-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The value of a finite 16-bit float, by IEEE 754-2008, 3.4. */
function fromHalf(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

describe("16-bit floats", () => {
  const finite = Array.from({ length: 0x7c00 }, (_, bits) => fromHalf(bits)); // ascending, from 0

  it("each of them is itself, with either sign", () => {
    expect(finite.map(halfBits)).toEqual(Array.from(finite.keys()));
    expect(finite.map(value => halfBits(-value))).toEqual(Array.from(finite.keys(), bits => bits | 0x8000));
  });

  it("what lies between goes to the nearest, the middle to the even one", () => {
    const lower = finite.slice(0, -1);
    const between = (share: number): number[] =>
      lower.map((low, bits) => halfBits(low + share * (finite[bits + 1] - low)));
    expect(between(0.49)).toEqual(lower.map((_, bits) => bits));
    expect(between(0.51)).toEqual(lower.map((_, bits) => bits + 1));
    expect(between(0.5)).toEqual(lower.map((_, bits) => bits + (bits % 2)));
  });

  it("what is too large becomes the largest finite one", () => {
    expect([1e9, -1e9].map(halfBits)).toEqual([0x7bff, 0xfbff]);
  });
});

it("a network in 16 bits gives what it gives in 32, nearly, and not exactly", async () => {
  const random = new Random(0);
  const definition = {
    inputs: { x: { shape: [2, 8], dtype: "float32" } as const },
    constants: { w: { data: random.normals(8 * 4), shape: [8, 4] } },
    body: (t: Readonly<Record<string, tf.Tensor>>) => ({
      y: tf.relu(tf.matMul(t.x as tf.Tensor2D, t.w as tf.Tensor2D)),
    }),
  };
  const engine = await openEngine({ engine: "cpu" });
  const x = random.normals(16);
  const [full, half] = await Promise.all(
    [definition, { ...definition, compiled: halfModel(compileDefinition(definition)) }].map(async one => {
      const program = await engine.prepare(one);
      const { y } = await program.run({ x });
      await program.dispose();
      return y.data;
    }),
  );
  const differences = Array.from(full, (value, i) => Math.abs(value - half[i]));
  expect(Math.max(...differences)).toBeLessThan(2e-2);
  expect(Math.max(...differences)).toBeGreaterThan(1e-6);
});

describe("a part of the day", () => {
  const program = (name: string, source: string): string => {
    const path = join(folder, name);
    writeFileSync(path, source);
    return path;
  };
  const tell = 'process.stdout.write(JSON.stringify({ table: "images", work: "a" }) + "\\n");';
  const run = (path: string, seconds: number): Promise<{ rows: object[]; fault?: string }> =>
    runPart([process.execPath, path], { seconds, environment: {}, folder });

  it("that hangs is ended, and what it told before is kept", async () => {
    const { rows, fault } = await run(program("hangs.mjs", `${tell} setInterval(() => {}, 1000);`), 2);
    expect(rows).toEqual([{ table: "images", work: "a" }]);
    expect(fault).toBe("ended after 2 s");
  });

  it("that fails says why; lines that are no results are passed over", async () => {
    const source = `${tell} console.log("a library's word"); throw new Error("no such device");`;
    const { rows, fault } = await run(program("fails.mjs", source), 30);
    expect(rows).toHaveLength(1);
    expect(fault).toContain("no such device");
  });

  it("that is missing is a fault as well", async () => {
    const { rows, fault } = await runPart(["no-such-python"], { seconds: 30, environment: {}, folder });
    expect(rows).toEqual([]);
    expect(fault).toContain("no-such-python");
  });
});

it("the table shows results, faults of results and parts that did not end well", () => {
  const rows = [
    { table: "images", work: "resnet50", candidate: "hashbook", value: 1234.6, unit: "images/s" },
    { table: "images", work: "resnet50", candidate: "PyTorch", value: 99.9, unit: "images/s" },
    { table: "images", work: "lite0", candidate: "PyTorch", fault: "no | module" },
    { table: "agreement", work: "ranking", candidate: "hashbook", value: 3, unit: "values", fault: "more than 0" },
  ];
  const parts = [{ name: "ranking: webgpu", seconds: 40, fault: "ended after 40 s" }];
  const text = dayTable({ rows, parts, machine: "a machine", seconds: 99 });
  expect(text).toContain("|  | hashbook | PyTorch |\n| --- | ---: | ---: |\n");
  expect(text).toContain(
    "| resnet50 | 1235 images/s | 99.9 images/s |\n| lite0 |  | **–** |\n\n- PyTorch, lite0: no \\| module\n",
  );
  expect(text).toContain("| ranking | **3.00 values** |\n\n- hashbook, ranking: more than 0\n");
  expect(text).toContain("| ranking: webgpu | ended after 40 s | 40 s |");
});

it("the driver is looked for first as the machine is", () => {
  expect(vulkanEnvironments(folder)[0]).toEqual({});
});

it("what the start of the pack is written in is a shell's language", () => {
  execFileSync("sh", ["-n", "tools/gpu-day/start.sh"]);
});
