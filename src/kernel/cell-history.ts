import { flagOf, numberOf, textOf } from "./wire-request.js";

/** A cell as `history_reply` has it: session, number, and its code, with its result where that is asked for. */
export type HistoryEntry = [session: number, line: number, cell: string | [code: string, output: string | null]];

/** We remember the cells of this process only, and so number their session. */
const SESSION = 1;

/** The cells that were run, as consoles and front ends ask for them. */
export class CellHistory {
  private readonly cells: { line: number; code: string; output: string | null }[] = [];

  add(line: number, code: string): void {
    this.cells.push({ line, code, output: null });
  }

  /** Remembers the text of a cell's last value. */
  addOutput(line: number, output: string): void {
    for (const cell of this.cells) if (cell.line === line) cell.output = output;
  }

  /** Answers a `history_request`. */
  find(request: Record<string, unknown>): HistoryEntry[] {
    const output = flagOf(request, "output", false);
    return this.select(request).map(({ line, code, output: result }) => [
      SESSION,
      line,
      output ? [code, result] : code,
    ]);
  }

  private select(request: Record<string, unknown>): CellHistory["cells"] {
    const access = textOf(request, "hist_access_type");
    switch (access) {
      case "tail":
        return last(this.cells, countOf(request));
      case "range":
        return this.range(request);
      case "search":
        return last(this.search(request), countOf(request));
      default:
        throw new TypeError(`"hist_access_type" of a request must be tail, range or search, not ${access}`);
    }
  }

  /** Lines from `start` to before `stop` of this session: 0, or its number. There are no others. */
  private range(request: Record<string, unknown>): CellHistory["cells"] {
    if (![0, SESSION].includes(numberOf({ session: 0, ...request }, "session"))) return [];
    const start = typeof request.start === "number" ? request.start : 0;
    const stop = typeof request.stop === "number" ? request.stop : Number.POSITIVE_INFINITY;
    return this.cells.filter(({ line }) => line >= start && line < stop);
  }

  /** Cells that match a pattern with `*` and `?`; with `unique` the latest of equal ones. */
  private search(request: Record<string, unknown>): CellHistory["cells"] {
    const pattern = matcher(typeof request.pattern === "string" ? request.pattern : "*");
    const found = this.cells.filter(({ code }) => pattern.test(code));
    if (!flagOf(request, "unique", false)) return found;
    const latest = new Map(found.map((cell, place) => [cell.code, place]));
    return found.filter(({ code }, place) => latest.get(code) === place);
  }
}

/** How many entries are asked for at most. */
function countOf({ n }: Record<string, unknown>): number {
  return typeof n === "number" ? n : Number.POSITIVE_INFINITY;
}

function last<Item>(items: readonly Item[], count: number): Item[] {
  return count <= 0 ? [] : items.slice(-count);
}

/** A whole text that follows a glob. */
function matcher(glob: string): RegExp {
  const source = glob
    .replaceAll(/[\\^$.|+()[\]{}]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s");
}
