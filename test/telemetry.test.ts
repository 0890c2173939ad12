// Nothing of ours, and no library, sends anything anywhere or leaves files where nobody looks for them.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { packageFolder } from "../src/core/paths.js";
import { code, notebook } from "./notebook/fixture-notebook.js";
import { type TracedCommand, traceCommand, tracingTrouble } from "./traced-command.js";

const lib = (name: string): string => pathToFileURL(join(packageFolder, "lib", name)).href;
const { ORT_DISABLE_TELEMETRY: _, ...environment } = process.env;

/** Runs a program of an own process and returns what it prints. */
function printed(program: string, variables: NodeJS.ProcessEnv = {}): { stdout: string; stderr: string } {
  const words = ["--input-type=module", "-e", program];
  return spawnSync(process.execPath, words, { env: { ...environment, ...variables }, encoding: "utf8" });
}

describe("onnxruntime's telemetry", () => {
  const program = `import ${JSON.stringify(lib("compute/onnxruntime.js"))}; console.log(process.env.ORT_DISABLE_TELEMETRY);`;

  it("is off once our module has loaded, unless someone has said otherwise", () => {
    expect(printed(program)).toMatchObject({ stdout: "1\n", stderr: "" });
    expect(printed(program, { ORT_DISABLE_TELEMETRY: "0" })).toMatchObject({ stdout: "0\n", stderr: "" });
  });

  it("says so where it cannot be turned off: first loaded in a thread", () => {
    const inThread = `import { Worker } from "node:worker_threads";
      new Worker(new URL(${JSON.stringify(lib("compute/onnxruntime.js"))}), { execArgv: [] });`;
    expect(printed(inThread).stderr).toMatch(/worker thread.*start the process with ORT_DISABLE_TELEMETRY=1/);
    const after = `import ${JSON.stringify(lib("compute/onnxruntime.js"))};\n${inThread}`;
    expect(printed(after)).toMatchObject({ stdout: "", stderr: "" });
  });

  it("has no way round: no other file of ours loads the library", () => {
    const sources = readdirSync(join(packageFolder, "src"), { recursive: true, encoding: "utf8" });
    const loading = sources.filter(
      file =>
        file.endsWith(".ts") && /["']onnxruntime-node["']/.test(readFileSync(join(packageFolder, "src", file), "utf8")),
    );
    expect(loading.map(file => file.replaceAll("\\", "/"))).toEqual(["compute/onnxruntime.ts"]);
  });
});

const trouble = tracingTrouble();
if (trouble !== undefined) console.warn(`what commands connect to and write is not tested: ${trouble}`);

describe.skipIf(trouble !== undefined)("under strace", () => {
  let folder: string;
  const inFolder = (name: string): string => join(folder, name);

  beforeAll(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "hashbook-traced-")));
    for (const name of ["home", "tmp", "out"]) mkdirSync(inFolder(name));
    for (const [channel, name] of ["red", "green", "blue"].entries()) {
      mkdirSync(inFolder(`pictures/${name}`), { recursive: true });
      for (let i = 0; i < 8; i++) {
        const pixels = Buffer.from(
          Array.from({ length: 3072 }, (_, j) => (j % 3 === channel ? 220 - i : (j * i) % 90)),
        );
        const picture = sharp(pixels, { raw: { width: 32, height: 32, channels: 3 } });
        await picture.png().toFile(inFolder(`pictures/${name}/${i}.png`));
      }
    }
    const cells = [
      `import * as hb from ${JSON.stringify(join(packageFolder, "lib", "index.js"))};`,
      'const backbone = await hb.openBackbone("efficientnet-lite0");',
      `const dataset = await hb.openDataset(${JSON.stringify(inFolder("pictures"))});`,
      "const { features } = await hb.extractFeatures(dataset, backbone); features.shape",
    ];
    writeFileSync(inFolder("small.ipynb"), JSON.stringify(notebook(...cells.map(cell => code(cell)))));
  });

  function hashbook(...words: string[]): TracedCommand {
    const variables = { HOME: inFolder("home"), TMPDIR: inFolder("tmp"), HASHBOOK_HOME: inFolder("out") };
    const main = join(packageFolder, "bin", "hashbook.js");
    return traceCommand([process.execPath, main, ...words], folder, { ...environment, ...variables });
  }

  // In this order: each makes what the next ones need.
  it.each([
    "doctor",
    "extract --dataset pictures --out out/data",
    "split out/data --query-per-class 2 --train-per-class 4",
    "train --data out/data --method dch --bits 16 --epochs 2 --out out/model",
    "encode --model out/model --data out/data --out out/codes.npy",
    "evaluate --data out/data --codes out/codes.npy",
    "run small.ipynb",
  ])("%s connects to nothing and writes nothing outside its output", command => {
    const { status, stderr, network, written } = hashbook(...command.split(" "));
    expect(status, stderr).toBe(0);
    expect(network).toEqual([]);
    const ours = ["out", "tmp"].map(name => `${inFolder(name)}/`);
    expect(written.filter(path => !ours.some(start => `${path}/`.startsWith(start)))).toEqual([]);
    expect(readdirSync(inFolder("home"))).toEqual([]);
    expect(readdirSync(inFolder("tmp"))).toEqual([]);
  });

  it("sees what a program connects to and writes", () => {
    const program = `require("net").connect(9, "127.0.0.1").on("error", () => {});
      require("fs").writeFileSync("stray.txt", "");
      require("fs").mkdirSync(${JSON.stringify(inFolder("home/.cache"))});
      require("dns").lookup("example.invalid", () => {});`;
    const { network, written } = traceCommand([process.execPath, "-e", program], folder, environment);
    expect(network.join("\n")).toContain('sin_port=htons(9), sin_addr=inet_addr("127.0.0.1")');
    expect(network.join("\n")).toMatch(/resolv\.conf|nscd|hosts/);
    expect(written).toEqual(expect.arrayContaining([inFolder("stray.txt"), inFolder("home/.cache")]));
  });
});
