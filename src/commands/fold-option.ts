import { InvalidArgumentError } from "commander";

/** A fold as the command line names it: `--fold 2/5`. */
export interface FoldFlag {
  /** Which one, 1..of. */
  readonly fold: number;
  /** How many there are, 2 or more. */
  readonly of: number;
}

/** Reads an option `i/n` with 1 ≤ i ≤ n and n ≥ 2. */
export function foldOption(text: string): FoldFlag {
  const [, fold, of] = /^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? [];
  if (fold === undefined || Number(of) < 2 || Number(fold) < 1 || Number(fold) > Number(of)) {
    throw new InvalidArgumentError("Expected i/n with 1 ≤ i ≤ n and n ≥ 2, for example 1/5.");
  }
  return { fold: Number(fold), of: Number(of) };
}
