// Named protocols on the command line: the table, the check, and what extract makes of them.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { datasetCommand } from "../../src/commands/dataset.js";
import { InputError, UsageError } from "../../src/core/errors.js";
import { PROTOCOLS } from "../../src/protocols/known-protocols.js";
import { printedBy } from "./in-process.js";

const main = fileURLToPath(new URL("../../bin/hashbook.js", import.meta.url));
const cifar = fileURLToPath(new URL("../goldens/cifar-10/", import.meta.url));
let folder: string;
const at = (...parts: string[]): string => join(folder, ...parts);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-protocols-"));
  for (const name of ["images", "lists"]) mkdirSync(at(name));
  for (let i = 0; i < 9; i++) {
    const image = sharp({
      create: { width: 40 + i, height: 30, channels: 3, background: { r: 20 * i, g: 90, b: 200 } },
    });
    await image.png().toFile(at("images", `${i}.png`));
  }
  const line = (i: number): string =>
    `${i}.png ${Array.from({ length: 80 }, (_, c) => (c === i % 3 ? 1 : 0)).join(" ")}`;
  const lists = { test: [0, 1], train: [6, 7, 8], database: [0, 1, 2, 3, 4, 5] };
  for (const [name, rows] of Object.entries(lists))
    writeFileSync(at("lists", `${name}.txt`), rows.map(line).join("\n"));
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

const dataset = (...args: string[]): Promise<string> => printedBy(datasetCommand(), ...args);

function hashbook(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise(resolve => {
    const env = { ...process.env, HASHBOOK_HOME: folder };
    execFile(process.execPath, [main, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

describe("dataset --protocols", () => {
  it("lists all for people, with what to know of each", async () => {
    const text = await dataset("--protocols");
    expect(text).toMatch(/^name +query +train +database +classes +R +convention\n/);
    expect(text).toMatch(/\ncoco +5000 +10000 +112218 +80 +5000 +thuml-caffe\n/);
    expect(text).toMatch(/\ncoco-swuxyj +5000 +10000 +\? +80 /);
    for (const { name, traps } of PROTOCOLS) {
      expect(text).toContain(`\n${name} `);
      for (const trap of traps) expect(text).toContain(`  note: ${trap}`);
    }
  });

  it("prints one JSON document, of all or of one", async () => {
    const { protocols } = JSON.parse(await dataset("--protocols", "--json"));
    expect(protocols.map((one: { name: string }) => one.name)).toEqual(PROTOCOLS.map(({ name }) => name));
    const one = JSON.parse(await dataset("cifar10-1", "--protocols", "--json"));
    expect(one.protocols[0]).toMatchObject({
      name: "cifar10-1",
      expected: { database: 59_000 },
      rule: { from: expect.any(String) },
    });
  });

  it("refuses an unknown name, and no name without it", async () => {
    await expect(dataset("cifar", "--protocols")).rejects.toThrow(/there is no protocol "cifar".*"cifar10"\?/);
    await expect(dataset()).rejects.toThrow(UsageError);
    await expect(dataset("fashion-mnist-10k", "--seed", "2")).rejects.toThrow(UsageError);
  });
});

describe("dataset of a protocol", () => {
  it("says what differs, and does not refuse it", async () => {
    const text = await dataset("coco", "--lists", at("lists"), "--images", at("images"));
    expect(text).toContain(
      "protocol coco: differs: 2 query instead of 5000, 3 train instead of 10000, 6 database instead of 112218",
    );
    expect(text).toContain("  as published: 80 classes");
    const { protocol } = JSON.parse(await dataset("coco", "--lists", at("lists"), "--images", at("images"), "--json"));
    expect(protocol).toMatchObject({
      protocol: "coco",
      agrees: [{ what: "classes", found: 80, expected: 80 }, expect.anything()],
    });
  });

  it("refuses other columns, and lists beside CIFAR-10's files", async () => {
    await expect(dataset("nuswide-81", "--lists", at("lists"), "--images", at("images"))).rejects.toThrow(InputError);
    await expect(dataset("cifar10", "--lists", at("lists"), "--root", cifar)).rejects.toThrow(UsageError);
  });

  it("sums up CIFAR-10 from torchvision's folder", async () => {
    const report = JSON.parse(
      await dataset("cifar-10", "--root", join(cifar, "cifar-10-batches-py"), "--json", "--check", "all"),
    );
    expect(report).toMatchObject({
      images: 21,
      classes: 10,
      checked: { images: 21, width: [32, 32], height: [32, 32], broken: [] },
    });
    await expect(dataset("cifar10-2", "--root", cifar, "--seed", "1")).rejects.toThrow(
      "protocol cifar10-2 needs larger classes",
    );
  });
});

describe("extract of a protocol", () => {
  it("makes squares as its code does, notes it, and hands its name on to split.json", async () => {
    const made = await hashbook(
      "extract",
      "--dataset",
      "coco",
      "--lists",
      at("lists"),
      "--images",
      at("images"),
      "--out",
      at("data"),
    );
    expect(made.code, made.stderr).toBe(0);
    expect(made.stderr).toContain("as protocol coco has it");
    const manifest = JSON.parse(readFileSync(at("data", "manifest.json"), "utf8"));
    expect(manifest).toMatchObject({ dataset: "coco", preprocessing: { resize: 256, crop: 224, cropMode: "squash" } });
    expect(manifest.run.assumptions.join()).toContain("as protocol coco has it");
    expect(JSON.parse(readFileSync(at("data", "split.json"), "utf8"))).toMatchObject({
      name: "coco",
      asPublished: expect.stringContaining("thuml/HashNet"),
      query: [0, 1],
      database: [0, 1, 2, 3, 4, 5],
      train: [6, 7, 8],
    });
    const own = await hashbook(
      "extract",
      "--dataset",
      "coco",
      "--lists",
      at("lists"),
      "--images",
      at("images"),
      "--out",
      at("own"),
      "--crop-mode",
      "center",
      "--crop-share",
      "1",
    );
    expect(own.code, own.stderr).toBe(0);
    expect(JSON.parse(readFileSync(at("own", "manifest.json"), "utf8")).preprocessing).toMatchObject({
      resize: 224,
      crop: 224,
    });
    expect(own.stderr).not.toContain("as protocol coco has it");
  });

  it("refuses a seed of what is not drawn", async () => {
    const { code, stderr } = await hashbook(
      "extract",
      "--dataset",
      "coco",
      "--lists",
      at("lists"),
      "--images",
      at("images"),
      "--seed",
      "3",
    );
    expect(code).toBe(2);
    expect(stderr).toContain("--seed is of protocols whose roles are drawn by a rule");
  });
});
