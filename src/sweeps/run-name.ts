import { createHash } from "node:crypto";
import { isPlainObject } from "../core/shown-value.js";

/** Settings of a run, complete, or of its method's defaults. */
export interface NamedSettings {
  readonly options: Readonly<Record<string, unknown>>;
  readonly [training: string]: unknown;
}

/** Characters of a run's name at most: with what lies in its folder, paths stay short enough for every system. */
const LONGEST_NAME = 100;
/** Of the hash that takes the place of settings that are too long, or that no file name can have. */
const HASH_DIGITS = 12;
/** What no setting of its own is: it stands before the others in a name. */
const IN_FRONT: readonly string[] = ["method", "bits", "seed"];

/**
 * What of a run's settings differs from the defaults of its method, by dotted name; the method's own without its name.
 * In alphabetical order, so that it does not depend on how they were given.
 */
export function settingsApart(settings: NamedSettings, defaults: NamedSettings): [name: string, value: string][] {
  const [own, usual] = [flatSettings(settings), flatSettings(defaults)];
  const names = [...new Set([...own.keys(), ...usual.keys()])].sort();
  return names.filter(name => own.get(name) !== usual.get(name)).map(name => [name, own.get(name) ?? "none"]);
}

/** `gamma=5, epochs=60`; empty for the defaults. */
export function settingsText(apart: readonly (readonly [string, string])[]): string {
  return apart.map(([name, value]) => `${name}=${value}`).join(", ");
}

/**
 * The name of a run and of its folder, `dch-48-s0-gamma=5`: a file name on every system, the same wherever the same is
 * asked for, at most 100 characters.
 * @param apart from the method's defaults, see {@link settingsApart}
 */
export function runName(
  { method, bits, seed }: { readonly method: string; readonly bits: number; readonly seed: number },
  apart: readonly (readonly [string, string])[],
): string {
  const front = `${method}-${bits}-s${seed}`;
  const name = [front, ...apart.map(([setting, value]) => `${setting}=${value}`)].join("-");
  if (/^[\w.=+-]*\w$/.test(name) && name.length <= LONGEST_NAME) return name;
  return `${front}-${createHash("sha256").update(settingsText(apart)).digest("hex").slice(0, HASH_DIGITS)}`;
}

function flatSettings({ options, ...training }: NamedSettings): Map<string, string> {
  const flat = new Map<string, string>();
  const add = (prefix: string, group: Readonly<Record<string, unknown>>): void => {
    for (const [name, value] of Object.entries(group)) {
      if (prefix === "" && IN_FRONT.includes(name)) continue;
      if (isPlainObject(value)) add(`${prefix}${name}.`, value);
      else flat.set(`${prefix}${name}`, valueText(value));
    }
  };
  add("", training);
  add("", options);
  return flat;
}

/** `5`, `adamw`, `512+256`. */
function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(valueText).join("+");
  return typeof value === "string" ? value : JSON.stringify(value);
}
