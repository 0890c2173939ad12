import { InvalidArgumentError } from "commander";
import type { Backbone } from "../backbone/backbone.js";
import type { AskedPooling } from "../backbone/pooling.js";
import { POOLING_WORDS, parsePooling, poolingText } from "../backbone/pooling.js";
import type { Engine } from "../compute/program.js";
import type { Abortable } from "../core/abort.js";
import type { Dataset } from "../datasets/dataset.js";
import type { Shard } from "../features/feature-manifest.js";

function poolOption(text: string): AskedPooling {
  const pooling = parsePooling(text);
  if (pooling !== undefined) return pooling;
  throw new InvalidArgumentError(`expected ${POOLING_WORDS}.`);
}

/** `--pool`, for commands that make features. */
export const POOL: readonly [string, string, (text: string) => AskedPooling] = [
  "--pool <how>",
  "average, gem, gem:P or gem:learned: how the last map becomes a feature; default: average",
  poolOption,
];

/** What of a command says where features go, and how they are pooled. */
interface PoolFlags extends Abortable {
  readonly pool?: AskedPooling;
  readonly out?: string;
  readonly shard?: Shard;
  readonly engine: Engine;
}

/** The network with the exponent of its pooling learned on labelled images of the dataset, where that is asked for. */
export async function poolLearned(
  backbone: Backbone,
  dataset: Dataset,
  { pool, out, shard, engine, signal }: PoolFlags,
): Promise<Backbone> {
  if (pool !== "learned") return backbone;
  const { withLearnedPooling } = await import("../features/shared-pooling.js");
  const { terminalProgress } = await import("../notebook/progress.js");
  const folder = shard === undefined ? undefined : out;
  const pooled = await withLearnedPooling(backbone, dataset, {
    folder,
    engine,
    signal,
    onProgress: terminalProgress(),
  });
  process.stderr.write(`learned to pool: --pool ${poolingText(pooled.pool ?? "average")}\n`);
  return pooled;
}
