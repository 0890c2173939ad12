import type { Unlabelled } from "../core/unlabelled.js";
import type { EvaluateOptions } from "../metrics/evaluate-options.js";
import type { MeanAveragePrecision, RankingEvaluation } from "../metrics/evaluation.js";
import type { ConventionName } from "../metrics/published.js";
import type { Protocol } from "./protocol.js";

/** The one figure that papers compare, by our definition and by theirs. */
export interface Headline {
  /** Name of the protocol. */
  readonly protocol: string;
  /** The R of mAP@R. */
  readonly cutoff: number | "all";
  /** AP divided by min(P, R), P the relevant items of the database; unlabelled items as the evaluation treats them. */
  readonly ours: MeanAveragePrecision;
  /** As the code behind the protocol's published figures computes it. */
  readonly papers: {
    readonly convention: ConventionName;
    /** 0..1; NaN (null in JSON) where that code leaves out every query. */
    readonly value: number;
    /** What that code does with items without a label. */
    readonly unlabelled: Unlabelled;
  };
}

/** Of a protocol, what its headline is made with. */
export type HeadlineRule = Pick<Protocol, "name" | "cutoff" | "convention" | "unlabelled">;

/**
 * Evaluates, and gives the headline of a protocol too, where there is one. Where there are items without a label and the
 * papers' code treats them otherwise than the options do, rankings are measured a second time, as that code has them.
 * @param options as they are without a protocol; its R is added to the cutoffs
 * @param evaluate `evaluateCodesInDetail` or `evaluateScoresInDetail` of some sides
 * @throws {InputError} as `evaluate`
 */
export async function evaluateByProtocol<
  Options extends EvaluateOptions,
  Found extends { readonly evaluation: RankingEvaluation },
>(
  protocol: HeadlineRule | undefined,
  options: Options,
  evaluate: (options: Options) => Promise<Found>,
): Promise<Found & { readonly headline?: Headline }> {
  if (protocol === undefined) return evaluate(options);
  const { name, cutoff, convention, unlabelled } = protocol;
  const { cutoffs = [], conventions = [] } = options;
  const ofProtocol = cutoff === undefined ? [] : [cutoff];
  const found = await evaluate({
    ...options,
    cutoffs: [...new Set([...cutoffs, ...ofProtocol])],
    conventions: [...new Set([...conventions, convention])],
  });
  const treated = found.evaluation.unlabelled?.treated ?? unlabelled;
  const asPapers =
    treated === unlabelled
      ? found
      : await evaluate({ ...options, metrics: [], cutoffs: ofProtocol, conventions: [convention], unlabelled });
  const place = cutoff ?? "all";
  const headline: Headline = {
    protocol: name,
    cutoff: place,
    ours: found.evaluation.mAP[place],
    papers: { convention, value: asPapers.evaluation.published![convention][place], unlabelled },
  };
  if (conventions.includes(convention)) return { ...found, headline };
  return { ...found, evaluation: withoutConvention(found.evaluation, convention), headline };
}

/** What was computed for the headline alone: beside figures of other unlabelled rules it would be mistaken for them. */
function withoutConvention<E extends RankingEvaluation>(evaluation: E, convention: ConventionName): E {
  const { published, ...rest } = evaluation;
  const asked = Object.entries(published ?? {}).filter(([name]) => name !== convention);
  return (asked.length === 0 ? rest : { ...rest, published: Object.fromEntries(asked) }) as E;
}
