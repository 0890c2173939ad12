import { shownNumber } from "../core/shown-number.js";
import { takeLabels } from "../core/take-labels.js";
import type { Dataset } from "../datasets/dataset.js";
import { labelsAnItem, meanLabels } from "../datasets/labels-an-item.js";
import type { Split } from "../datasets/roles.js";
import { overlapText } from "../datasets/split-overlaps.js";
import { checkProtocol } from "../protocols/check-protocol.js";
import { protocolOf } from "../protocols/known-protocols.js";
import type { Protocol } from "../protocols/protocol.js";
import { whatDiffers } from "../protocols/what-differs.js";
import { relevanceByLabels } from "../ranking/relevance.js";
import type { Study, StudyOptions } from "./study.js";
import { openStudy, openStudyData } from "./study.js";

/** Settings of {@link openProtocolStudy}. */
export interface ProtocolStudyOptions extends StudyOptions {
  /** The protocol that is measured by. Default: that of the dataset's name. */
  readonly protocol?: string;
}

/** A dataset whose roles are given, and the protocol that it is measured by: a study without its features. */
export interface ProtocolData extends Omit<Study, "engine" | "engineReason" | "featureSet"> {
  readonly protocol: Protocol;
  /** What the data is, in words: to be the first that is shown. */
  readonly notice: string;
  /** Why figures are not to be held against the published ones without a thought, a sentence each. */
  readonly differs: readonly string[];
}

/** A study whose roles are given, and the protocol that it is measured by. */
export interface ProtocolStudy extends Study, Pick<ProtocolData, "protocol" | "notice" | "differs"> {}

/**
 * Opens a dataset as a protocol has it: its roles, and its images made squares in its way. Without published lists there
 * is `fashion-mnist-multilabel`, which is made here, and the notice says so.
 * @param options.lists folder of published lists; an empty name counts as not given
 * @param options.images folder of their images; likewise
 * @param options.stripPrefix what their paths are without; an empty text counts as not given
 * @throws {InputError} for an unknown protocol, and as `openStudy`
 */
export async function openProtocolStudy(options: ProtocolStudyOptions): Promise<ProtocolStudy> {
  const { protocol, settings } = protocolSettings(options);
  const study = await openStudy(settings);
  return { ...study, ...describe(study, protocol, options) };
}

/**
 * Opens a dataset as {@link openProtocolStudy} does, but for its features: enough to look at, and to judge codes that are
 * on record.
 * @throws {InputError} as {@link openProtocolStudy}
 */
export async function openProtocol(options: ProtocolStudyOptions): Promise<ProtocolData> {
  const { protocol, settings } = protocolSettings(options);
  const data = await openStudyData(settings);
  return { ...data, ...describe(data, protocol, options) };
}

/** What a study is opened with for a protocol. */
function protocolSettings(options: ProtocolStudyOptions): {
  readonly protocol: Protocol;
  readonly settings: StudyOptions;
} {
  const { dataset: name, protocol: measuredBy = "", lists = "", images = "", missing, ...others } = options;
  const { stripPrefix = [], ...rest } = others;
  const protocol = protocolOf(measuredBy === "" ? name : measuredBy);
  const prefixes = stripPrefix.filter(prefix => prefix !== "");
  const places = {
    ...(lists === "" ? {} : { lists }),
    ...(images === "" ? {} : { images }),
    ...(prefixes.length === 0 ? {} : { stripPrefix: prefixes }),
    ...(missing === "refuse" ? {} : { missing }), // asks for nothing of data without lists either
  };
  const preprocessing = { ...protocol.preprocessing, ...options.preprocessing };
  return { protocol, settings: { ...rest, dataset: name, preprocessing, ...places } };
}

/** What the data of a protocol is, and in what it differs from the published. */
function describe(
  study: Pick<Study, "dataset" | "split" | "validation" | "backbone">,
  protocol: Protocol,
  { lists = "" }: ProtocolStudyOptions,
): Pick<ProtocolData, "protocol" | "notice" | "differs"> {
  const { dataset, split } = study;
  const counts = {
    query: split.query.length,
    train: split.train.length,
    database: split.database.length,
    classes: dataset.classNames.length,
  };
  const backbone = study.backbone.name;
  return {
    protocol,
    notice: noticeOf(dataset, split, protocol, lists),
    differs: [
      ...whatDiffers(protocol, { counts, roles: split, backbone, synthetic: dataset.synthetic }),
      heldOutText(study),
    ],
  };
}

/** What makes trainings of a study other than those of the command line, beside equal settings. */
function heldOutText({ split, validation }: Pick<Study, "split" | "validation">): string {
  const [all, learned, held] = [split.train, validation.train, validation.query].map(({ length }) => countText(length));
  return (
    `Trainings of a study learn from ${learned} of the ${all} train rows: ${held} are held out to watch them with ` +
    "(validation: undefined in the study learns from all, as the command train does without --validation)."
  );
}

function noticeOf(dataset: Dataset, split: Split, protocol: Protocol, lists: string): string {
  const instead = dataset.synthetic ? "No lists are given, so this" : "This";
  const from =
    lists === ""
      ? `${instead} is **${dataset.name}**: ${dataset.description}.`
      : `**${dataset.name}** by the lists in ${lists}: ${dataset.description}.`;
  const overlap = overlapText(split);
  const overlaps = overlap === undefined ? "No query stands in the database." : `Note: ${overlap}.`;
  return `${from} Measured as protocol ${protocol.name}. ${overlaps}`;
}

/** A row of the table of a protocol's facts. */
export type ProtocolFact = {
  readonly what: string;
  readonly here: string;
  /** "–" where nothing is known of the published lists. */
  readonly protocol: string;
};

/** Queries whose relevant items are counted for the mean, evenly spread. */
const COUNTED_QUERIES = 500;

/**
 * Rows for a table in a cell: what there is of each role, what overlaps and what has no label, here and as the protocol
 * has it; and what decides how easy the task is: labels an image, relevant items a query, and the share of the database
 * that these are, which is the precision of an order at random.
 */
export function protocolFacts({
  dataset,
  split,
  protocol,
}: Pick<ProtocolStudy, "dataset" | "split" | "protocol">): ProtocolFact[] {
  const { agrees, differs, notKnown } = checkProtocol(protocol, { ...dataset, roles: split });
  const counts = [...agrees, ...differs, ...notKnown].map(
    ({ what, found, expected }): ProtocolFact => ({
      what,
      here: countText(found),
      protocol: expected === undefined ? "–" : countText(expected),
    }),
  );
  const { cutoff } = protocol;
  const cut = cutoff === undefined ? "all" : countText(cutoff);
  const relevant = meanRelevant(dataset, split);
  const measured = {
    "labels an image, mean": shownNumber(meanLabels(labelsAnItem(dataset.labels)), 2),
    "relevant items a query, mean": countText(Math.round(relevant)),
    "their share of the database": shownNumber(relevant / split.database.length, 3),
  };
  const facts = Object.entries(measured).map(([what, here]): ProtocolFact => ({ what, here, protocol: "–" }));
  return [...counts, { what: "R of mAP@R", here: cut, protocol: cut }, ...facts];
}

const countText = (count: number): string => count.toLocaleString("en");

function meanRelevant({ labels }: Dataset, { query, database }: Split): number {
  const step = Math.max(1, Math.floor(query.length / COUNTED_QUERIES));
  const some = query.filter((_, i) => i % step === 0);
  const sides = { queries: { labels: takeLabels(labels, some) }, database: { labels: takeLabels(labels, database) } };
  const { queries, database: items, mark } = relevanceByLabels(sides);
  const mask = new Uint8Array(items); // (database,)
  let sum = 0;
  for (let i = 0; i < queries; i++) sum += mark(i, mask);
  return sum / queries;
}
