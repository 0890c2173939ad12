import { readFile, writeFile } from "node:fs/promises";
import type { INotebookContent } from "@jupyterlab/nbformat";
import { describe, expect, it } from "vitest";
import {
  type Notebook,
  normalizedNotebook,
  notebookText,
  readNotebook,
  splitText,
} from "../../src/notebook/nbformat.js";
import { code, markdown, notebook, notebookFile } from "./fixture-notebook.js";
import { schemaErrors } from "./nbformat-schema.js";

describe("normalizedNotebook", () => {
  const old: Notebook = {
    nbformat: 4,
    nbformat_minor: 2,
    metadata: {
      kernelspec: { name: "tslab", display_name: "TypeScript" },
      widgets: { a: 1 },
      signature: "x",
      toc: { base_numbering: 3 },
    },
    cells: [
      { ...markdown("# Title"), metadata: { slideshow: {}, ExecuteTime: 3, editable: false } },
      { ...code("const a = 1;\na", "parameters"), metadata: { tags: ["parameters"], scrolled: true, execution: {} } },
      code("same"),
      code("same"),
    ],
  };

  it("upgrades to 4.5 with unique ids that are the same each time, and drops what an earlier run left", () => {
    const once = normalizedNotebook(old);
    expect(once.nbformat_minor).toBe(5);
    expect(new Set(once.cells.map(cell => cell.id)).size).toBe(4);
    expect(normalizedNotebook(old)).toEqual(once);
    expect(normalizedNotebook(once)).toEqual(once);
    expect(once.metadata).toEqual({ kernelspec: old.metadata.kernelspec, toc: { base_numbering: 3 } });
    expect(once.cells[0].metadata).toEqual({ slideshow: {}, editable: false });
    expect(once.cells[1].metadata).toEqual({ tags: ["parameters"], scrolled: true });
    expect(once.cells[1].source).toEqual(["const a = 1;\n", "a"]);
  });

  it("gives what the official schema and the official types accept", () => {
    const normal = normalizedNotebook(old);
    expect(schemaErrors(normal)).toEqual([]);
    const typed: Pick<INotebookContent, "nbformat" | "nbformat_minor"> = normal;
    expect(typed.nbformat).toBe(4);
    expect(schemaErrors({ ...normal, cells: [{ ...normal.cells[0], id: "not an id" }] })).not.toEqual([]);
  });

  it("mends ids that occur twice", () => {
    const twice = notebook({ ...code("a"), id: "x" }, { ...code("b"), id: "x" });
    const [first, second] = normalizedNotebook(twice).cells;
    expect(first.id).toBe("x");
    expect(second.id).not.toBe("x");
  });
});

describe("notebook files", () => {
  it("are laid out as Jupyter does: sorted keys, one space, a line end", () => {
    const text = notebookText(notebook({ ...code("1 < 2"), id: "a" }));
    expect(text.startsWith('{\n "cells": [\n  {\n   "cell_type": "code",\n   "execution_count": null,\n')).toBe(true);
    expect(text.endsWith('"nbformat": 4,\n "nbformat_minor": 5\n}\n')).toBe(true);
  });

  it("are read back as written", async () => {
    const book = normalizedNotebook(notebook(markdown("a\n\nb\n"), code("x")));
    const file = await notebookFile(book);
    await writeFile(file, notebookText(book));
    expect(await readNotebook(file)).toEqual(book);
    expect(await readFile(file, "utf8")).toBe(notebookText(await readNotebook(file)));
  });

  it.each([
    ["{", /this is no JSON; expected a notebook of nbformat 4/],
    ["", /found an empty file/],
    ["[1, 2]", /expected an object; found \[1,2\]/],
    ['{"nbformat": 3, "cells": []}', /"nbformat" cannot be this; expected 4.*; found 3/],
    ['{"nbformat": 3, "worksheets": []}', /"cells" is missing; expected a notebook of nbformat 4/],
    ['{"nbformat": 4, "cells": [{"cell_type": "tune", "source": ""}]}', /"cells\[0\]\.cell_type".*found "tune"/],
    ['{"nbformat": 4, "cells": [{"cell_type": "code"}]}', /"cells\[0\]\.source" is missing/],
    ['{"nbformat": 4, "cells": [{"cell_type": "code", "source": [1]}]}', /expected a text, or a list of lines/],
    ['{"nbformat": 4, "cells": [null]}', /"cells\[0\]" cannot be this; expected an object; found null/],
    ['{"nbformat": 4, "cells": [], "metadata": null}', /"metadata" cannot be this; expected an object; found null/],
  ])("are refused by name when they are none: %s", async (text, message) => {
    const file = await notebookFile(notebook());
    await writeFile(file, text);
    await expect(readNotebook(file)).rejects.toThrow(message);
    await expect(readNotebook(file)).rejects.toThrow(file);
  });

  it("may leave metadata out", async () => {
    const file = await notebookFile(notebook());
    await writeFile(file, '{"nbformat": 4, "nbformat_minor": 5, "cells": [{"cell_type": "code", "source": "1"}]}');
    const read = await readNotebook(file);
    expect([read.metadata, read.cells[0].metadata]).toEqual([{}, {}]);
    expect(normalizedNotebook(read).cells[0]).toMatchObject({ metadata: {}, outputs: [], execution_count: null });
  });

  it("split text into lines that join to the same", () => {
    for (const text of ["", "a", "a\n", "a\n\nb", "\n"]) expect(splitText(text).join("")).toBe(text);
    expect(splitText("a\nb")).toEqual(["a\n", "b"]);
  });
});
