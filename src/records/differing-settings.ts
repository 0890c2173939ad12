import { isPlainObject } from "../core/shown-value.js";
import type { RunRecord } from "./run-record.js";

type Described = Pick<RunRecord, "config">;

/**
 * What sets the settings of each run apart from those of the others of its method, in words: "gamma=5, epochs=60".
 * Empty where all runs of a method were made alike but for bits and seed.
 * @returns one text a record
 */
export function differingSettings(records: readonly Described[]): string[] {
  return records.map(({ config }) => {
    const own = flatSettings(config);
    const others = records
      .filter(other => other.config.method === config.method)
      .map(other => flatSettings(other.config));
    const names = [...new Set([...own.keys(), ...others.flatMap(other => [...other.keys()])])];
    const differing = names.filter(name => others.some(other => other.get(name) !== own.get(name)));
    return differing.map(name => `${name}=${own.get(name) ?? "none"}`).join(", ");
  });
}

/** Settings by dotted names, those of the method without the group they are in; without bits and seed. */
export function flatSettings({
  bits: _,
  seed: __,
  method: ___,
  options,
  ...training
}: RunRecord["config"]): Map<string, string> {
  const flat = new Map<string, string>();
  const add = (prefix: string, group: Readonly<Record<string, unknown>>): void => {
    for (const [name, value] of Object.entries(group)) {
      if (isPlainObject(value)) add(`${prefix}${name}.`, value);
      else flat.set(`${prefix}${name}`, typeof value === "string" ? value : JSON.stringify(value));
    }
  };
  for (const [name, value] of Object.entries(options)) {
    add(Object.hasOwn(training, name) ? "options." : "", { [name]: value });
  }
  add("", training);
  return flat;
}
