// The same arrays in the forms that NumPy users have them in: the same results, and the output says what was converted.
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { encodeCommand } from "../../src/commands/encode.js";
import { evaluateCommand } from "../../src/commands/evaluate.js";
import { trainCommand } from "../../src/commands/train.js";
import { InputError } from "../../src/core/errors.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const goldens = join(root, "test", "goldens", "numpy-forms");
const golden = (name: string): string => join(goldens, `${name}.npy`);
/** Forms of an array, but for what `encode` and `train` write themselves. */
const formsOf = (what: string, bad: boolean): string[] =>
  readdirSync(goldens)
    .map(file => file.replace(".npy", ""))
    .filter(name => name.startsWith(`${what}.`) && !name.endsWith(".plain") && name.includes(".bad-") === bad);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-numpy-"));
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => rmSync(folder, { recursive: true }));

const COMMANDS = { encode: encodeCommand, evaluate: evaluateCommand, train: trainCommand };

async function output(command: keyof typeof COMMANDS, ...args: string[]): Promise<string> {
  let printed = "";
  vi.spyOn(process.stdout, "write").mockImplementation(text => {
    printed += text;
    return true;
  });
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  await COMMANDS[command]().exitOverride().parseAsync(args, { from: "user" });
  vi.restoreAllMocks();
  return printed;
}

/** The codes searched in themselves. */
const evaluate = (codes: string, labels: string, ...flags: string[]): Promise<string> => {
  const side = (name: string) => [`--${name}-codes`, golden(codes), `--${name}-labels`, golden(labels)];
  return output("evaluate", ...side("query"), ...side("database"), "--exclude-self", "--bits", "12", ...flags);
};

describe("evaluate", () => {
  const document = async (codes: string, labels: string) => {
    const { unchecked: _, converted, ...figures } = JSON.parse(await evaluate(codes, labels, "--json"));
    return { converted, figures };
  };

  it.each([
    ...formsOf("codes", false).map(name => [name, "labels.plain"]),
    ...formsOf("labels", false).map(name => ["codes.plain", name]),
    ...formsOf("several", false).map(name => ["codes.plain", name]),
  ])("gives the same figures for %s with %s, and says what it converted", async (codes, labels) => {
    const kind = labels.split(".")[0];
    const { figures, converted } = await document(codes, labels);
    const plain = await document("codes.plain", `${kind}.plain`);
    expect(figures).toEqual(plain.figures);
    expect(plain.converted).toEqual([]);
    // Integers are what labels are, of any width.
    const silent = ["labels.int64", "several.int64"].includes(labels);
    const file = codes === "codes.plain" ? labels : codes;
    expect(converted).toEqual(silent ? [] : [expect.stringMatching(new RegExp(`${file}\\.npy: .*; taken as `))]);
    if (!silent) expect(await evaluate(codes, labels)).toContain(`\nconverted: ${converted[0]}\n`);
  });

  it("names type, byte order, layout and shape", async () => {
    const { converted } = await document("codes.float16-fortran", "labels.float32-column");
    expect(converted).toEqual([
      `${golden("codes.float16-fortran")}: float16, column-major; taken as codes of a bit a value`,
      `${golden("labels.float32-column")}: float32, shape (24, 1); taken as a class number an item`,
    ]);
    expect((await document("codes.big", "labels.big")).converted).toEqual([
      expect.stringContaining("int16, big-endian; taken as codes"),
      expect.stringContaining(": big-endian; taken as a class number an item"),
    ]);
  });

  it.each([
    ["codes.bad-two", "labels.plain", /codes\.bad-two\.npy: these are not hash codes; .*found 2 in row 3, bit 4/],
    ["codes.bad-nan", "labels.plain", /found NaN in row 3, bit 4/],
    ["codes.bad-half", "labels.plain", /found 0\.5 in row 3, bit 4/],
    ["codes.plain", "labels.bad-fraction", /labels\.bad-fraction\.npy: this is no label; .*found 1\.5 in row 7/],
    ["codes.plain", "labels.bad-nan", /found NaN in row 7/],
    ["codes.plain", "labels.bad-wide", /found 1099511627776 in row 7/],
    [
      "codes.plain",
      "several.bad-two",
      /several\.bad-two\.npy: these are not multi-hot labels; .*found 2 in row 3, class 1/,
    ],
  ])("refuses %s with %s", async (codes, labels, message) => {
    const refused = evaluate(codes, labels);
    await expect(refused).rejects.toThrow(InputError);
    await expect(refused).rejects.toThrow(message);
  });
});

describe("train and encode", () => {
  const train = (features: string, labels: string, out: string): Promise<string> => {
    const files = ["--features", golden(features), "--labels", golden(labels)];
    const model = ["--method", "hashnet", "--bits", "8", "--out", join(folder, out)];
    return output("train", ...files, ...model, "--epochs", "1", "--batch", "8", "--engine", "wasm", "--json");
  };
  const bytesOf = (...path: string[]): string => readFileSync(join(folder, ...path)).toString("base64");
  beforeAll(async () => {
    await train("features.plain", "labels.plain", "plain");
  }, 60_000);

  it.each([
    ...formsOf("features", false).map(name => [name, "labels.plain"]),
    ["features.float64-fortran", "labels.float64"],
  ])(
    "train the same head on %s with %s and give the same codes, and say what they converted",
    async (features, labels) => {
      const { converted } = JSON.parse(await train(features, labels, features));
      expect(converted[0]).toMatch(new RegExp(`${features}\\.npy: (float\\d\\d|big-endian).*; taken as float32$`));
      expect(converted).toHaveLength(labels === "labels.plain" ? 1 : 2);
      expect(bytesOf(features, "head.safetensors")).toBe(bytesOf("plain", "head.safetensors"));
      const out = join(folder, `${features}-codes.npy`);
      const flags = ["--model", join(folder, "plain"), "--out", out, "--engine", "wasm"];
      expect(await output("encode", "--features", golden(features), ...flags)).toContain(
        `converted: ${converted[0]}\n`,
      );
      const ofThis = readFileSync(out);
      await output("encode", "--features", golden("features.plain"), ...flags);
      expect(readFileSync(out).equals(ofThis)).toBe(true);
    },
    60_000,
  );

  it.each([
    ["features.bad-nan", /features\.bad-nan\.npy: row 3 holds NaN/],
    ["features.bad-inf", /row 3 holds Infinity/],
    ["features.bad-1e300", /features\.bad-1e300\.npy: row 3, column 2 holds 1e\+300; expected numbers within float32/],
  ])("refuse %s", async (features, message) => {
    const flags = ["--model", join(folder, "plain"), "--out", join(folder, "none.npy")];
    await expect(train(features, "labels.plain", "none")).rejects.toThrow(message);
    await expect(output("encode", "--features", golden(features), ...flags)).rejects.toThrow(message);
  });

  it("end in exit code 1 and one paragraph", async () => {
    const args = ["encode", "--model", join(folder, "plain"), "--features", golden("features.bad-1e300")];
    const { code, stderr } = await new Promise<{ code: number; stderr: string }>(resolve =>
      execFile(
        process.execPath,
        [join(root, "bin", "hashbook.js"), ...args, "--out", join(folder, "n.npy")],
        (error, _, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stderr }),
      ),
    );
    expect(code).toBe(1);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  }, 60_000);
});
