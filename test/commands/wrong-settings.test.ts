// Wrong settings on the command line: bad usage, exit code 2; in files and modules, 1. Nothing is trained.
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { runCli } from "../../src/cli.js";
import { writeNpy } from "../../src/core/npy.js";
import { METHODS } from "../../src/methods/known-methods.js";
import type { Method } from "../../src/methods/method.js";
import { PRESET_NAMES, presetsOf } from "../../src/training/presets.js";
import { TRAINING_OPTIONS } from "../../src/training/train-config.js";
import { toyData } from "../training/toy.js";
import type { WrongSetting } from "../training/wrong-settings.js";
import { optionsOf, settingsOf, wrongMethods, wrongNames, wrongValues } from "../training/wrong-settings.js";

const CLI = fileURLToPath(new URL("../../bin/hashbook.js", import.meta.url));
let folder: string;
const file = (name: string): string => join(folder, name);
/** What is there before anything is tried. */
const BEFORE = ["config.json", "f.npy", "l.npy"];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-wrong-"));
  const { features, labels } = toyData(3);
  await writeNpy(file("f.npy"), features);
  await writeNpy(file("l.npy"), { data: labels, shape: [labels.length] });
  await writeFile(file("config.json"), "{}");
  process.stdout.setMaxListeners(0); // every command line listens to it
});
afterAll(async () => rm(folder, { recursive: true }));

/** A training that would be done in a moment, were it not for what is wrong. */
function trainArguments(method: string, ...args: readonly string[]): string[] {
  const data = ["--features", file("f.npy"), "--labels", file("l.npy"), "--out", file("model"), "--engine", "cpu"];
  return ["train", ...data, `--method=${method}`, "--bits", "8", ...args];
}

/** Runs a command line in this process. */
async function inProcess(args: readonly string[]): Promise<{ code: number; stderr: string }> {
  let stderr = "";
  const spy = vi.spyOn(process.stderr, "write").mockImplementation(text => {
    stderr += text;
    return true;
  });
  try {
    return { code: await runCli(args), stderr };
  } finally {
    spy.mockRestore();
  }
}

async function expectRefused(args: readonly string[], code: 1 | 2, says: readonly string[]): Promise<void> {
  const given = await inProcess(args);
  expect(given.stderr).not.toMatch(/\n {4}at /); // a stack is no message
  for (const piece of says) expect(given.stderr).toContain(piece);
  expect(given.code, given.stderr).toBe(code);
  expect((await readdir(folder)).filter(name => !name.endsWith(".mjs"))).toEqual(BEFORE);
}

/** How a value is written on the command line; undefined where it would be read as another. */
function written(value: unknown): string | undefined {
  if (typeof value !== "string")
    return typeof value === "number" && !Number.isFinite(value) ? undefined : JSON.stringify(value);
  try {
    JSON.parse(value);
    return undefined;
  } catch {
    return /[\r\n]/.test(value) ? undefined : value;
  }
}

const isWritable = ({ value, path }: WrongSetting): boolean =>
  written(value) !== undefined && path.every(name => /^[\w-]+$/.test(name));
const saysOf = ({ path, says }: WrongSetting): string[] => [path.join("."), ...says];
const methods = fc.constantFrom(...METHODS.filter(({ kind }) => kind === "trained"));
const wrongOf = (method: Method): fc.Arbitrary<WrongSetting> =>
  fc
    .constantFrom(...optionsOf(method).filter(({ path }) => path[0] !== "bits"))
    .chain(wrongValues)
    .filter(isWritable);
const cases = methods.chain(method => fc.record({ method: fc.constant(method), wrong: wrongOf(method) }));

describe("hashbook train", () => {
  it("--set with a wrong value or name", async () => {
    await fc.assert(
      fc.asyncProperty(cases, fc.boolean(), async ({ method, wrong }, short) => {
        // a method's own option with its name before it, or without
        const path = short && wrong.path[0] === method.name ? wrong.path.slice(1) : wrong.path;
        fc.pre(path.length > 0);
        const setting = `${path.join(".")}=${written(wrong.value)}`;
        await expectRefused(trainArguments(method.name, "--set", setting), 2, saysOf(wrong));
      }),
      { seed: 10, numRuns: 60 },
    );
    await fc.assert(
      fc.asyncProperty(methods, fc.integer({ min: 0, max: 9 }), async (method, seed) => {
        const [{ name, says }] = fc.sample(wrongNames(Object.keys(method.options)), { seed, numRuns: 1 });
        fc.pre(!Object.hasOwn(TRAINING_OPTIONS, name));
        await expectRefused(trainArguments(method.name, "--set", `${name}=1`), 2, [
          `"${method.name}.${name}"`,
          ...says,
        ]);
      }),
      { seed: 10, numRuns: 20 },
    );
  });

  it("a flag of its own with a wrong value", async () => {
    const flags = ["bits", "epochs", "batch", "learningRate", "seed", "patience", "keep"] as const;
    const wrong = fc
      .constantFrom(...flags)
      .chain(name => wrongValues({ path: [name], option: TRAINING_OPTIONS[name] }))
      .filter(isWritable);
    await fc.assert(
      fc.asyncProperty(wrong, async ({ path: [name], value, says }) => {
        const flag = `--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`;
        const bounds = says.filter(piece => !piece.startsWith("found "));
        await expectRefused(trainArguments("dch", `${flag}=${written(value)}`), 2, [
          flag,
          `argument '${written(value)}' is invalid`,
          ...bounds,
        ]);
      }),
      { seed: 10, numRuns: 60 },
    );
  });

  it("a method that is none, a preset that it lacks, an engine that is none", async () => {
    const names = wrongMethods.filter(name => !/[\\/]|\.[cm]?[jt]s$/.test(name)); // those are files
    await fc.assert(
      fc.asyncProperty(names, async name => expectRefused(trainArguments(name), 2, ["--method", "hashnet"])),
      { seed: 10, numRuns: 30 },
    );
    await fc.assert(
      fc.asyncProperty(methods, fc.constantFrom(...PRESET_NAMES, "__proto__", "papers"), async (method, preset) => {
        fc.pre(!Object.hasOwn(presetsOf(method), preset));
        const says = [`no preset "${preset}" of ${method.name}`, "paper"];
        await expectRefused(trainArguments(method.name, "--preset", preset), 2, says);
      }),
      { seed: 10, numRuns: 20 },
    );
    await expectRefused(trainArguments("dch", "--engine", "gpu"), 2, ['unknown engine "gpu"', "wasm"]);
  });

  it("a fit with settings of a training", async () => {
    for (const args of [
      ["--epochs", "3"],
      ["--config", file("config.json")],
      ["--seeds", "2"],
      ["--preset", "seed"],
      ["--resume"],
      ["--set", "epochs=3"],
      ["--set", "itq=5"],
      ["--set", "itq.epochs=5"],
      ["--set", "__proto__.epochs=5"],
    ]) {
      const [flag, value = ""] = args;
      const name = flag === "--set" ? value.split("=")[0].split(".")[0] : flag.slice(2);
      await expectRefused(trainArguments("itq", ...args), 2, ["itq", name]);
    }
  });

  it.each([
    ["gamma", "Expected name=value"],
    ["=5", "Expected name=value"],
    ["a..b=5", "Expected name=value"],
    ["gamma=", 'expected a number above 0; found ""'],
    ["gamma=1e999", "found Infinity"],
    ["epsilon=0", '"dch.epsilon" cannot be this; expected above 0, or a cosineLimit below 1'],
    ["options=5", '"options" cannot be this; expected an object of options; found 5'],
    ["dch=[]", '"dch" cannot be this'],
    ["bits=9", '"bits" cannot be used'],
    ["method=hashnet", 'no option "dch.method"'],
    ["__proto__.gamma=5", 'no option "dch.__proto__"'],
    ["optimizer.__proto__.kind=sgd", 'no option "optimizer.__proto__"'],
    ["toString=5", 'no option "dch.toString"'],
    ["optimiser.kind=adam", 'expected "optimizer"? Known: bits, hidden'],
    ["hiden=[512]", 'expected "hidden"?'],
  ])("--set %s", async (setting, message) => {
    await expectRefused(trainArguments("dch", "--set", setting), 2, [message]);
  });

  it("a config file with a wrong value", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ method, wrong }) => {
        await writeFile(file("config.json"), JSON.stringify(settingsOf(wrong)));
        const says = [file("config.json"), ...saysOf(wrong)];
        await expectRefused(trainArguments(method.name, "--config", file("config.json")), 1, says);
      }),
      { seed: 10, numRuns: 40 },
    );
  });

  it.each([
    ["throw new Error('too early')", "too early"],
    ["export const loss = 1", "no default export"],
    ["export default { name: 'hashnet', loss: () => 1 }", "this name is taken"],
    ["export default { name: 'mine', colour: 'red', loss: () => 1 }", "expected #RRGGBB"],
    ["export default { name: 'mine', options: { a: { type: 'number', minimun: 0 } }, loss: () => 1 }", '"minimum"?'],
    [
      "export default { name: 'mine', loss: codes => codes }",
      "the loss of mine is no scalar; expected a tensor without",
    ],
    ["export default { name: 'mine', loss: () => 5 }", "the loss of mine is no scalar"],
    [
      "export default { name: 'mine', loss: codes => codes.mean(), sharpness: () => 0 }",
      "the sharpness of mine at step 0",
    ],
    [
      "export default { name: 'mine', loss: codes => codes.mean(), constants: () => 5 }",
      "mine's constants: these are no",
    ],
    ["export default { name: 'mine', loss: codes => codes.mean(), parameters: () => ({ w: [1] }) }", '"w" is no array'],
    [
      "export default { name: 'mine', loss: codes => codes.mean(), normalise: { state: () => ({}), apply: z => ({ z: z.square(), state: {} }) } }",
      "no affine map",
    ],
  ])("--method of a file: %s", async (text, message) => {
    const module = file(`${Buffer.from(text).toString("base64url").slice(-40)}.mjs`);
    await writeFile(module, text);
    await expectRefused(trainArguments(module), 1, [message]);
  });

  it("the command itself says the same, with the same exit codes", async () => {
    await writeFile(file("config.json"), '{"dch": {"gama": 7}}');
    await writeFile(file("red.mjs"), "export default { name: 'mine', colour: 'red', loss: () => 1 }");
    const run = (args: readonly string[]): Promise<[number, string]> =>
      new Promise(done => {
        execFile(process.execPath, [CLI, ...args], (error, _out, stderr) => done([Number(error?.code ?? 0), stderr]));
      });
    const lines = [
      [
        trainArguments("dch", "--set", "gamma=-1"),
        2,
        '"dch.gamma" cannot be this; expected a number above 0; found -1',
      ],
      [trainArguments("dch", "--epochs=0"), 2, "Expected a whole number of at least 1 and at most 1000000."],
      [trainArguments("HashNet"), 2, 'Expected "hashnet"?'],
      [trainArguments("itq", "--epochs", "3"), 2, "itq is fitted, not trained"],
      [trainArguments("dch", "--config", file("config.json")), 1, 'no option "dch.gama"; expected "gamma"?'],
      [trainArguments(file("red.mjs")), 1, 'expected #RRGGBB; found "red"'],
    ] as const;
    for (let from = 0; from < lines.length; from += 2) {
      await Promise.all(
        lines.slice(from, from + 2).map(async ([args, code, message]) => {
          expect(await run(args)).toEqual([code, expect.stringContaining(message)]);
        }),
      );
    }
    expect((await readdir(folder)).filter(name => !name.endsWith(".mjs"))).toEqual(BEFORE);
  });
});
