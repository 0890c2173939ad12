import { InputError } from "../core/errors.js";
import { shownValue } from "../core/shown-value.js";
import { protocolOf } from "../protocols/known-protocols.js";
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
 * @param results records of `runExperiment` or results of `compareMethods`, measured by that protocol
 * @param measuredBy the protocol, or its name
 * @throws {InputError} for an unknown name, and what is no result or was not measured by the protocol
 */
export function protocolRows(results: readonly SearchResult[], measuredBy: Protocol | string): ProtocolRow[] {
  const protocol = typeof measuredBy === "string" ? protocolOf(measuredBy) : measuredBy;
  checkMeasured(results, protocol);
  return bySeeds(results).flatMap((group): ProtocolRow[] => {
    const { method, title, bits } = group[0];
    const headlines = group.map(({ headline }) => headline!);
    const row = {
      method: title,
      bits: bits ?? "–",
      [headlineName(protocol)]: cellOf(
        headlines.map(({ ours }) => ours.tieAware),
        3,
      ),
      [`as ${protocol.convention}`]: cellOf(
        headlines.map(({ papers }) => papers.value),
        3,
      ),
    };
    const figures = publishedBeside(protocol, { method, bits });
    if (figures.length === 0) return [{ ...row, published: "–", "published with": "–" }];
    return figures.map(figure => ({ ...row, published: figure.value, "published with": figureText(figure) }));
  });
}

/** A row of dashes would say that there is nothing to measure, where it was only not asked for. */
function checkMeasured(results: readonly SearchResult[], { name }: Protocol): void {
  const expected = `results measured by protocol ${name}: of runExperiment(study, …) the record, of compareMethods(study, …) the results, with a study of openProtocolStudy or the option protocol`;
  if (!Array.isArray(results)) throw new InputError("these are no results", { expected, actual: shownValue(results) });
  results.forEach((result: SearchResult & { readonly record?: unknown }, place) => {
    const { method, headline, record } = result ?? {};
    if (headline?.protocol === name) return;
    const said =
      method === undefined
        ? shownValue(result)
        : `${method}, ${headline === undefined ? "measured by none" : `measured by ${headline.protocol}`}`;
    const actual = record === undefined ? said : "an experiment: its record is what has the figures";
    throw new InputError(`result ${place} has no headline of protocol ${name}`, { expected, actual });
  });
}
