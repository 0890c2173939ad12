import { UsageError } from "../core/errors.js";
import { joinedText, type Notebook, type NotebookCell, splitText } from "./nbformat.js";
import { NotebookError } from "./notebook-error.js";

/** Values for names in the parameters cell of a notebook. */
export type NotebookParameters = Readonly<Record<string, unknown>>;

/** Tag of the one cell whose values can be replaced, and of the cell that replaces them: papermill's convention. */
export const parametersTag = "parameters";
const injectedTag = "injected-parameters";

function hasTag(cell: NotebookCell, tag: string): boolean {
  return cell.cell_type === "code" && (cell.metadata.tags ?? []).includes(tag);
}

/**
 * Reads `name=value`: a value that is JSON (`3`, `true`, `[16, 32]`, `"text"`) is that, any other is text.
 * @throws {UsageError} when there is no name, or one that is no identifier
 */
export function parseParameter(argument: string): [name: string, value: unknown] {
  const match = /^([A-Za-z_$][\w$]*)=(.*)$/s.exec(argument);
  if (match === null) {
    throw new UsageError("not a parameter", { expected: "name=value", actual: JSON.stringify(argument) });
  }
  try {
    return [match[1], JSON.parse(match[2])];
  } catch {
    return [match[1], match[2]];
  }
}

/** Names that the parameters cell of a notebook declares; empty when it has no such cell. */
export function parameterNames(notebook: Notebook): string[] {
  return notebook.cells
    .filter(cell => hasTag(cell, parametersTag))
    .flatMap(cell => [...joinedText(cell.source).matchAll(/^(?:const|let|var)\s+([A-Za-z_$][\w$]*)/gm)])
    .map(match => match[1]);
}

/** The notebook without a cell that an earlier run injected. */
export function withoutInjectedParameters(notebook: Notebook): Notebook {
  return { ...notebook, cells: notebook.cells.filter(cell => !hasTag(cell, injectedTag)) };
}

/**
 * The notebook with a cell after its parameters cell that declares the given values again.
 * Names that its parameters cell does not declare are left out; without any left it is unchanged.
 * @throws {NotebookError} when it has more than one parameters cell
 */
export function withParameters(notebook: Notebook, parameters: NotebookParameters, file: string): Notebook {
  const clean = withoutInjectedParameters(notebook);
  const count = clean.cells.filter(cell => hasTag(cell, parametersTag)).length;
  if (count > 1) {
    const actual = `${count}`;
    throw new NotebookError("too many parameters cells", {
      file,
      expected: `one cell tagged "${parametersTag}"`,
      actual,
    });
  }
  const declared = parameterNames(clean);
  const lines = Object.entries(parameters)
    .filter(([name]) => declared.includes(name))
    .map(([name, value]) => `const ${name} = ${JSON.stringify(value)};`);
  if (lines.length === 0) return clean;
  const injected: NotebookCell = {
    cell_type: "code",
    id: injectedTag,
    metadata: { tags: [injectedTag] },
    source: splitText(`// given on the command line\n${lines.join("\n")}`),
    outputs: [],
    execution_count: null,
  };
  const place = clean.cells.findIndex(cell => hasTag(cell, parametersTag)) + 1;
  return { ...clean, cells: [...clean.cells.slice(0, place), injected, ...clean.cells.slice(place)] };
}
