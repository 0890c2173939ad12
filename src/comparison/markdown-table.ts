import type { ComparedCell, ComparisonTableOptions } from "./comparison-cells.js";
import { comparisonCells, NOT_TESTED, tableSentences } from "./comparison-cells.js";
import { overLengths } from "./comparison-rows.js";
import type { RunComparison } from "./run-comparison.js";

/**
 * A comparison as a table of Markdown, for READMEs and issues: a row a method, a column a measure and length, the best of
 * each in bold, the second underlined, and below it what it is of.
 */
export function markdownTable(comparison: RunComparison, options: ComparisonTableOptions = {}): string {
  const cells = comparisonCells(comparison, options);
  const headings = cells.groups.flatMap(({ measure, bits }) => bits.map(length => `${measure}, ${length} bits`));
  const line = (texts: readonly string[]): string => `| ${texts.join(" | ")} |`;
  const table = [
    line(["method", ...headings].map(escapeMarkdown)),
    line(["---", ...headings.map(() => "---:")]),
    ...cells.rows.map(({ title, cells: row }) => line([escapeMarkdown(title), ...row.map(cellText)])),
    ...cells.baselines.map(({ title, values }) =>
      line([escapeMarkdown(`${title} ${NOT_TESTED}`), ...overLengths(values, cells.groups)]),
    ),
  ];
  const sentences = [...tableSentences(comparison, cells), ...comparison.notes].map(escapeMarkdown);
  return `${[...table, "", ...sentences.flatMap(text => [text, ""])].join("\n").trimEnd()}\n`;
}

function cellText(cell: ComparedCell | undefined): string {
  if (cell === undefined) return "–";
  const { mean, deviation, mark, worseThanBest } = cell;
  const marked = { best: `**${mean}**`, second: `<ins>${mean}</ins>`, none: mean }[mark];
  return `${marked}${deviation === undefined ? "" : ` ± ${deviation}`}${worseThanBest ? " †" : ""}`;
}

/** Titles and definitions are no markup: signs that Markdown reads stand for themselves. */
function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]<>|~&$#]/g, sign => `\\${sign}`).replaceAll("\n", " ");
}
