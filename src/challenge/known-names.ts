import { InputError } from "../core/errors.js";

/** The file names of a challenge, without folders: those to search with and those to find. */
export interface ChallengeNames {
  readonly queries: readonly string[];
  readonly gallery: readonly string[];
}

/** What is wrong with how a name is written, though one can tell which is meant. */
export type NameFault = "spaces" | "path" | "case" | "extension" | "wrong-side" | "unknown";

/** A name as found in a file, compared with those known. */
export interface ResolvedName {
  /** The name meant; as written where nothing known is meant. */
  readonly name: string;
  readonly faults: readonly NameFault[];
}

/** Looks names up that may be written wrongly. */
export interface NameLookup {
  /** Position by name. */
  readonly places: ReadonlyMap<string, number>;
  resolve(written: string): ResolvedName;
}

/**
 * @param side what the names are of, for messages
 * @param other names of the other side: one of them is said to be on the wrong side
 * @throws {InputError} when a name comes twice
 */
export function nameLookup(side: string, names: readonly string[], other: readonly string[]): NameLookup {
  const places = new Map<string, number>();
  for (const [place, name] of names.entries()) {
    const before = places.get(name);
    if (before !== undefined) {
      throw new InputError(`a ${side} name comes twice, so that a submission cannot say which is meant`, {
        expected: "file names that differ",
        actual: `${JSON.stringify(name)} in places ${before} and ${place}`,
      });
    }
    places.set(name, place);
  }
  const ofOther = new Set(other);
  const byLowerCase = new Map(names.map(name => [name.toLowerCase(), name]));
  const byStem = new Map(names.map(name => [stem(name), name]));
  const resolve = (written: string): ResolvedName => {
    if (places.has(written)) return { name: written, faults: [] };
    const faults: NameFault[] = [];
    let name = written.trim();
    if (name !== written) faults.push("spaces");
    if (!places.has(name) && /[\\/]/.test(name)) {
      name = name.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1);
      faults.push("path");
    }
    if (places.has(name)) return { name, faults };
    const otherCase = byLowerCase.get(name.toLowerCase());
    if (otherCase !== undefined) return { name: otherCase, faults: [...faults, "case"] };
    if (ofOther.has(name)) return { name, faults: [...faults, "wrong-side"] };
    const otherExtension = byStem.get(stem(name));
    if (otherExtension !== undefined) return { name: otherExtension, faults: [...faults, "extension"] };
    return { name, faults: [...faults, "unknown"] };
  };
  return { places, resolve };
}

/** A name in lower case, without its extension. */
function stem(name: string): string {
  return name.replace(/\.[^.]*$/, "").toLowerCase();
}
