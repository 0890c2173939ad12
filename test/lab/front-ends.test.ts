// nbclient, nbconvert and papermill run the notebooks as `hashbook run` does: each in a home of its own in which nothing has
// been computed, with the kernel installed as environment.md tells; what the notebooks show is the same.
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageFolder } from "../../src/core/paths.js";
import { joinedText, type Notebook } from "../../src/notebook/nbformat.js";
import { JUPYTER_PYTHON, NO_JUPYTER } from "./jupyter-python.js";
import { shownResults } from "./shown-results.js";
import { copyWorkbook, type WorkbookCopy } from "./workbook-copy.js";

const NAMES = ["01-dataset", "02-features", "03-hashnet", "04-dch", "05-evaluation"];
/** Milliseconds for the five of them; machines are shared. */
const PATIENCE = 900_000;

const made: WorkbookCopy[] = [];
let features: string;

afterAll(() => {
  for (const copy of made) copy.remove();
});

/** A program with Jupyter's before all others, in the folder of the notebooks. */
async function run(copy: WorkbookCopy, program: string, ...words: string[]): Promise<string> {
  const { JUPYTER_PATH: _, ...environment } = process.env;
  const PATH = [dirname(JUPYTER_PYTHON!), environment.PATH].join(delimiter);
  const env = { ...environment, PATH, HOME: copy.home, HASHBOOK_HOME: copy.root, HASHBOOK_SMOKE: "1" };
  const options = { cwd: copy.notebooks, env, maxBuffer: 2 ** 28 };
  const { stdout } = await promisify(execFile)(program, words, options);
  return stdout;
}

const hashbook = (copy: WorkbookCopy, ...words: string[]): Promise<string> =>
  run(copy, process.execPath, join(packageFolder, "bin", "hashbook.js"), ...words);

/** A workbook with features, which take longest and are the same bytes everywhere, and with nothing trained. */
async function workbook(): Promise<WorkbookCopy> {
  const copy = copyWorkbook();
  made.push(copy);
  await hashbook(copy, "kernel", "install", "--user");
  if (features !== undefined) cpSync(features, join(copy.root, "data", "features"), { recursive: true });
  return copy;
}

const read = (...path: string[]): Notebook => JSON.parse(readFileSync(join(...path), "utf8"));

describe.skipIf(NO_JUPYTER)(`front ends${NO_JUPYTER ? ` (${NO_JUPYTER})` : ""}`, { timeout: PATIENCE }, () => {
  /** What each notebook shows under `hashbook run`. */
  let expected: ReturnType<typeof shownResults>[];

  beforeAll(async () => {
    const copy = await workbook();
    const out = join(copy.root, "out");
    await hashbook(copy, "run", "--smoke", "--out", out, ...NAMES.map(name => `${name}.ipynb`));
    expected = NAMES.map(name => shownResults(read(out, `${name}.ipynb`)));
    features = join(copy.root, "data", "features");
  }, PATIENCE);

  /** Compares notebook by notebook. @param execute writes the executed notebook `name` to `out` */
  async function same(execute: (copy: WorkbookCopy, name: string, out: string) => Promise<unknown>): Promise<void> {
    const copy = await workbook();
    const out = join(copy.root, "out");
    mkdirSync(out);
    for (const [i, name] of NAMES.entries()) {
      await execute(copy, name, out);
      expect(shownResults(read(out, `${name}.ipynb`)), name).toEqual(expected[i]);
    }
  }

  it("hashbook run shows tables, figures, sentences", () => {
    expect(expected.map(({ length }) => length).every(length => length > 5)).toBe(true);
    expect(JSON.stringify(expected[4])).toContain("mAP");
  });

  it("jupyter kernelspec list names the kernel", async () => {
    const listed = JSON.parse(await run(await workbook(), "jupyter", "kernelspec", "list", "--json"));
    expect(listed.kernelspecs.hashbook.spec.display_name).toBe("TypeScript (hashbook)");
  });

  // Together: each waits much, for Python to start and for the disk.
  it.concurrent("nbconvert shows the same", () =>
    same((copy, name, out) =>
      run(copy, "jupyter", "nbconvert", "--to", "notebook", "--execute", `${name}.ipynb`, "--output-dir", out),
    ));

  it.concurrent("nbclient shows the same", () =>
    same(async (copy, name, out) => {
      await run(copy, "jupyter", "execute", "--inplace", `${name}.ipynb`);
      cpSync(join(copy.notebooks, `${name}.ipynb`), join(out, `${name}.ipynb`));
    }));

  it.concurrent("papermill shows the same, with the parameters it was given", () =>
    same((copy, name, out) =>
      run(copy, "papermill", "--no-progress-bar", "-p", "seed", "0", `${name}.ipynb`, join(out, `${name}.ipynb`)),
    ));

  it.concurrent("papermill -p bits 16 trains codes of 16 bits, and says where a notebook failed", async () => {
    const copy = await workbook();
    const out = join(copy.root, "16.ipynb");
    await run(copy, "papermill", "--no-progress-bar", "-p", "bits", "16", "03-hashnet.ipynb", out);
    expect(JSON.stringify(shownResults(read(out)))).toMatch(/HashNet *16 /);
    const failed = join(copy.root, "failed.ipynb");
    const wrong = run(copy, "papermill", "--no-progress-bar", "-p", "datasetName", "none", "01-dataset.ipynb", failed);
    await expect(wrong).rejects.toThrow(/no dataset|none/);
    const errors = read(failed).cells.flatMap(({ outputs }) =>
      (outputs ?? []).filter(output => output.output_type === "error"),
    );
    expect(errors).toEqual([expect.objectContaining({ ename: expect.stringMatching(/Error$/) })]);
    expect(errors[0].traceback.map(joinedText).join("\n")).toMatch(/cell \d+, line \d+/);
  });
});
