import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Notebook, NotebookCell } from "../../src/notebook/nbformat.js";

/** A code cell with what it needs. */
export function code(source: string, ...tags: string[]): NotebookCell {
  const metadata = tags.length === 0 ? {} : { tags };
  return { cell_type: "code", metadata, source, outputs: [], execution_count: null };
}

export function markdown(source: string): NotebookCell {
  return { cell_type: "markdown", metadata: {}, source };
}

export function notebook(...cells: NotebookCell[]): Notebook {
  const kernelspec = { name: "hashbook", display_name: "TypeScript (hashbook)", language: "typescript" };
  return { nbformat: 4, nbformat_minor: 5, metadata: { kernelspec }, cells };
}

/** Writes a notebook into a folder of its own and returns its path. */
export async function notebookFile(content: Notebook, name = "fixture.ipynb"): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), "hashbook-test-")), name);
  await writeFile(file, JSON.stringify(content));
  return file;
}
