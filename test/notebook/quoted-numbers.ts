// Numbers that the prose of a notebook quotes, and whether one of its cells has put them out.
import type { Notebook } from "../../src/notebook/nbformat.js";
import { joinedText } from "../../src/notebook/nbformat.js";

/** Decimals and percentages in Markdown, as written; equations, code, links and names of versions apart. */
export function quotedNumbers(markdown: string): string[] {
  const prose = markdown
    .replace(/```[\s\S]*?```|^ {4}.*$/gm, " ")
    .replace(/\$\$[\s\S]*?\$\$|\$[^$]*\$|`[^`]*`/g, " ")
    .replace(/\]\([^)]*\)/g, "]")
    .replace(/arXiv[: ]\d+\.\d+/g, " ");
  return prose.match(/(?<![\w.,])\d*\.\d+(?![\w.])|(?<![\w.,])\d+(?= %)/g) ?? [];
}

/** Numbers that the outputs of a notebook's cells show as text. */
export function shownNumbers({ cells }: Notebook): number[] {
  const texts = cells.flatMap(cell => {
    if (cell.cell_type !== "code") return [];
    return (cell.outputs ?? []).flatMap(output => {
      if (output.output_type === "stream") return [joinedText(output.text)];
      if (!("data" in output)) return [];
      const { "text/plain": plain, "text/markdown": markdown } = output.data;
      return [plain, markdown].flatMap(text => (text === undefined ? [] : [joinedText(text as string | string[])]));
    });
  });
  return (texts.join("\n").match(/(?<![\w.])\d*\.?\d+/g) ?? []).map(Number);
}

/** Whether a number, or a hundred times it before " %", is one of those shown, rounded to the digits it is written with. */
function isShown(quoted: string, shown: readonly number[]): boolean {
  const digits = quoted.split(".")[1]?.length ?? 0;
  const value = Number(quoted);
  const same = (other: number): boolean => Math.abs(Number(other.toFixed(digits)) - value) < 1e-9;
  return shown.some(same) || (digits === 0 && shown.some(other => other <= 1 && same(100 * other)));
}

/** The numbers of a notebook's prose that no output of it shows, each with its cell. */
export function unfoundedNumbers(notebook: Notebook): string[] {
  const shown = shownNumbers(notebook);
  return notebook.cells.flatMap(cell =>
    cell.cell_type === "markdown"
      ? quotedNumbers(joinedText(cell.source))
          .filter(quoted => !isShown(quoted, shown))
          .map(quoted => `${cell.id}: ${quoted}`)
      : [],
  );
}
