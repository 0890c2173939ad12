import type { ComparedCell, ComparisonCells } from "../comparison/comparison-cells.js";
import type { RunComparison } from "../comparison/run-comparison.js";
import type { Display } from "../core/display.js";
import { escapeHtml } from "../notebook/table.js";
import { noteHtml } from "./summary.js";

/** Studies side by side: the table of a paper, what is measured, how it was tested. */
export const runComparisonDisplay: Display<RunComparison> = {
  name: "run comparison",
  is: (value): value is RunComparison => {
    const { about, measures, entries, pairs, notes } = (value ?? {}) as RunComparison;
    return (
      typeof about === "string" &&
      typeof measures === "object" &&
      Array.isArray(entries) &&
      Array.isArray(pairs) &&
      Array.isArray(notes)
    );
  },
  mime: async comparison => {
    const { comparisonCells, tableSentences } = await import("../comparison/comparison-cells.js");
    const { comparisonRows, ROW_MARKS } = await import("../comparison/comparison-rows.js");
    const { tablePlain } = await import("../notebook/table.js");
    const cells = comparisonCells(comparison);
    const sentences = [...tableSentences(comparison, cells), ...comparison.notes];
    const text = [tablePlain(comparisonRows(comparison)), `${ROW_MARKS}.`, `${comparison.about}.`, ...comparison.notes];
    return {
      "text/html": [tableHtml(cells), ...sentences.map(noteHtml)].join("\n"),
      "text/plain": text.join("\n"),
    };
  },
};

/** Measures over their lengths, a method a row. */
function tableHtml({ groups, rows, baselines }: ComparisonCells): string {
  const cell = (tag: string, side: string, html: string, span = 1): string =>
    `<${tag} style="text-align:${side}"${span === 1 ? "" : ` colspan="${span}"`}>${html}</${tag}>`;
  const measures = groups.map(({ measure, bits }) => cell("th", "center", escapeHtml(measure), bits.length));
  const lengths = groups.flatMap(({ bits }) => bits.map(length => cell("th", "right", `${length} bits`)));
  const body = rows.map(({ title, cells }) =>
    [cell("td", "left", escapeHtml(title)), ...cells.map(one => cell("td", "right", cellHtml(one)))].join(""),
  );
  const below = baselines.map(({ title, values }) => {
    const spanned = values.map((value, i) => cell("td", "center", value ?? "–", groups[i].bits.length));
    return [cell("td", "left", escapeHtml(`${title} (not tested)`)), ...spanned].join("");
  });
  const line = (cells: string): string => `<tr>${cells}</tr>`;
  return [
    "<table>\n<thead>",
    line(cell("th", "left", "") + measures.join("")),
    line(cell("th", "left", "method") + lengths.join("")),
    "</thead>\n<tbody>",
    ...[...body, ...below].map(line),
    "</tbody>\n</table>",
  ].join("\n");
}

function cellHtml(cell: ComparedCell | undefined): string {
  if (cell === undefined) return "–";
  const { mean, deviation, mark, worseThanBest } = cell;
  const marked = { best: `<b>${mean}</b>`, second: `<u>${mean}</u>`, none: mean }[mark];
  return `${marked}${deviation === undefined ? "" : ` ± ${deviation}`}${worseThanBest ? " †" : ""}`;
}
