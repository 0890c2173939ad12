// What people mistype, cut short or mix up: one paragraph that says what is wrong, the right exit code, nothing left.
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeFailure } from "../../src/records/failure-file.js";
import type { BadInput } from "../bad-inputs/bad-input.js";
import { BAD_BINARIES } from "../bad-inputs/binary-files.js";
import { BAD_FLAGS } from "../bad-inputs/flags.js";
import { BAD_JSON } from "../bad-inputs/json-files.js";
import { BAD_LISTS } from "../bad-inputs/lists.js";
import { writeDataFolder } from "../features/written-data-folder.js";
import { toyStudy } from "../records/toy-study.js";
import { rows, toyData } from "../training/toy.js";
import type { Outcome } from "./in-process.js";
import { runInProcess } from "./in-process.js";

const CLI = fileURLToPath(new URL("../../bin/hashbook.js", import.meta.url));
const NAMES = ["cat", "dog", "owl"];
let root: string;
let sound: string;
const home = process.env.HASHBOOK_HOME;

beforeAll(async () => {
  process.stdout.setMaxListeners(0); // every command line listens to it
  root = await mkdtemp(join(tmpdir(), "hashbook-bad-"));
  process.env.HASHBOOK_HOME = join(root, "home"); // caches go there, not into what is compared
  sound = join(root, "sound");
  await makeFixture(sound);
});
afterAll(async () => {
  if (home === undefined) delete process.env.HASHBOOK_HOME;
  else process.env.HASHBOOK_HOME = home;
  await rm(root, { recursive: true });
});

/** Files of a challenge, whole ones. */
const OF_CHALLENGES: Readonly<Record<string, object>> = {
  "candidates.json": {
    candidates: [
      { name: "a", ranking: { ranking: "features" } },
      { name: "b", whiten: 4, ranking: { ranking: "features" } },
    ],
  },
  "features.json": { features: { lite0: { backbone: "efficientnet-lite0" } } },
  "challenge/run.json": {
    ...{ kind: "challenge-run", format: 1, version: "0.1.0", root: "digix", synthetic: true, notes: [], why: [] },
    ...{ submissions: [], date: "2026-01-01T00:00:00.000Z" },
  },
  "shards/pooling.json": {
    ...{ format: 1, contentHash: "c", backbone: "efficientnet-lite0", weightsHash: "w", seed: 0, pool: { gem: 3 } },
    preprocessing: { resize: 256, crop: 224, interpolation: "bilinear", mean: [0, 0, 0], std: [1, 1, 1] },
  },
};

/** A small study: pictures, a data folder, a shard, a model with its checkpoint, codes, a notebook, a study. */
async function makeFixture(folder: string): Promise<void> {
  const { features, labels } = toyData(3, { classes: 3, perClass: 6, dim: 4 });
  const ids = Array.from(labels, (label, row) => `${NAMES[label]}/${row}`);
  const roles = { protocol: "by hand", seed: 0, query: rows(0, 3), train: rows(3, 18), database: rows(3, 18) };
  await writeDataFolder(join(folder, "items"), { classNames: NAMES, labels, ids, features, roles });
  for (const name of NAMES) {
    await mkdir(join(folder, "pics", name), { recursive: true });
    const picture = sharp({ create: { width: 16, height: 16, channels: 3, background: "#456" } });
    await picture.png().toFile(join(folder, "pics", name, "0.png"));
  }
  await writeFile(join(folder, "book.ipynb"), '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}');
  await writeFile(
    join(folder, "study.json"),
    '{"methods": ["lsh"], "bits": [2], "seeds": [0, 1], "name": "of-a-file"}',
  );
  for (const [name, document] of Object.entries(OF_CHALLENGES)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), JSON.stringify(document));
  }
  const run = async (args: string): Promise<void> => {
    const { code, stderr } = await inProcess(args.replaceAll("@/", `${folder}/`).split(" "));
    if (code !== 0) throw new Error(stderr);
  };
  await run(
    "train --data @/items --method dch --bits 8 --set hidden=[4] --batch 4 --epochs 1 --out @/model --engine cpu",
  );
  await run("encode --model @/model --data @/items --out @/codes.npy --engine cpu");
  await run("extract --dataset @/pics --precision int8 --engine cpu --shard 1/3 --out @/shards");
  const study = await toyStudy(join(folder, "study"), { methods: ["lsh"], bits: [8], seeds: [0] });
  const failed = { name: "dch-8-s0", message: "no", date: "2026-01-01T00:00:00.000Z" };
  await writeFailure(join(study.folder, failed.name), failed);
}

const inProcess = (args: readonly string[]): Promise<Outcome> => runInProcess(...args);

function asProcess(args: readonly string[]): Promise<Outcome> {
  return new Promise(done => {
    execFile(process.execPath, [CLI, ...args], (error, stdout, stderr) =>
      done({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

/** What a line of stderr may be beside the message: what was found out before the fault was. */
// TensorFlow, where there is a GPU for it, prints lines of its own.
const REMARK =
  /^(engine \w+: |assumed: |building |hashbook: building |[IW]0000 |WARNING: All log messages before absl)/;
const NOT_FOR_PEOPLE = /\n\s+at |node:internal|\bundefined\b|\[object |a fault of hashbook itself|\n\n/;

async function expectOneParagraph(
  { args, code, says, damage }: BadInput,
  run: (args: readonly string[]) => Promise<Outcome>,
): Promise<void> {
  const folder = await mkdtemp(join(root, "case-"));
  await cp(sound, folder, { recursive: true });
  await damage?.(folder);
  const before = (await readdir(folder, { recursive: true })).sort();
  const given = await run(args.replaceAll("@/", `${folder}/`).split(" "));
  const message = given.stderr
    .trim()
    .split("\n")
    .filter(line => !REMARK.test(line));
  expect(message, given.stderr).toHaveLength(1);
  expect(message[0]).toMatch(/^hashbook: .{20,900}$/);
  expect(message[0]).toMatch(says);
  expect(message[0]).not.toMatch(NOT_FOR_PEOPLE);
  expect(given.stdout).toBe("");
  expect(given.code, given.stderr).toBe(code);
  expect((await readdir(folder, { recursive: true })).sort()).toEqual(before);
  await rm(folder, { recursive: true });
}

const named = (one: BadInput): [string, BadInput] => [
  one.what === undefined ? one.args : `${one.what}: ${one.args}`,
  one,
];

describe("bad inputs", () => {
  it("are of every command, and more than 120", () => {
    const all = [...BAD_FLAGS, ...BAD_JSON, ...BAD_BINARIES];
    expect(all.length).toBeGreaterThanOrEqual(120);
    expect(new Set(all.map(one => named(one)[0])).size).toBe(all.length);
    const commands = new Set(all.map(({ args }) => args.split(" ")[0]));
    for (const name of "doctor new run lab dataset weights extract split features train fine-tune encode export".split(
      " ",
    )) {
      expect(commands).toContain(name);
    }
    for (const name of "evaluate search submit score".split(" ")) expect(commands).toContain(name);
  });

  describe("of flags", () => {
    it.each(BAD_FLAGS.map(named))("%s", async (_, one) => expectOneParagraph(one, inProcess));
  });
  describe("of JSON files", () => {
    it.each(BAD_JSON.map(named))("%s", async (_, one) => expectOneParagraph(one, inProcess));
  });
  describe("of arrays, weights, networks and other files", () => {
    it.each(BAD_BINARIES.map(named))("%s", async (_, one) => expectOneParagraph(one, inProcess));
  });

  describe("of lists and label files", () => {
    it("are forty and more", () => {
      expect(BAD_LISTS.filter(({ code }) => code === 1).length).toBeGreaterThanOrEqual(40);
      expect(new Set(BAD_LISTS.map(one => named(one)[0])).size).toBe(BAD_LISTS.length);
    });
    it.each(BAD_LISTS.map(named))("%s", async (_, one) => expectOneParagraph(one, inProcess));
  });

  it("are told alike by the command itself", async () => {
    const some = [BAD_FLAGS[3], BAD_FLAGS[32], BAD_JSON[0], BAD_JSON[33], BAD_BINARIES[0], BAD_BINARIES.at(-9)!];
    for (const one of some) await expectOneParagraph(one, asProcess);
  });

  it("leave stdout empty with --json", async () => {
    for (const args of ["evaluate --data @/none --codes @/codes.npy --json", "weights resnet5 --json"]) {
      const { code, stdout } = await inProcess(args.replaceAll("@/", `${sound}/`).split(" "));
      expect([code > 0, stdout]).toEqual([true, ""]);
    }
  });
});
