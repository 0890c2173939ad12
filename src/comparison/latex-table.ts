import type { ComparedCell, ComparisonCells, ComparisonTableOptions } from "./comparison-cells.js";
import { comparisonCells, tableSentences } from "./comparison-cells.js";
import { latexText } from "./latex-text.js";
import type { RunComparison } from "./run-comparison.js";

/** Settings of {@link latexTable}. */
export interface LatexTableOptions extends ComparisonTableOptions {
  /** LaTeX, put in as it is. Default: what the table is of, with the definitions of its measures. */
  readonly caption?: string;
  /** What \ref names it by. Default "tab:comparison". */
  readonly label?: string;
  /** Over both columns of a two-column page (`table*`). Default false. */
  readonly wide?: boolean;
}

/**
 * A comparison as a table environment of LaTeX with booktabs (`\usepackage{booktabs}`): a row a method, columns by
 * measure and length, mean ± deviation, the best of each column in bold, the second underlined, † after what the test tells
 * from the best. More columns than a page is wide stand a measure below the other. Titles are escaped.
 */
export function latexTable(comparison: RunComparison, options: LatexTableOptions = {}): string {
  const cells = comparisonCells(comparison, options);
  const { caption = captionOf(comparison, cells), label = "tab:comparison", wide = false } = options;
  const environment = wide ? "table*" : "table";
  const columns = cells.groups.flatMap(({ bits }) => bits);
  const lengths = [...new Set(columns)].sort((a, b) => (a ?? 0) - (b ?? 0));
  const isStacked = cells.groups.length > 1 && columns.length > WIDEST;
  const width = (isStacked ? lengths : columns).length;
  return `${[
    "% needs \\usepackage{booktabs}",
    ...comparison.notes.map(note => `% ${note.replaceAll("\n", " ")}`),
    `\\begin{${environment}}[t]`,
    "\\centering",
    `\\caption{${caption}}`,
    `\\label{${label}}`,
    "\\medskip",
    ...(width > EASY ? ["\\small\\setlength{\\tabcolsep}{3pt}"] : []),
    `\\begin{tabular}{l${"c".repeat(width)}}`,
    "\\toprule",
    ...(isStacked ? stackedLines(cells, lengths) : besideLines(cells)),
    "\\bottomrule",
    "\\end{tabular}",
    `\\end{${environment}}`,
  ].join("\n")}\n`;
}

/** So many columns of values with deviations stand on a page of one column (345 pt) in letters of its text, */
const EASY = 3;
/** and so many in smaller ones. */
const WIDEST = 5;

/** Measures side by side. */
function besideLines(cells: ComparisonCells): string[] {
  const body = cells.rows.map(({ title, cells: row }) => line([latexText(title), ...row.map(cellText)]));
  return [...headings(cells), "\\midrule", ...body, ...baselineLines(cells)];
}

/** Measures below each other, all over the same lengths. */
function stackedLines({ groups, rows, baselines }: ComparisonCells, lengths: readonly (number | null)[]): string[] {
  const width = lengths.length;
  let first = 0;
  const blocks = groups.flatMap(({ measure, bits }, group) => {
    const places = lengths.map(length => (bits.includes(length) ? first + bits.indexOf(length) : -1));
    first += bits.length;
    const own = rows
      .map(({ title, cells }) => ({ title, cells: places.map(place => cells[place]) }))
      .filter(({ cells }) => cells.some(cell => cell !== undefined));
    const below = baselines.filter(({ values }) => values[group] !== undefined);
    return [
      "\\midrule",
      line([`\\multicolumn{${width + 1}}{l}{\\textit{${latexText(measure)}}}`]),
      ...own.map(({ title, cells }) => line([latexText(title), ...cells.map(cellText)])),
      ...below.map(({ title, values }) => line([baselineTitle(title), `\\multicolumn{${width}}{c}{${values[group]}}`])),
    ];
  });
  return [line(["Method", ...lengths.map(length => `${length} bits`)]), ...blocks];
}

/** Measures over their lengths, with rules between the two. */
function headings({ groups }: ComparisonCells): string[] {
  let column = 2;
  const rules = groups.map(({ bits }) => {
    const rule = `\\cmidrule(lr){${column}-${column + bits.length - 1}}`;
    column += bits.length;
    return rule;
  });
  const measures = groups.map(({ measure, bits }) => `\\multicolumn{${bits.length}}{c}{${latexText(measure)}}`);
  const lengths = groups.flatMap(({ bits }) => bits.map(length => `${length} bits`));
  return [line(["", ...measures]), rules.join(" "), line(["Method", ...lengths])];
}

function captionOf(comparison: RunComparison, cells: ComparisonCells): string {
  const untested = cells.baselines.length === 0 ? [] : ["$^{*}$: exhaustive search by real values, not tested."];
  return [...tableSentences(comparison, cells).map(latexText), ...untested].join(" ");
}

/** A star in place of words, which would make the table wider than a page. */
function baselineTitle(title: string): string {
  return `${latexText(title)}$^{*}$`;
}

/** Below a rule, a value over all lengths of its measure. */
function baselineLines({ groups, baselines }: ComparisonCells): string[] {
  const overLengths = (text: string | undefined, group: number): string =>
    `\\multicolumn{${groups[group].bits.length}}{c}{${text ?? "--"}}`;
  const lines = baselines.map(({ title, values }) => line([baselineTitle(title), ...values.map(overLengths)]));
  return lines.length === 0 ? [] : ["\\midrule", ...lines];
}

/** A row. What begins with [ or * would be read as an argument of the rule or row before it. */
function line(texts: readonly string[]): string {
  const row = texts.join(" & ");
  return `${/^[[*]/.test(row) ? "{}" : ""}${row} \\\\`;
}

function cellText(cell: ComparedCell | undefined): string {
  if (cell === undefined) return "--";
  const { mean, deviation, mark, worseThanBest } = cell;
  const marked = { best: `\\textbf{${mean}}`, second: `\\underline{${mean}}`, none: mean }[mark];
  const spread = deviation === undefined ? "" : ` {\\scriptsize $\\pm$ ${deviation}}`;
  return `${marked}${spread}${worseThanBest ? "$^{\\dagger}$" : ""}`;
}
