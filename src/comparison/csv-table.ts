import type { ComparedEntry, RunComparison } from "./run-comparison.js";

const COLUMNS: readonly string[] = [
  ...["title", "method", "bits", "measure", "mean", "deviation", "seeds", "low", "high", "place"],
  "p_corrected_against_best",
];

/** A comparison as CSV (RFC 4180), a line a value with all its digits (of exhaustive search without bits and seeds): for spreadsheets, pandas and figures of one's own. */
export function csvTable({ entries, measures, pairs, baselines }: RunComparison): string {
  const lines = entries.flatMap(entry =>
    Object.keys(measures)
      .filter(measure => measure in entry.values)
      .map(measure => {
        const { title, method, bits, values } = entry;
        const { mean, deviation, interval, place } = values[measure];
        const spread = entry.seeds.length > 1 ? deviation : "";
        const p = place === 1 ? "" : correctedAgainstBest(entry, measure, { entries, pairs });
        const range = [interval.low, interval.high];
        return [title, method, bits ?? "", measure, mean, spread, entry.seeds.length, ...range, place, p];
      }),
  );
  const untested = baselines.flatMap(({ title, values }) =>
    Object.entries(values).map(([measure, value]) => [title, "cosine", "", measure, value, "", 0, "", "", "", ""]),
  );
  return `${[COLUMNS, ...lines, ...untested].map(cells => cells.map(csvCell).join(",")).join("\r\n")}\r\n`;
}

function correctedAgainstBest(
  { title, bits }: ComparedEntry,
  measure: string,
  { entries, pairs }: Pick<RunComparison, "entries" | "pairs">,
): number | string {
  const best = entries.find(entry => entry.bits === bits && entry.values[measure]?.place === 1)?.title;
  const isPair = (one: string, other: string): boolean =>
    (one === title && other === best) || (one === best && other === title);
  return pairs.find(pair => pair.measure === measure && pair.bits === bits && isPair(pair.a, pair.b))?.corrected ?? "";
}

function csvCell(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
