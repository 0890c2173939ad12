import type { MimeBundle } from "../core/mime-bundle.js";
import { type TableData, tableHtml, tablePlain } from "../notebook/table.js";
import { noteHtml, noteText } from "./summary.js";

/** A table with sentences below it. @param notes for people, a line each, words between double stars in bold */
export function rowsBundle(rows: TableData, notes: readonly string[] = []): MimeBundle {
  const texts = notes.flatMap(note => note.split("\n")).filter(text => text !== "");
  return {
    "text/html": [tableHtml(rows), ...texts.map(noteHtml)].join("\n"),
    "text/plain": [tablePlain(rows), ...texts.map(noteText)].join("\n"),
  };
}
