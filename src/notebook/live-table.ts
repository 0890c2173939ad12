import { randomUUID } from "node:crypto";
import { runningCell, sendToCell } from "./kernel-display.js";
import type { TableData } from "./table.js";
import { escapeHtml, tableHtml, tablePlain } from "./table.js";

/** A table that moves while work goes on, and sentences about it. */
export interface TableScene {
  /** Above the table: how far the work is. */
  readonly title: string;
  readonly rows: TableData;
  /** Below the table. */
  readonly notes: readonly string[];
}

/** Shows a table in one place again and again. */
export interface LiveTable {
  /** Draws, where it is time to. The scene is asked for only then. */
  show(scene: () => TableScene): void;
  /** A sentence for those who cannot see a table move: a line in a log file. */
  tell(sentence: string): void;
  /** Takes the table away and leaves some sentences. */
  finish(sentences: readonly string[]): void;
}

/** Settings of {@link liveTable}. */
export interface LiveTableOptions {
  /** Seconds between two drawings. Default 0.3. */
  readonly interval?: number;
}

/** Rows of a table in a cell; further ones are counted below it. */
const ROWS_IN_CELL = 60;

/**
 * A table that is replaced in place: in the cell that runs; outside of a kernel on a terminal, on stderr. Where that is
 * none, sentences alone are written, a line each.
 */
export function liveTable({ interval = 0.3 }: LiveTableOptions = {}): LiveTable {
  const table =
    runningCell() !== undefined ? cellTable() : process.stderr.isTTY === true ? terminalTable() : logLines();
  let due = Number.NEGATIVE_INFINITY;
  return {
    ...table,
    show(scene) {
      if (performance.now() < due) return;
      table.show(scene);
      due = performance.now() + 1000 * interval;
    },
  };
}

function cellTable(): LiveTable {
  const display_id = randomUUID();
  let begun = false;
  const write = (html: string, plain: string): void => {
    const data = { "text/html": html, "text/plain": plain };
    begun = sendToCell({ data, metadata: {}, transient: { display_id } }, begun);
  };
  return {
    show(scene) {
      const { title, rows, notes } = scene();
      const lines = notes.map(note => `<div>${escapeHtml(note)}</div>`);
      const html = [`<div>${escapeHtml(title)}</div>`, tableHtml(rows, { rows: ROWS_IN_CELL }), ...lines].join("\n");
      write(html, [title, tablePlain(rows, { rows: ROWS_IN_CELL }), ...notes].join("\n"));
    },
    tell() {},
    finish(sentences) {
      write(sentences.map(sentence => `<div>${escapeHtml(sentence)}</div>`).join("\n"), sentences.join("\n"));
    },
  };
}

function terminalTable(): LiveTable {
  let drawn = 0;
  const draw = (lines: readonly string[]): void => {
    const columns = process.stderr.columns || 120; // 0 where the terminal does not know
    const up = drawn === 0 ? "" : `\u001b[${drawn}A\r`;
    process.stderr.write(`${up}\u001b[J${lines.map(line => `${line.slice(0, columns - 1)}\n`).join("")}`);
    drawn = lines.length;
  };
  return {
    show(scene) {
      const { title, rows, notes } = scene();
      const room = Math.max(3, (process.stderr.rows || 40) - notes.length - 5); // what scrolled away cannot be drawn over
      draw([title, ...tablePlain(rows, { rows: room }).split("\n"), ...notes]);
    },
    tell() {},
    finish(sentences) {
      draw(sentences);
      drawn = 0;
    },
  };
}

function logLines(): LiveTable {
  const write = (sentence: string): void => void process.stderr.write(`${sentence}\n`);
  return { show() {}, tell: write, finish: sentences => sentences.forEach(write) };
}
