import { UsageError } from "../core/errors.js";
import { knownNames } from "../core/nearest-name.js";
import { TRAINING_OPTIONS } from "../training/train-config.js";
import type { DrawnFrom, SweepDefinition, Tried } from "./sweep-options.js";
import { openMethods } from "./swept-method.js";

/** How words are written, for messages. */
const EXAMPLE = "words as method=hashnet,dch bits=16,32 seed=0..2 dch.gamma=5,10 epochs=60";
/** Values of one range of whole numbers at most. */
const LONGEST_RANGE = 1000;

/**
 * The study that words of a command line ask for, in Hydra's manner: `method=hashnet,dch,./mine.js bits=16,32 seed=0..2
 * dch.gamma=5,10,20 epochs=60`. Commas separate what is tried; `a..b` are all whole numbers from a to b; `[512,256]` is one
 * value. To be drawn from: `interval(a,b)`, `log(a,b)` (even on a logarithmic axis), `integers(a,b)`. A name with a dot is
 * an option of a method, or of a group of settings; `dch.preset=NAME` begins with a preset of it.
 * @throws {UsageError} for what is no such word
 * @throws {InputError} for an unknown method
 */
export async function definitionOfWords(words: readonly string[]): Promise<SweepDefinition> {
  const given = new Map<string, string>();
  for (const word of words) {
    const [, name, text] = /^([\w-]+(?:\.[\w-]+)*)=(.+)$/s.exec(word) ?? [];
    if (name === undefined) throw new UsageError(`"${word}" says nothing that is to be tried`, { expected: EXAMPLE });
    if (given.has(name)) throw new UsageError(`"${name}" is given twice`, { expected: `${name}=a,b for several` });
    given.set(name, text);
  }
  const methods = partsOf(textOf(given, "method"));
  const bits = numbersOf("bits", textOf(given, "bits"));
  const seeds = given.has("seed") ? { seeds: numbersOf("seed", given.get("seed")!) } : {};
  const rest = [...given].filter(([name]) => !["method", "bits", "seed"].includes(name));
  return { methods, bits, ...seeds, ...(await settingsOfWords(methods, rest)) };
}

type Groups = Record<string, Record<string, Tried<unknown>>>;

/** Sorts settings of all trainings, options of methods and presets apart. */
async function settingsOfWords(
  methods: readonly string[],
  words: readonly (readonly [string, string])[],
): Promise<Pick<SweepDefinition, "settings" | "options" | "presets">> {
  const settings: Record<string, Tried<unknown>> = {};
  const options: Groups = {};
  const presets: Record<string, string> = {};
  const swept = words.length === 0 ? [] : (await openMethods(methods)).map(({ method }) => method);
  for (const [name, text] of words) {
    const [first, ...rest] = name.split(".");
    const method = swept.find(one => one.name === first);
    if (Object.hasOwn(TRAINING_OPTIONS, first)) settings[name] = triedOf(text);
    else if (method !== undefined && rest.join(".") === "preset") presets[first] = text;
    else if (method !== undefined && rest.length > 0)
      options[first] = { ...options[first], [rest.join(".")]: triedOf(text) };
    else {
      const owners = swept.filter(one => Object.hasOwn(one.options, name)).map(one => `${one.name}.${name}`);
      const known = [...Object.keys(TRAINING_OPTIONS), ...swept.map(one => `${one.name}.…`), "method", "seed"];
      throw new UsageError(`there is no setting "${name}"`, {
        expected: owners.length > 0 ? owners.join(" or ") : knownNames(name, known),
      });
    }
  }
  return { settings, options, presets };
}

function textOf(given: ReadonlyMap<string, string>, name: string): string {
  const text = given.get(name);
  if (text !== undefined) return text;
  throw new UsageError(`${name}= is missing`, { expected: EXAMPLE });
}

function numbersOf(name: string, text: string): number[] {
  const values = partsOf(text).flatMap(part => rangeOf(part) ?? [Number(part)]);
  if (values.every(value => Number.isSafeInteger(value))) return values;
  throw new UsageError(`${name}=${text} cannot be`, { expected: "whole numbers, as 16,32 or 0..2" });
}

/** What is tried: one value alone, several as a list, or a range to draw from. */
function triedOf(text: string): Tried<unknown> {
  const parts = partsOf(text);
  const drawn = drawnFrom(text);
  if (drawn !== undefined) return drawn;
  const values = parts.flatMap<unknown>(part => rangeOf(part) ?? [readValue(part)]);
  // One list is one value; several values are a list of them, lists among them too.
  return values.length === 1 ? values[0] : values;
}

const DRAWN: Readonly<Record<string, Omit<DrawnFrom, "from" | "to">>> = {
  interval: {},
  log: { logarithmic: true },
  integers: { whole: true },
};

function drawnFrom(text: string): DrawnFrom | undefined {
  const [, kind, from, to] = /^(\w+)\(([^,()]+),([^,()]+)\)$/.exec(text) ?? [];
  if (kind === undefined) return undefined;
  if (!Object.hasOwn(DRAWN, kind) || !Number.isFinite(Number(from)) || !Number.isFinite(Number(to))) {
    throw new UsageError(`"${text}" is no range`, { expected: "interval(a,b), log(a,b) or integers(a,b) of numbers" });
  }
  return { from: Number(from), to: Number(to), ...DRAWN[kind] };
}

/** Whole numbers from a to b, both included. */
function rangeOf(text: string): number[] | undefined {
  const [, first, last] = /^(\d+)\.\.(\d+)$/.exec(text) ?? [];
  if (first === undefined) return undefined;
  const length = Number(last) - Number(first) + 1;
  if (length >= 1 && length <= LONGEST_RANGE) return Array.from({ length }, (_, i) => Number(first) + i);
  throw new UsageError(`${text} is no range`, { expected: `a..b with a ≤ b, ${LONGEST_RANGE} numbers at most` });
}

/** What commas separate, but for those in brackets. */
function partsOf(text: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const letter of text) {
    if ("([".includes(letter)) depth++;
    if (")]".includes(letter)) depth--;
    if (letter === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += letter;
  }
  if (depth === 0 && parts.every(part => part !== "")) return parts;
  throw new UsageError(`"${text}" is no list of values`, {
    expected: "values with commas between, as 5,10,20 or [512],[256]",
  });
}

/** A number, true, false, a list; else the word itself. */
function readValue(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" ? text : value;
  } catch {
    return text;
  }
}
