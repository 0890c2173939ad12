import { InvalidArgumentError } from "commander";
import type { Shard } from "../features/feature-manifest.js";

/** Parts that work is cut into at most; more is a wrong number. */
export const MAX_SHARDS = 10_000;

/** Reads an option `i/n` with 1 ≤ i ≤ n. */
export function shardOption(text: string): Shard {
  const [, index, of] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  if (index === undefined || Number(index) < 1 || Number(index) > Number(of) || Number(of) > MAX_SHARDS) {
    throw new InvalidArgumentError(`expected i/n with 1 ≤ i ≤ n ≤ ${MAX_SHARDS}, for example 2/8.`);
  }
  return { index: Number(index), of: Number(of) };
}
