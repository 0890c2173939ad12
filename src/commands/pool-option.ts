import { InvalidArgumentError } from "commander";
import type { Backbone } from "../backbone/backbone.js";
import type { Pooling } from "../backbone/pooling.js";
import { GREATEST_EXPONENT, poolingText } from "../backbone/pooling.js";
import type { Engine } from "../compute/program.js";
import type { Abortable } from "../core/abort.js";
import type { Dataset } from "../datasets/dataset.js";
import type { Shard } from "../features/feature-manifest.js";

/** What `--pool` says; "learned" is a number when images have been looked at. */
export type AskedPooling = Pooling | "learned";

/** Exponent of `--pool gem`, which most papers use. */
const USUAL_EXPONENT = 3;

function poolOption(text: string): AskedPooling {
  if (text === "average") return text;
  if (text === "gem:learned") return "learned";
  const [, exponent = USUAL_EXPONENT] = /^gem(?::(\d+(?:\.\d+)?))?$/.exec(text) ?? [undefined, Number.NaN];
  const gem = Number(exponent);
  if (gem >= 1 && gem <= GREATEST_EXPONENT) return { gem };
  throw new InvalidArgumentError(`expected average, gem, gem:learned, or gem:P with 1 ≤ P ≤ ${GREATEST_EXPONENT}.`);
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
