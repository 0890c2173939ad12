import { InputError } from "../core/errors.js";
import { knownNames } from "../core/nearest-name.js";
import type { AnyOption, AnySchema } from "../core/options.js";
import { isPlainObject, shownValue } from "../core/shown-value.js";
import type { Method } from "../methods/method.js";
import { TRAINING_OPTIONS } from "../training/train-config.js";
import type { DrawnFrom, SweepDefinition } from "./sweep-options.js";

/** A setting and what is tried of it: values in order, or a range to draw from. */
export interface Axis {
  /** As messages and names have it: `epochs`, `optimizer.kind`, `dch.gamma`. */
  readonly name: string;
  /** Of every training, or the method's own. */
  readonly of: "training" | "method";
  readonly path: readonly string[];
  readonly tried: readonly unknown[] | DrawnFrom;
}

/** Of the settings of all trainings, those that a fit has too. */
const SETTINGS_OF_FITS: readonly string[] = ["unlabelled"];
/** What has a place of its own in a definition. */
const OWN_PLACE: Readonly<Record<string, string>> = { bits: "bits", seed: "seeds" };

/**
 * What is tried of one method. Settings of all trainings are not tried of a fit, which has none of them.
 * @throws {InputError} for a setting that there is not
 */
export function axesOf(method: Method, { settings = {}, options = {} }: SweepDefinition): Axis[] {
  const training = Object.entries(settings).map(([name, tried]) => trainingAxis(name, tried));
  const own = Object.entries(options[method.name] ?? {}).map(
    ([name, tried]): Axis => ({
      name: `${method.name}.${name}`,
      of: "method",
      path: name.split("."),
      tried: triedOf(`${method.name}.${name}`, tried, optionAt(method.options, name)),
    }),
  );
  const taken = { trained: training, fitted: training.filter(({ name }) => SETTINGS_OF_FITS.includes(name)) };
  return [...taken[method.kind], ...own];
}

function trainingAxis(name: string, tried: unknown): Axis {
  const path = name.split(".");
  if (Object.hasOwn(OWN_PLACE, name)) {
    throw new InputError(`"${name}" is no setting of all trainings of a study`, {
      expected: `it as "${OWN_PLACE[name]}"`,
    });
  }
  if (!Object.hasOwn(TRAINING_OPTIONS, path[0])) {
    throw new InputError(`there is no setting "${name}" of all trainings`, {
      expected: `${knownNames(path[0], Object.keys(TRAINING_OPTIONS))}; options of a method under its name`,
    });
  }
  const option = optionAt(TRAINING_OPTIONS as unknown as AnySchema, name);
  return { name, of: "training", path, tried: triedOf(name, tried, option) };
}

/** The declaration of a setting by its dotted name; undefined where there is none, which is told when it is used. */
function optionAt(schema: AnySchema, name: string): AnyOption | undefined {
  const [first, ...rest] = name.split(".");
  const option = Object.hasOwn(schema, first) ? schema[first] : undefined;
  if (rest.length === 0 || option === undefined) return option;
  return "properties" in option ? optionAt(option.properties as AnySchema, rest.join(".")) : undefined;
}

/** One value is tried alone; of a setting that is a list itself, a list of lists is several. */
function triedOf(name: string, tried: unknown, option: AnyOption | undefined): Axis["tried"] {
  if (isRange(tried)) return checkedRange(name, tried);
  const isList = option !== undefined && "type" in option && option.type === "array";
  const isSeveral = Array.isArray(tried) && (!isList || tried.some(Array.isArray));
  if (!isSeveral) return [tried];
  if (tried.length > 0) return tried;
  throw new InputError(`there is no value to try of "${name}"`, { expected: "one or more", actual: "none" });
}

function isRange(tried: unknown): tried is DrawnFrom {
  return isPlainObject(tried) && "from" in tried && "to" in tried;
}

function checkedRange(name: string, range: DrawnFrom): DrawnFrom {
  const { from, to, logarithmic = false } = range;
  const isRight = Number.isFinite(from) && Number.isFinite(to) && from < to && !(logarithmic && from <= 0);
  if (isRight) return range;
  throw new InputError(`"${name}" cannot be drawn from this`, {
    expected: `finite numbers, from below to${logarithmic ? ", above 0 for a logarithmic one" : ""}`,
    actual: shownValue(range),
  });
}
