// The network of an extraction, as `hashbook extract` is asked for it.

import type { Backbone } from "../backbone/backbone.js";
import type { AskedPooling } from "../backbone/pooling.js";
import type { Engine } from "../compute/program.js";
import type { Precision } from "../compute/quantization.js";
import type { Abortable } from "../core/abort.js";
import type { Dataset } from "../datasets/dataset.js";
import type { Shard } from "../features/feature-manifest.js";
import type { Truncated, Views } from "../images/preprocessing.js";
import { poolLearned } from "./pool-option.js";
import type { PreprocessingFlags } from "./preprocessing-flags.js";
import { preprocessingOf } from "./preprocessing-flags.js";

/** What of the command line says how features are made. */
export interface NetworkFlags extends PreprocessingFlags {
  readonly dataset: string;
  readonly backbone?: string;
  readonly model?: string;
  readonly weights?: string;
  readonly layer?: string;
  readonly output?: string;
  readonly pool?: AskedPooling;
  readonly views: Views;
  readonly truncated: Truncated;
  readonly precision?: Precision;
  readonly ranges?: string;
  /** Where features go: ranges of shards lie there. */
  readonly out?: string;
  readonly shard?: Shard;
}

/** The network that makes the features: of the model, or as the command line says. */
export async function networkOf(flags: NetworkFlags): Promise<Backbone> {
  const { openBackbone } = await import("../backbone/open-backbone.js");
  const { protocolPreprocessing } = await import("../protocols/protocol-preprocessing.js");
  const { backbone = "efficientnet-lite0", weights: file, layer, output, views, truncated, model } = flags;
  const pool = flags.pool === "learned" ? undefined : flags.pool;
  if (model !== undefined) {
    const { backboneOf } = await import("../embedding/model-backbone.js");
    const opened = await backboneOf(model, flags);
    const { preprocessing } = opened;
    return { ...opened, preprocessing: truncated === "accept" ? { ...preprocessing, truncated } : preprocessing };
  }
  const { settings, assumption } = protocolPreprocessing(flags.dataset, preprocessingOf(flags));
  const opened = await openBackbone(backbone, { file, layer, output, pool, preprocessing: { ...settings, truncated } });
  const assumptions = [...(opened.assumptions ?? []), ...(assumption === undefined ? [] : [assumption])];
  const preprocessing = views === "centre" ? opened.preprocessing : { ...opened.preprocessing, views };
  return { ...opened, preprocessing, assumptions };
}

/** The network in the ranges of another folder, where --ranges names one. */
export async function withGivenRanges(backbone: Backbone, { ranges }: NetworkFlags): Promise<Backbone> {
  if (ranges === undefined) return backbone;
  const { inRangesOf } = await import("../embedding/model-backbone.js");
  return inRangesOf(backbone, ranges);
}

/** The network, pooled and in the precision as asked for: what either takes of images is learned first. */
export async function networkReady(
  backbone: Backbone,
  dataset: Dataset,
  { flags, engine, signal }: { readonly flags: NetworkFlags; readonly engine: Engine } & Abortable,
): Promise<Backbone> {
  const pooled = await poolLearned(backbone, dataset, { ...flags, engine, signal });
  return inPrecision(pooled, dataset, { ...flags, signal });
}

/** The network in the precision asked for; unless ranges are given or found, they are measured on images of the dataset. */
async function inPrecision(
  backbone: Backbone,
  dataset: Dataset,
  { precision, out, shard, signal }: NetworkFlags & Abortable,
): Promise<Backbone> {
  if (precision !== "int8" || backbone.quantization !== undefined) return backbone;
  const { calibrateOnce } = await import("../features/shared-ranges.js");
  const { terminalProgress } = await import("../notebook/progress.js");
  const shards = shard !== undefined;
  return calibrateOnce(backbone, dataset, { folder: out, shards, signal, onProgress: terminalProgress() });
}
