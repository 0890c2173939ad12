import type { MimeBundle } from "../core/mime-bundle.js";
import { escapeHtml } from "../notebook/table.js";

/** What is said of a value: a heading, what is known of it, a small picture. */
export interface Summary {
  /** What it is: "Features". */
  readonly title: string;
  /** How large it is, in few words. */
  readonly about: string;
  /** Names and values; what is undefined or empty is left out. */
  readonly facts: Readonly<Record<string, string | undefined>>;
  /** SVG or HTML of a few KiB, beside the facts. Default: none. */
  readonly picture?: string | undefined;
  /** What must be known, a sentence each, words between double stars in bold. Default: nothing. */
  readonly notes?: readonly string[] | undefined;
}

/**
 * A summary as HTML and as text. It has no colours of its own but those of pictures: pages are light and dark; and its
 * styles are of those that survive where notebooks are cleaned.
 */
export function summaryBundle({ title, about, facts, picture, notes = [] }: Summary): MimeBundle {
  const known = Object.entries(facts).filter(([, value]) => value !== undefined && value !== "") as [string, string][];
  return {
    "text/html": [
      `<div><b>${escapeHtml(title)}</b>&ensp;${escapeHtml(about)}`,
      '<div style="display:flex;flex-wrap:wrap;gap:8px 32px;align-items:flex-start;margin-top:6px">',
      known.length === 0 ? "" : `<table style="margin:0"><tbody>\n${known.map(factHtml).join("\n")}\n</tbody></table>`,
      picture === undefined ? "" : `<div>${picture}</div>`,
      "</div>",
      ...notes.map(noteHtml),
      "</div>",
    ]
      .filter(part => part !== "")
      .join("\n"),
    "text/plain": [`${title}: ${about}`, ...factLines(known), ...notes.map(noteText)].join("\n"),
  };
}

/** A sentence of ours as HTML: what is between double stars is bold. */
export function noteHtml(note: string): string {
  return `<div style="margin-top:6px">${escapeHtml(note).replaceAll(/\*\*(.+?)\*\*/g, "<b>$1</b>")}</div>`;
}

/** A sentence of ours as plain text. */
export function noteText(note: string): string {
  return note.replaceAll("**", "");
}

function factHtml([name, value]: readonly [string, string]): string {
  const cell = "text-align:left;vertical-align:top;white-space:normal;padding:2px 10px 2px 4px";
  return (
    `<tr><td style="${cell};opacity:0.7">${escapeHtml(name)}</td>` +
    `<td style="${cell};max-width:27em">${escapeHtml(value)}</td></tr>`
  );
}

function factLines(facts: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...facts.map(([name]) => name.length));
  return facts.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
}
