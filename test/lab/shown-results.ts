import { joinedText, type MultilineText, type Notebook } from "../../src/notebook/nbformat.js";

/** An output by its types, its text and the points of its figure, without what differs from run to run: times. */
export interface ShownResult {
  readonly types: readonly string[];
  readonly text: string;
  readonly traces: unknown;
}

const PLOTLY = "application/vnd.plotly.v1+json";

/** What a notebook shows of results: all outputs but streams and the line that progress leaves where it took long. */
export function shownResults(notebook: Notebook): ShownResult[] {
  return notebook.cells.flatMap(({ outputs }) =>
    (outputs ?? []).flatMap(output => {
      if (output.output_type === "stream") return [];
      if (output.output_type === "error") throw new Error(`a cell failed: ${output.ename}: ${output.evalue}`);
      const types = Object.keys(output.data).sort();
      if (output.output_type === "display_data" && types.join() === "text/plain") return [];
      const text = joinedText((output.data["text/plain"] ?? "") as MultilineText);
      return { types, text: withoutTimes(text), traces: traces(output.data[PLOTLY]) };
    }),
  );
}

/** Text with `12.3 s` and `2 min 5 s` masked; of a table, without the columns in seconds. */
function withoutTimes(text: string): string {
  const [header, ...rows] = text.split("\n").map(line => line.trim().split(/ {2,}/));
  const timed = header.map(name => /(^| )s$/.test(name));
  if (rows.length > 0 && timed.includes(true)) {
    return [header, ...rows].map(row => row.filter((_, column) => !timed[column]).join("  ")).join("\n");
  }
  return text.replaceAll(/(\d+ min )?\d+(\.\d+)? s\b/g, "TIME");
}

/** Names and points of a figure. */
function traces(figure: unknown): unknown {
  const { data } = (figure ?? {}) as { data?: { name?: string; x?: unknown; y?: unknown; z?: unknown }[] };
  return data?.map(({ name, x, y, z }) => ({ name, x, y, z }));
}
