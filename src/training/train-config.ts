import type { DchOptions } from "../hashing/losses/dch.js";
import type { HashNetOptions } from "../hashing/losses/hashnet.js";
import type { AdamOptions } from "./adam.js";

export type Method = "hashnet" | "dch";

export const METHODS: readonly Method[] = ["hashnet", "dch"];

/** Everything that shapes a training, as plain values; stored with the model. */
export interface TrainConfig {
  readonly method: Method;
  /** Bits of the hash codes, 1..1024. */
  readonly bits: number;
  /** Widths of the fully connected layers before the hash layer. Default [256]. */
  readonly hidden: readonly number[];
  /** Share of hidden units zeroed in a step, 0 ≤ dropout < 1. Default 0. */
  readonly dropout: number;
  /** Passes over the train rows, ≥ 1. Default 30. */
  readonly epochs: number;
  /** Items a step, ≥ 2; all train rows when there are fewer. The rest of an epoch that fills no batch is left out. Default 128. */
  readonly batch: number;
  /** Learning rate of Adam, > 0. Default 1e-3. */
  readonly learningRate: number;
  /** Seed of initial weights, shuffles and dropout. Default 0. */
  readonly seed: number;
  /** HashNet only: let β grow to √51 during training; false keeps β = 1, which shows what the growth is for. Default true. */
  readonly continuation: boolean;
  readonly adam: AdamOptions;
  /** Options of the HashNet loss. */
  readonly hashnet: Omit<HashNetOptions, "confidence">;
  /** Options of the DCH loss. */
  readonly dch: Omit<DchOptions, "confidence">;
}

/** Defaults for a method and a number of bits; a variant spreads them: `{ ...trainConfig("dch", 48), epochs: 60 }`. */
export function trainConfig(method: Method, bits: number): TrainConfig {
  return {
    method,
    bits,
    hidden: [256],
    dropout: 0,
    epochs: 30,
    batch: 128,
    learningRate: 1e-3,
    seed: 0,
    continuation: true,
    adam: {},
    hashnet: {},
    dch: {},
  };
}
