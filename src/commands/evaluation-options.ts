// Values of the flags of `evaluate` as the command line gives them; commander names the flag in what they throw.
import { InvalidArgumentError } from "commander";
import { MAX_BITS } from "../codes/packed-codes.js";
import { metricOf } from "../metrics/known-metrics.js";
import { isMetricFile } from "../metrics/metric-file.js";
import type { ConventionName } from "../metrics/published.js";
import { conventionNames } from "../metrics/published.js";
import { protocolOf } from "../protocols/known-protocols.js";
import type { Protocol } from "../protocols/protocol.js";
import { oneOf } from "./numbers.js";

export function parseBits(text: string): number {
  const bits = Number(text);
  if (Number.isInteger(bits) && bits >= 1 && bits <= MAX_BITS) return bits;
  throw new InvalidArgumentError(`Expected an integer in 1..${MAX_BITS}.`);
}

export function collectCutoff(text: string, earlier: number[]): number[] {
  const cutoff = Number(text);
  if (Number.isSafeInteger(cutoff) && cutoff >= 1) return [...earlier, cutoff];
  throw new InvalidArgumentError("Expected an integer of at least 1.");
}

export function collectConvention(text: string, earlier: ConventionName[]): ConventionName[] {
  const name = oneOf(conventionNames)(text);
  return earlier.includes(name) ? earlier : [...earlier, name];
}

export function parseProtocol(text: string): Protocol {
  try {
    return protocolOf(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

/** A name is checked at once; a file is loaded when the work begins. */
export function collectMetric(text: string, earlier: string[]): string[] {
  try {
    const name = isMetricFile(text) ? text : metricOf(text).name;
    return earlier.includes(name) ? earlier : [...earlier, name];
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}
