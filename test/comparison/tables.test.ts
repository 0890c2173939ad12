import { JSDOM } from "jsdom";
import { marked } from "marked";
import { describe, expect, it } from "vitest";
import { comparisonRows } from "../../src/comparison/comparison-rows.js";
import { csvTable } from "../../src/comparison/csv-table.js";
import { latexTable } from "../../src/comparison/latex-table.js";
import { latexText } from "../../src/comparison/latex-text.js";
import { markdownTable } from "../../src/comparison/markdown-table.js";
import { displayOf } from "../../src/core/display.js";
import { registerKnownDisplays } from "../../src/displays/known-displays.js";
import { safeHtml } from "../../src/notebook/safe-html.js";
import { GIVEN } from "./given-comparison.js";

const WILD = 'A_B & "C" 50%*|$#{x}~^\\';

describe("markdownTable", () => {
  const page = new JSDOM(marked.parse(markdownTable(GIVEN)) as string).window.document;
  const texts = (selector: string): string[] => [...page.querySelectorAll(selector)].map(one => one.textContent ?? "");

  it("is a table to who reads Markdown, with titles as they are", () => {
    expect(texts("th")).toEqual([
      "method",
      "mAP@5000, 16 bits",
      "mAP@5000, 32 bits",
      "P@H≤2, 16 bits",
      "P@H≤2, 32 bits",
    ]);
    expect(texts("td:first-child")).toEqual(["DCH, γ=5", WILD, "Embedding", "cosine on features (not tested)"]);
  });

  it("has the best in bold, the second underlined, what is told from the best marked", () => {
    expect(texts("td strong")).toEqual(["0.812", "0.900", "0.900", "0.910"]);
    expect(texts("td ins")).toEqual(["0.830", "0.700", "0.600", "0.790"]);
    expect(texts("tr:nth-child(3) td")).toEqual(["Embedding", "–", "0.500 ± 0.004 †", "–", "–"]);
    expect(texts("tr:nth-child(4) td").slice(1)).toEqual(["0.751", "0.751", "–", "–"]); // the same at all lengths
    expect(texts("tr:nth-child(2) td")[1]).toBe("0.790"); // of one seed
  });

  it("says below what it is of", () => {
    const words = texts("p").join(" ");
    for (const part of [GIVEN.about, ...Object.values(GIVEN.measures), ...GIVEN.notes, "standard deviations over"]) {
      expect(words).toContain(part);
    }
  });
});

describe("latexTable", () => {
  const text = latexTable(GIVEN);

  it("is what was compiled and looked at", () => {
    expect(text.split("\n").slice(0, 5)).toEqual([
      "% needs \\usepackage{booktabs}",
      "% All pairs are tested: p < 0.05 & more.",
      "\\begin{table}[t]",
      "\\centering",
      expect.stringContaining("\\caption{toy \\& more, 50 \\% per class: 10 queries, database of 100. mAP@5000: mean"),
    ]);
    expect(text.split("\n").slice(5)).toEqual([
      "\\label{tab:comparison}",
      "\\medskip",
      "\\small\\setlength{\\tabcolsep}{3pt}",
      "\\begin{tabular}{lcccc}",
      "\\toprule",
      " & \\multicolumn{2}{c}{mAP@5000} & \\multicolumn{2}{c}{P@H$\\leq$2} \\\\",
      "\\cmidrule(lr){2-3} \\cmidrule(lr){4-5}",
      "Method & 16 bits & 32 bits & 16 bits & 32 bits \\\\",
      "\\midrule",
      "DCH, $\\gamma$=5 & \\textbf{0.812} {\\scriptsize $\\pm$ 0.004} & \\underline{0.830} {\\scriptsize $\\pm$ 0.004} & \\underline{0.700} {\\scriptsize $\\pm$ 0.004}$^{\\dagger}$ & \\underline{0.600} {\\scriptsize $\\pm$ 0.004}$^{\\dagger}$ \\\\",
      "A\\_B \\& ''C'' 50\\%*$|$\\$\\#\\{x\\}\\~{}\\^{}\\textbackslash{} & \\underline{0.790} & \\textbf{0.900} {\\scriptsize $\\pm$ 0.004} & \\textbf{0.900} & \\textbf{0.910} {\\scriptsize $\\pm$ 0.004} \\\\",
      "Embedding & -- & 0.500 {\\scriptsize $\\pm$ 0.004}$^{\\dagger}$ & -- & -- \\\\",
      "\\midrule",
      "cosine on features$^{*}$ & \\multicolumn{2}{c}{0.751} & \\multicolumn{2}{c}{--} \\\\",
      "\\bottomrule",
      "\\end{tabular}",
      "\\end{table}",
      "",
    ]);
  });

  it("takes caption, label, digits and measures", () => {
    const given = latexTable(GIVEN, {
      caption: "My $x$",
      label: "tab:mine",
      digits: 2,
      measures: ["P@H≤2"],
      wide: true,
    });
    for (const part of [
      "\\begin{table*}[t]",
      "\\end{table*}",
      "\\caption{My $x$}",
      "\\label{tab:mine}",
      "{lcc}",
      "\\textbf{0.910} {\\scriptsize $\\pm$ 0.004}",
    ]) {
      expect(given).toContain(part);
    }
    expect(given).not.toContain("mAP@5000");
  });

  it("has measures below each other where they are too many columns for a page", () => {
    const [dch, longer, one, other, embedding] = GIVEN.entries;
    const values = { ...dch.values, "R@10": dch.values["P@H≤2"] };
    const entries = [{ ...dch, values }, longer, one, other, embedding];
    const measures = { ...GIVEN.measures, "R@10": "found" };
    const lines = latexTable({ ...GIVEN, entries, measures, baselines: [] }).split("\n");
    expect(lines).toContain(
      " & \\multicolumn{2}{c}{mAP@5000} & \\multicolumn{2}{c}{P@H$\\leq$2} & \\multicolumn{1}{c}{R@10} \\\\",
    );
    const wide = [...entries, { ...other, title: "Long", bits: 64 }, { ...embedding, bits: 48 }];
    const stacked = latexTable({ ...GIVEN, entries: wide, measures }).split("\n");
    const from = stacked.indexOf("\\toprule");
    expect(stacked[from - 1]).toBe("\\begin{tabular}{lcccc}");
    const rows = stacked.slice(from + 1, stacked.indexOf("\\bottomrule"));
    const shown = rows.map(row =>
      row.replace(/ \{\\scriptsize [^}]*\}|\$\^\{\\dagger\}\$|\\(textbf|underline)| \\\\$/g, ""),
    );
    expect(shown.filter(row => !row.startsWith("A\\_B"))).toEqual([
      "Method & 16 bits & 32 bits & 48 bits & 64 bits",
      "\\midrule",
      "\\multicolumn{5}{l}{\\textit{mAP@5000}}",
      "DCH, $\\gamma$=5 & {0.812} & {0.830} & -- & --",
      "Embedding & -- & 0.500 & 0.500 & --",
      "Long & -- & -- & -- & {0.900}",
      "cosine on features$^{*}$ & \\multicolumn{4}{c}{0.751}",
      "\\midrule",
      "\\multicolumn{5}{l}{\\textit{P@H$\\leq$2}}",
      "DCH, $\\gamma$=5 & {0.700} & {0.600} & -- & --",
      "Long & -- & -- & -- & {0.910}",
      "\\midrule",
      "\\multicolumn{5}{l}{\\textit{R@10}}",
      "DCH, $\\gamma$=5 & {0.700} & -- & -- & --",
    ]);
  });

  it("keeps a title from being read as an argument of the row before it", () => {
    for (const title of ["[ours] DCH", "*DCH"]) {
      const [entry] = GIVEN.entries;
      expect(latexTable({ ...GIVEN, entries: [{ ...entry, title }] })).toContain(`\n{}${title} & `);
    }
  });

  it("lets no sign of a text through that LaTeX would read", () => {
    const printed = latexText("a_b {c} $d$ 5% & #1 ~^ \\x <y> α ≤\nnext");
    expect(printed.replace(/\\[a-zA-Z~^]+(\{\})?|\\[_{}$&#%]|\$[^$]*\$/g, "")).toMatch(/^[^\\{}$&#%_^~<>]*$/);
    expect(latexText("plain (text), 1/2: it's")).toBe("plain (text), 1/2: it's");
  });
});

describe("csvTable", () => {
  it("has a line a value, all digits, and quotes what needs it", () => {
    const lines = csvTable(GIVEN).split("\r\n");
    expect(lines[0]).toBe("title,method,bits,measure,mean,deviation,seeds,low,high,place,p_corrected_against_best");
    expect(lines).toHaveLength(1 + 9 + 1 + 1);
    expect(lines[10]).toBe("cosine on features,cosine,,mAP@5000,0.7512,,0,,,,");
    expect(lines[1]).toBe('"DCH, γ=5","dch, γ=5",16,mAP@5000,0.8123,0.0042,3,0.8023,0.8223,1,');
    expect(lines[5]).toContain('"A_B & ""C"" 50%*|$#{x}~^\\"');
    expect(lines[5].endsWith(",16,mAP@5000,0.79,,1,0.78,0.8,2,0.06")).toBe(true);
  });
});

describe("in a terminal and a cell", () => {
  it("rows mark best, second and what is told from the best", () => {
    expect(Object.values(comparisonRows(GIVEN)[3])).toEqual([
      "cosine on features (not tested)",
      "0.751",
      "0.751",
      "–",
      "–",
    ]);
    expect(comparisonRows(GIVEN)[0]).toEqual({
      method: "DCH, γ=5",
      "mAP@5000, 16 bits": "0.812 ± 0.004 (1)",
      "mAP@5000, 32 bits": "0.830 ± 0.004 (2)",
      "P@H≤2, 16 bits": "0.700 ± 0.004 (2) †",
      "P@H≤2, 32 bits": "0.600 ± 0.004 (2) †",
    });
  });

  it("a cell shows the table, in bold and underlined, and survives cleaning", async () => {
    registerKnownDisplays();
    const { data } = await displayOf(GIVEN);
    const page = new JSDOM(String(data["text/html"])).window.document;
    const texts = (selector: string): string[] =>
      [...page.querySelectorAll(selector)].map(one => one.textContent ?? "");
    expect(texts("td b")).toEqual(["0.812", "0.900", "0.900", "0.910"]);
    expect(texts("td u")).toEqual(["0.830", "0.700", "0.600", "0.790"]);
    expect(texts("td:first-child")[1]).toBe(WILD);
    expect(texts("tr:last-child td")).toEqual(["cosine on features (not tested)", "0.751", "–"]);
    const cleaned = new JSDOM((await safeHtml())(String(data["text/html"]))).window.document;
    expect(cleaned.querySelectorAll("td u")).toHaveLength(4);
    expect(String(data["text/plain"])).toContain("0.812 ± 0.004 (1)");
  });
});
