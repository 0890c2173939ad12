import type { Protocol } from "../protocols/protocol.js";
import { figureText, headlineName, publishedBeside } from "../protocols/what-differs.js";
import type { SearchResult } from "./result.js";
import { bySeeds, cellOf } from "./result.js";

/** A row of the papers' table. Its columns of figures are named after the protocol: `mAP@5000`, `as thuml-caffe`. */
export type ProtocolRow = {
  readonly method: string;
  readonly bits: number | string;
  /** The published figure of that method and length; "–" where there is none. */
  readonly published: number | string;
  /** What it was made with, and where it stands. */
  readonly "published with": string;
  readonly [figure: string]: number | string;
};

/**
 * Rows for a table in a cell: the headline by our definition (tie-aware, divided by min(P, R)), the same rankings as the
 * papers' code measures them, and what was published of that method at that length. A method of which several figures
 * were published has a row for each; results that differ only by their seed share one, as means ± standard deviations.
 * @param results measured with `protocol`; others have dashes
 */
export function protocolRows(results: readonly SearchResult[], protocol: Protocol): ProtocolRow[] {
  return bySeeds(results).flatMap((group): ProtocolRow[] => {
    const { method, title, bits } = group[0];
    const headlines = group.flatMap(({ headline }) => (headline?.protocol === protocol.name ? [headline] : []));
    const cell = (values: readonly number[]): number | string => (values.length === 0 ? "–" : cellOf(values, 3));
    const row = {
      method: title,
      bits: bits ?? "–",
      [headlineName(protocol)]: cell(headlines.map(({ ours }) => ours.tieAware)),
      [`as ${protocol.convention}`]: cell(headlines.map(({ papers }) => papers.value)),
    };
    const figures = publishedBeside(protocol, { method, bits });
    if (figures.length === 0) return [{ ...row, published: "–", "published with": "–" }];
    return figures.map(figure => ({ ...row, published: figure.value, "published with": figureText(figure) }));
  });
}
