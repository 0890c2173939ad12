import type { NdArray } from "../core/arrays.js";
import { sizeOf } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { Random } from "../core/random.js";
import { isPlainObject, shownValue } from "../core/shown-value.js";
import type { MethodArrays, MethodShape } from "../methods/method.js";
import type { TrainConfig } from "./train-config.js";

/** Prefixes of what a method has beside the head, in a training's state, in checkpoints and in model files. */
export const BESIDE = { parameters: "method.", normalise: "normalise.", running: "running.", constants: "constant." };

/** What a method draws at the start of a training, by prefixed names. */
export interface InitialArrays {
  /** Stay as they are. */
  readonly constants: MethodArrays;
  /** Are trained. */
  readonly trained: MethodArrays;
  /** Run along without gradient. */
  readonly running: MethodArrays;
}

/** Draws the arrays of a config's method, each from a stream of its own. */
export function initialArrays({ method, options, seed }: TrainConfig, shape: MethodShape): InitialArrays {
  const random = (purpose: string): Random => new Random(seed).stream(`${method.name} ${purpose}`);
  const { normalise } = method;
  const of = (what: string, prefix: string, arrays: MethodArrays | undefined): MethodArrays =>
    withPrefix(checkedArrays(arrays ?? {}, `${method.name}'s ${what}`), prefix);
  return {
    constants: of("constants", BESIDE.constants, method.constants?.(shape, options, random("constants"))),
    trained: {
      ...of("parameters", BESIDE.parameters, method.parameters?.(shape, options, random("parameters"))),
      ...of("normalise.parameters", BESIDE.normalise, normalise?.parameters?.(shape, options)),
    },
    running: of("normalise.state", BESIDE.running, normalise?.state(shape, options)),
  };
}

/** @throws {InputError} when a method gives something else than float32 arrays with their shapes */
export function checkedArrays(arrays: MethodArrays, what: string): MethodArrays {
  if (!isPlainObject(arrays)) {
    throw new InputError(`${what}: these are no arrays`, {
      expected: "an object of arrays by name",
      actual: shownValue(arrays),
    });
  }
  for (const [name, array] of Object.entries(arrays)) {
    if (name.includes("/")) {
      throw new InputError(`${what}: "${name}" cannot be a name`, {
        expected: "one without /, as moments are named by",
      });
    }
    const { data, shape } = (array ?? {}) as Partial<NdArray>;
    if (data instanceof Float32Array && Array.isArray(shape) && data.length === sizeOf(shape)) continue;
    throw new InputError(`${what}: "${name}" is no array`, {
      expected: "{ data: Float32Array, shape: number[] } whose sizes agree",
      actual:
        data instanceof Float32Array ? `${data.length} values, shape ${JSON.stringify(shape)}` : shownValue(array),
    });
  }
  return arrays;
}

/** The same values under names with a prefix. */
export function withPrefix<T>(values: Readonly<Record<string, T>>, prefix: string): Record<string, T> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value]));
}

/** What has a prefix, under names without it. */
export function withoutPrefix<T>(values: Readonly<Record<string, T>>, prefix: string): Record<string, T> {
  const found = Object.entries(values).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(found.map(([name, value]) => [name.slice(prefix.length), value]));
}
