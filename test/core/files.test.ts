import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeFolder, writeAtomically, writeTogether } from "../../src/core/files.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-files-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("makes the folder, writes, and replaces", async () => {
  const file = join(folder, "a", "b", "x.txt");
  await writeAtomically(file, "one");
  await writeAtomically(file, Uint8Array.of(116, 119, 111));
  expect(readFileSync(file, "utf8")).toBe("two");
  expect(readdirSync(join(folder, "a", "b"))).toEqual(["x.txt"]);
});

it("many writers at once leave one of their contents, whole", async () => {
  const file = join(folder, "x.txt");
  const contents = Array.from({ length: 20 }, (_, i) => `${i}`.repeat(50_000));
  await Promise.all(contents.map(content => writeAtomically(file, content)));
  expect(contents).toContain(readFileSync(file, "utf8"));
  expect(readdirSync(folder)).toEqual(["x.txt"]);
});

it("leaves no partial file when it fails", async () => {
  mkdirSync(join(folder, "taken"));
  await expect(writeAtomically(join(folder, "taken"), "x")).rejects.toThrow();
  expect(readdirSync(folder)).toEqual(["taken"]);
});

it.skipIf(!existsSync("/proc/self"))(
  "ends where the system says of a folder neither that it can be nor that it cannot",
  async () => {
    await expect(makeFolder("/proc/hashbook/results")).rejects.toThrow(/^\/proc\/hashbook\/results: /);
  },
);

it("tells which of the folders it made is the uppermost", async () => {
  expect(await makeFolder(join(folder, "a", "b", "c"))).toBe(join(folder, "a"));
  expect(await makeFolder(join(folder, "a", "b", "c"))).toBeUndefined();
  expect(await makeFolder(join(folder, "a", "d"))).toBe(join(folder, "a", "d"));
});

describe("files that go together", () => {
  it("are all there, or all as they were before", async () => {
    const at = (name: string): string => join(folder, name);
    await writeTogether({ [at("arrays")]: "1", [at("says so")]: "of 1" });
    mkdirSync(at("taken"));
    await expect(
      writeTogether({ [at("arrays")]: "2", [at("taken/x")]: "2", [at("says so/x")]: "of 2" }),
    ).rejects.toThrow(/no folder/);
    expect([readFileSync(at("arrays"), "utf8"), readFileSync(at("says so"), "utf8")]).toEqual(["1", "of 1"]);
    await writeTogether({ [at("arrays")]: "2", [at("says so")]: "of 2" });
    expect([readFileSync(at("arrays"), "utf8"), readFileSync(at("says so"), "utf8")]).toEqual(["2", "of 2"]);
    expect(readdirSync(folder).sort()).toEqual(["arrays", "says so", "taken"]);
  });

  it("lose the last, which vouches for the others, before one of them changes", async () => {
    const at = (name: string): string => join(folder, name);
    await writeTogether({ [at("a")]: "1", [at("last")]: "of 1" });
    mkdirSync(at("b")); // cannot be replaced by a file: noticed when names are given
    mkdirSync(join(at("b"), "c"));
    await expect(writeTogether({ [at("a")]: "2", [at("b")]: "2", [at("last")]: "of 2" })).rejects.toThrow(
      /b: is a folder/,
    );
    expect(readdirSync(folder).sort()).toEqual(["a", "b"]);
  });
});

it("writes what comes in pieces, and a text that is known when they have come; all or nothing", async () => {
  let sum = 0;
  const pieces = async function* (fails: boolean) {
    for (let i = 1; i <= 4; i++) {
      sum += i;
      yield Buffer.from(`${i} `);
    }
    if (fails) throw new Error("no more");
  };
  const names = ["sum of pieces", "pieces"].map(name => join(folder, name));
  await writeTogether({ [names[0]]: () => `${sum}`, [names[1]]: pieces(false) });
  expect(names.map(name => readFileSync(name, "utf8"))).toEqual(["10", "1 2 3 4 "]);
  const before = readdirSync(folder).sort();
  await expect(writeTogether({ [names[0]]: () => "new", [names[1]]: pieces(true) })).rejects.toThrow("no more");
  expect(names.map(name => readFileSync(name, "utf8"))).toEqual(["10", "1 2 3 4 "]);
  expect(readdirSync(folder).sort()).toEqual(before);
});

it("goes through links and keeps permissions", async () => {
  mkdirSync(join(folder, "disk"));
  writeFileSync(join(folder, "disk", "x"), "1", { mode: 0o640 });
  symlinkSync(join("disk", "x"), join(folder, "link"));
  await writeAtomically(join(folder, "link"), "2");
  expect(readFileSync(join(folder, "disk", "x"), "utf8")).toBe("2");
  expect(lstatSync(join(folder, "link")).isSymbolicLink()).toBe(true);
  expect(lstatSync(join(folder, "disk", "x")).mode & 0o777).toBe(0o640);
});

describe("files of src/", () => {
  /** Calls that write, and the few that need not count their bytes: a kernel's connection and its pipe, a folder that must be new, notes of time that may be lost. */
  const RAW = /^(appendFile|copyFile|cp|createWriteStream|mkdir|rename|truncate|writeFile|write|writev)(Sync)?$/;
  const ALLOWED = [
    "commands/run-folder.ts: mkdir",
    "core/time-spent.ts: appendFileSync",
    "kernel/start-kernel.ts: writeSync",
    "notebook/connection.ts: writeFile",
  ];

  it("are written by core/files.ts alone", () => {
    const root = fileURLToPath(new URL("../../src", import.meta.url));
    const found = readdirSync(root, { recursive: true })
      .map(String)
      .filter(name => name.endsWith(".ts") && name !== join("core", "files.ts"))
      .flatMap(name => {
        const text = readFileSync(join(root, name), "utf8");
        const imports = [...text.matchAll(/import \{([^}]*)\} from "(?:node:)?fs(?:\/promises)?"/g)];
        const names = imports.flatMap(([, list]) => list.split(",").map(one => one.replace(/ as .*|type /, "").trim()));
        const calls = /\.toFile\(|from "(?:node:)?fs(?:\/promises)?".*\* as|\* as \w+ from "(?:node:)?fs/.test(text)
          ? ["toFile"]
          : [];
        return [...names.filter(one => RAW.test(one)), ...calls].map(one => `${name.replaceAll("\\", "/")}: ${one}`);
      });
    expect(found.sort()).toEqual(ALLOWED);
  });
});
