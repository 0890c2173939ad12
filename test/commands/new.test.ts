import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { homeFolder, packageFolder, studyFolder } from "../../src/core/paths.js";
import { ensureLib } from "../notebook/built-lib.js";
import { schemaErrors } from "../notebook/nbformat-schema.js";

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const { HASHBOOK_HOME: _, ...environment } = process.env;
const checkout = packageFolder.replace(/[\\/]$/, "");

/** Runs a program of a package that lies in `root`, in a folder. */
function node(main: string, args: readonly string[], cwd: string): Promise<Outcome> {
  return new Promise(resolve => {
    execFile(process.execPath, [main, ...args], { cwd, env: environment }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const hashbook = (args: readonly string[], cwd: string): Promise<Outcome> =>
  node(join(checkout, "bin", "hashbook.js"), args, cwd);

let place: string;
let study: string;

beforeAll(async () => {
  ensureLib();
  place = mkdtempSync(join(tmpdir(), "hashbook-new-"));
  study = join(place, "My study 1");
  expect(await hashbook(["new", "My study 1"], place)).toMatchObject({ code: 0, stderr: "" });
  // What `npm install` makes of a dependency on a folder.
  mkdirSync(join(study, "node_modules"));
  symlinkSync(checkout, join(study, "node_modules", "hashbook"), "dir");
}, 120_000);
afterAll(() => rmSync(place, { recursive: true, force: true }));

it("the study's own code shows no false digits, and no small number as zero", async () => {
  const { rounded } = await import("../../templates/study/src/rounded.js");
  expect(rounded([{ method: "LSH", bits: 48, mAP: 0.36512, "P@H≤2": 3.14e-4 }], 2)).toEqual([
    { method: "LSH", bits: 48, mAP: 0.37, "P@H≤2": 3.1e-4 },
  ]);
});

describe("hashbook new", () => {
  it("goes on where it was killed, and writes over nothing that is not its own", async () => {
    const killed = join(place, "killed");
    mkdirSync(join(killed, "src"), { recursive: true });
    for (const name of ["README.md", join("src", "rounded.ts")]) {
      writeFileSync(join(killed, name), readFileSync(join(checkout, "templates", "study", name)));
    }
    writeFileSync(join(killed, "01-first.ipynb.123-0123abcd.partial"), "{");
    expect(await hashbook(["new", "killed"], place)).toMatchObject({ code: 0, stderr: "" });
    expect(readdirSync(killed).sort()).toEqual(
      readdirSync(study)
        .filter(name => name !== "node_modules")
        .sort(),
    );

    const own = join(place, "own");
    mkdirSync(own);
    writeFileSync(join(own, "README.md"), "mine");
    const refused = await hashbook(["new", "own"], place);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toContain("README.md");
    expect(readdirSync(own)).toEqual(["README.md"]);
    expect(readFileSync(join(own, "README.md"), "utf8")).toBe("mine");
  });

  it("writes a project that depends on the hashbook that made it", () => {
    const names = [".gitignore", ".npmrc", "01-first.ipynb", "README.md", "package.json", "src", "tsconfig.json"];
    expect(readdirSync(study).filter(name => name !== "node_modules")).toEqual(expect.arrayContaining(names));
    const manifest = JSON.parse(readFileSync(join(study, "package.json"), "utf8"));
    expect(manifest.name).toBe("my-study-1");
    expect(manifest.devDependencies).toEqual({
      "@types/node": expect.stringMatching(/^\d/),
      typescript: expect.stringMatching(/^\d/),
    });
    expect(manifest.dependencies.hashbook).toBe(`file:${relative(study, checkout).replaceAll("\\", "/")}`);
    expect(schemaErrors(JSON.parse(readFileSync(join(study, "01-first.ipynb"), "utf8")))).toEqual([]);
  });

  it("refuses a folder with something in it, and a file, and leaves both alone", async () => {
    const taken = join(place, "taken");
    mkdirSync(taken);
    writeFileSync(join(taken, "mine.txt"), "");
    expect(await hashbook(["new", "taken"], place)).toMatchObject({
      code: 1,
      stderr: "hashbook: taken is not empty; expected a new folder, or an empty one; found mine.txt\n",
    });
    expect((await hashbook(["new", "taken/mine.txt"], place)).stderr).toContain(
      "taken/mine.txt: a part of this path is no folder",
    );
    expect(readdirSync(taken)).toEqual(["mine.txt"]);
  });

  it("takes an empty folder, and says in JSON what is in it", async () => {
    mkdirSync(join(place, "empty"));
    const { code, stdout } = await hashbook(["new", "--json", "empty"], place);
    expect(code).toBe(0);
    const said = JSON.parse(stdout);
    expect(said.files).toEqual(readdirSync(said.folder).sort());
  });
});

describe("a study", () => {
  it("runs its notebooks by default, by the bare name hashbook, and keeps the results", async () => {
    const { code, stdout, stderr } = await hashbook(["run", "--json", "--out", "out"], study);
    expect(code, stderr).toBe(0);
    const { notebooks } = JSON.parse(stdout);
    expect(notebooks).toEqual([expect.objectContaining({ cellsDone: 6, cells: 6, error: null })]);
    expect(readdirSync(join(study, "data"))).toEqual(["features"]);
    expect(readdirSync(join(study, "runs"))).toContain("experiments");
    const executed = readFileSync(join(study, "out", "01-first.ipynb"), "utf8");
    expect(executed).toContain("image/svg+xml");
  });

  it("type-checks its own code against the types of hashbook", async () => {
    symlinkSync(join(checkout, "node_modules", "@types"), join(study, "node_modules", "@types"), "dir");
    writeFileSync(
      join(study, "src", "wrong.ts"),
      'import { version } from "hashbook";\nexport const n: number = version;\n',
    );
    const compiler = join(checkout, "node_modules", "typescript", "bin", "tsc");
    const { stdout } = await node(compiler, ["-p", study], study);
    expect(stdout.trim().split("\n")).toEqual([
      expect.stringMatching(/^src\/wrong\.ts\(2,14\): error TS2322: Type 'string' is not assignable to type 'number'/),
    ]);
  });
});

describe("studyFolder", () => {
  it("is the nearest project above that depends on hashbook; one that does not is passed over", () => {
    const inner = join(study, "notes", "deep");
    mkdirSync(inner, { recursive: true });
    writeFileSync(join(study, "notes", "package.json"), '{"name": "notes"}');
    writeFileSync(join(inner, "package.json"), "not JSON");
    expect(studyFolder(inner)).toBe(study);
    expect(studyFolder(place)).toBeUndefined();
    expect(studyFolder(checkout)).toBeUndefined();
    expect(homeFolder()).toBe(process.env.HASHBOOK_HOME ?? packageFolder);
  });
});
