import { PROTOCOLS, protocolOf } from "../protocols/known-protocols.js";
import type { Protocol } from "../protocols/protocol.js";

const COLUMNS = ["name", "query", "train", "database", "classes", "R", "convention"] as const;

function cellsOf({ name, expected, cutoff, convention }: Protocol): string[] {
  const { query, train, database, classes } = expected;
  return [name, query, train, database ?? "?", classes, cutoff ?? "all", convention].map(String);
}

/** A line a protocol, and under each what to know of it. */
function tableText(protocols: readonly Protocol[]): string {
  const rows = [[...COLUMNS], ...protocols.map(cellsOf)];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map(row => row[column].length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i > 0 && i < 6 ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join("  ")
      .trimEnd();
  const notes = ({ source, traps, rule, variants = [] }: Protocol): string[] => [
    `  ${source}`,
    ...(rule === undefined ? [] : [`  drawn here (--seed) from ${rule.from}: ${rule.text}`]),
    ...variants.map(({ title }) => `  also known: ${title}`),
    ...traps.map(trap => `  note: ${trap}`),
  ];
  return [line(COLUMNS), ...protocols.flatMap(protocol => [line(cellsOf(protocol)), ...notes(protocol)])].join("\n");
}

/**
 * The named protocols, for people or as one JSON document `{"protocols": […]}`.
 * @param name only this one. Default: all
 * @throws {InputError} for an unknown name
 */
export function protocolTable(name: string | undefined, json: boolean): string {
  const protocols = name === undefined ? PROTOCOLS : [protocolOf(name)];
  if (!json) return tableText(protocols);
  const plain = protocols.map(({ rule, ...protocol }) => ({
    ...protocol,
    ...(rule === undefined ? {} : { rule: { from: rule.from, text: rule.text } }),
  }));
  return JSON.stringify({ protocols: plain }, null, 2);
}
