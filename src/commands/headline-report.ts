import { shownNumber } from "../core/shown-number.js";
import type { DataFolder } from "../features/data-folder.js";
import { conventionOf } from "../metrics/published.js";
import type { Headline } from "../protocols/headline.js";
import type { Protocol } from "../protocols/protocol.js";
import type { PublishedFigure } from "../protocols/published-figure.js";
import { figureText, headlineName, publishedBeside, publishedLengths, whatDiffers } from "../protocols/what-differs.js";
import type { RankedEvaluation } from "./ranked-evaluation.js";

/** What `evaluate` says of a protocol's headline. */
export interface HeadlineReport extends Headline {
  readonly title: string;
  /** Figures of that mAP@R at that length, whatever the method: codes do not say theirs. */
  readonly published: readonly PublishedFigure[];
  /** Lengths at which there are such figures, ascending. */
  readonly publishedBits: readonly number[];
  /** Why ours is not to be held against them without a thought, a sentence each. */
  readonly differs: readonly string[];
}

/**
 * The headline with what was published.
 * @param data what was evaluated, where it is one folder
 */
export function headlineReport(
  protocol: Protocol,
  headline: Headline,
  { bits, by, queries, database, unlabelled }: RankedEvaluation,
  data?: DataFolder,
): HeadlineReport {
  const left = unlabelled?.treated === "drop" ? unlabelled : { queries: 0, database: 0 };
  const counts = {
    query: queries + left.queries,
    database: database + left.database,
    train: data?.split?.train.length,
    classes: data?.classNames.length,
  };
  const { backbone, seen, synthetic } = data?.manifest ?? {};
  return {
    ...headline,
    title: protocol.title,
    published: by === "cosine" ? [] : publishedBeside(protocol, { bits }), // those are of codes
    publishedBits: publishedLengths(protocol),
    differs: whatDiffers(protocol, { counts, roles: data?.split, backbone, fineTuned: seen !== undefined, synthetic }),
  };
}

/**
 * The report in lines: our definition, the papers', and the published figures beside them.
 * @param withoutQueries the same in the database without the queries that stand in it. Default: none do, or it was not asked for
 */
export function headlineLines(
  { protocol, title, cutoff, ours, papers, published, publishedBits, differs }: HeadlineReport,
  withoutQueries?: HeadlineReport,
): string[] {
  const name = headlineName({ cutoff: cutoff === "all" ? undefined : cutoff });
  const { convention, value, unlabelled } = papers;
  const divisor = cutoff === "all" ? "P" : `min(P, ${cutoff})`;
  const rules = { keep: "kept, relevant to none", drop: "left out" };
  return [
    `protocol ${protocol}: ${title}`,
    line(name, ours.tieAware, `ours: tie-aware, AP divided by ${divisor}`),
    line(
      "",
      value,
      `as ${convention}: ${conventionOf(convention).definition}; items without a label ${rules[unlabelled]}`,
    ),
    ...(withoutQueries === undefined ? [] : droppedLines(withoutQueries)),
    ...published.map(figure => line("", figure.value, `PUBLISHED, ${figure.method}: ${figureText(figure)}`)),
    ...(published.length === 0 ? [line("", Number.NaN, nothingPublished(publishedBits))] : []),
    ...differs.map(sentence => `what differs: ${sentence}`),
  ];
}

function nothingPublished(lengths: readonly number[]): string {
  if (lengths.length === 0) return "nothing is published of this figure, at any length";
  return `nothing is published of this figure at this length, but at ${lengths.join(", ")} bits`;
}

function droppedLines({ ours, papers }: HeadlineReport): string[] {
  return [
    line("", ours.tieAware, "ours, the queries dropped from the database"),
    line("", papers.value, `as ${papers.convention}, the queries dropped from the database`),
  ];
}

function line(name: string, value: number, said: string): string {
  const figure = Number.isNaN(value) ? "–" : shownNumber(value, 4);
  return `${name.padEnd(24)}${figure.padStart(11)}  ${said}`;
}
