import { InputError } from "../core/errors.js";
import { knownNames } from "../core/nearest-name.js";
import { shownValue } from "../core/shown-value.js";
import { METHODS, trainedMethodOf } from "../methods/known-methods.js";
import type { Method, Preset } from "../methods/method.js";
import type { TrainConfig } from "./train-config.js";
import { resolveConfig } from "./train-config.js";

/** The preset that every method has: the defaults of its options are the paper's. */
export const PAPER = "paper";

/** Names of all presets of the known methods. */
export const PRESET_NAMES: readonly string[] = [
  PAPER,
  ...new Set(METHODS.flatMap(({ presets = {} }) => Object.keys(presets))),
];

/** The presets of a method by name. What is trained and how is not the paper's (see `trainConfig`). */
export function presetsOf(method: Method): Readonly<Record<string, Preset>> {
  return { [PAPER]: { source: method.source, settings: {} }, ...method.presets };
}

/**
 * The settings of a published code, as a config; what it cannot say (the network below the head) is left out.
 * @throws {InputError} when there is no such preset of this method
 */
export function presetConfig(preset: string, method: string | Method, bits: number): TrainConfig {
  const of = trainedMethodOf(method);
  return resolveConfig({ ...presetOf(preset, of).settings, method: of, bits });
}

/** A preset of a method by its name. @throws {InputError} when there is none */
export function presetOf(preset: string, method: Method): Preset {
  const presets = presetsOf(method);
  if (typeof preset === "string" && Object.hasOwn(presets, preset)) return presets[preset];
  throw new InputError(`there is no preset ${shownValue(preset)} of ${method.name}`, {
    expected: knownNames(String(preset), Object.keys(presets)),
  });
}

/** For help: each preset with its methods and where its numbers are from. */
export function presetLines(): string[] {
  return METHODS.filter(({ kind }) => kind === "trained").flatMap(method =>
    Object.entries(presetsOf(method)).map(
      ([name, { source }]) => `  ${method.name.padEnd(11)} ${name.padEnd(17)} ${source}`,
    ),
  );
}
