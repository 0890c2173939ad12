import { createHash } from "node:crypto";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFile } from "../core/json-file.js";
import type { JsonSchema } from "../core/json-schema.js";
import { listOf, objectOf, TEXT } from "../core/json-schema.js";
import type { MimeBundle } from "../core/mime-bundle.js";

/** Text of a notebook: one string or its lines with their line ends. */
export type MultilineText = string | string[];

export type { MimeBundle };

export interface StreamOutput {
  output_type: "stream";
  name: "stdout" | "stderr";
  text: MultilineText;
}
export interface DisplayOutput {
  output_type: "display_data";
  data: MimeBundle;
  metadata: Record<string, unknown>;
}
export interface ResultOutput {
  output_type: "execute_result";
  data: MimeBundle;
  metadata: Record<string, unknown>;
  execution_count: number | null;
}
export interface ErrorOutput {
  output_type: "error";
  ename: string;
  evalue: string;
  traceback: string[];
}

/** What a cell put out, as nbformat 4.5 keeps it. */
export type CellOutput = StreamOutput | DisplayOutput | ResultOutput | ErrorOutput;

export interface CellMetadata {
  tags?: string[];
  [key: string]: unknown;
}

/** A cell of nbformat 4.5. `outputs` and `execution_count` belong to code cells, `attachments` to the others. */
export interface NotebookCell {
  id?: string;
  cell_type: "code" | "markdown" | "raw";
  metadata: CellMetadata;
  source: MultilineText;
  outputs?: CellOutput[];
  execution_count?: number | null;
  attachments?: Record<string, MimeBundle>;
}

/** A notebook of nbformat 4. */
export interface Notebook {
  nbformat: number;
  nbformat_minor: number;
  metadata: Record<string, unknown>;
  cells: NotebookCell[];
}

/** Multiline text as one string. */
export function joinedText(text: MultilineText): string {
  return typeof text === "string" ? text : text.join("");
}

/** A string as the lines that notebook files hold, each with its line end. */
export function splitText(text: string): string[] {
  return text === "" ? [] : text.split(/(?<=\n)/);
}

const SOURCE: JsonSchema = {
  anyOf: [TEXT, listOf(TEXT)],
  description: "a text, or a list of lines",
};

/** As far as it is read here; metadata that a file leaves out is empty. */
const NOTEBOOK_JSON: JsonFileKind<Omit<Notebook, "metadata" | "cells"> & { metadata?: object; cells: CellOfFile[] }> = {
  what: "a notebook of nbformat 4",
  schema: objectOf(
    {
      nbformat: { enum: [4], description: "4, the version of the format" },
      cells: listOf(
        objectOf(
          { cell_type: { enum: ["code", "markdown", "raw"] }, source: SOURCE },
          {
            id: TEXT,
            metadata: objectOf({}, { tags: listOf(TEXT) }),
            outputs: listOf(objectOf({ output_type: TEXT })),
            execution_count: { type: ["integer", "null"] },
            attachments: { type: "object" },
          },
        ),
      ),
    },
    { metadata: { type: "object" } },
  ),
};

type CellOfFile = Omit<NotebookCell, "metadata"> & { metadata?: CellMetadata };

/**
 * Reads a notebook file.
 * @throws {InputError} when it is missing, no JSON, or no notebook of nbformat 4
 */
export async function readNotebook(file: string): Promise<Notebook> {
  const { metadata, cells, ...rest } = await readJsonFile(file, NOTEBOOK_JSON);
  return {
    ...rest,
    metadata: { ...metadata },
    cells: cells.map(cell => ({ ...cell, metadata: cell.metadata ?? {} })),
  };
}

/** JSON value with its keys in order, as Jupyter writes it. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]));
}

/** A notebook as the text of its file, laid out as Jupyter does: saving it there changes nothing. */
export function notebookText(notebook: Notebook): string {
  return `${JSON.stringify(sortKeys(notebook), null, 1)}\n`;
}

/** The id of a cell that has none: made of its place and text, so that it stays when the notebook is run again. */
function stableId(cell: NotebookCell, index: number, taken: ReadonlySet<string>): string {
  for (let attempt = 0; ; attempt++) {
    const hash = createHash("sha256").update(`${index} ${attempt} ${joinedText(cell.source)}`);
    const id = hash.digest("hex").slice(0, 8);
    if (!taken.has(id)) return id;
  }
}

/** What of a cell's metadata tells of one run, and not of the cell: times. */
const runOfCell: readonly string[] = ["execution", "ExecuteTime"];
/** What of a notebook's metadata belongs to outputs of an earlier run, or to older formats. */
const runOfNotebook: readonly string[] = ["widgets", "signature", "orig_nbformat"];

function withoutKeys(metadata: Record<string, unknown>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !keys.includes(key)));
}

function normalizedCell(cell: NotebookCell, id: string): NotebookCell {
  const base = {
    id,
    cell_type: cell.cell_type,
    metadata: withoutKeys(cell.metadata, runOfCell),
    source: splitText(joinedText(cell.source)),
  };
  switch (cell.cell_type) {
    case "code":
      return { ...base, outputs: cell.outputs ?? [], execution_count: cell.execution_count ?? null };
    case "markdown":
    case "raw":
      return cell.attachments === undefined ? base : { ...base, attachments: cell.attachments };
  }
}

/**
 * A copy in nbformat 4.5: every cell has an id of its own that stays, texts are lines, and metadata of an earlier run (times,
 * states of widgets) is gone; all other metadata, whoever wrote it, is kept.
 */
export function normalizedNotebook(notebook: Notebook): Notebook {
  const taken = new Set<string>();
  const cells = notebook.cells.map((cell, index): NotebookCell => {
    const id = cell.id === undefined || taken.has(cell.id) ? stableId(cell, index, taken) : cell.id;
    taken.add(id);
    return normalizedCell(cell, id);
  });
  return { nbformat: 4, nbformat_minor: 5, metadata: withoutKeys(notebook.metadata, runOfNotebook), cells };
}
