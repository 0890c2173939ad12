import { classesOf } from "./classes-of-items.js";
import { InputError } from "./errors.js";
import type { Labels } from "./labels.js";
import type { Random } from "./random.js";

/** One of the parts that rows are dealt to. */
interface Part {
  readonly rows: number[];
  /** Rows that still have room. */
  room: number;
  /** By class: how many more of its rows the part should have, a fraction too. */
  readonly wanted: Map<number, number>;
}

/**
 * Deals rows to parts of given sizes, each class in the proportion of the sizes as nearly as rows of several classes
 * allow: iterative stratification (Sechidis, Tsoumakas, Vlahavas, ECML PKDD 2011, algorithm 1). The class with the fewest
 * rows left goes first; each of its rows goes to the part that wants that class most, then to the one with most room,
 * then to a random one. Deviation: parts have exactly the sizes asked for. Rows without a class fill what is left.
 * @param labels of all rows
 * @param rows to deal, each once
 * @param sizes whole numbers of 0 or more, together as many as rows
 * @returns the rows of each part, ascending
 * @throws {InputError} when the sizes are not as many as the rows
 */
export function stratifiedParts(
  labels: Labels,
  rows: Int32Array,
  sizes: readonly number[],
  random: Random,
): Int32Array[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total !== rows.length) {
    throw new InputError("rows cannot be dealt to these parts", {
      expected: `sizes of ${rows.length} in all`,
      actual: `${total}`,
    });
  }
  const order = Array.from(random.permutation(rows.length), at => rows[at]);
  const left = rowsOfClasses(labels, order);
  const parts = sizes.map((size): Part => {
    const wanted = new Map(Array.from(left, ([label, members]) => [label, (members.size * size) / Math.max(1, total)]));
    return { rows: [], room: size, wanted };
  });
  while (left.size > 0) {
    const [label, members] = smallest(left);
    for (const row of members) {
      const part = partFor(parts, label, random);
      part.rows.push(row);
      part.room--;
      for (const one of classesOf(labels, row)) {
        part.wanted.set(one, part.wanted.get(one)! - 1);
        left.get(one)!.delete(row);
      }
    }
    left.delete(label);
  }
  const dealt = new Set(parts.flatMap(part => part.rows));
  const rest = order.filter(row => !dealt.has(row));
  for (const part of parts) part.rows.push(...rest.splice(0, part.room));
  return parts.map(part => Int32Array.from(part.rows).sort());
}

/** The rows of each class that has some, in the order given. */
function rowsOfClasses(labels: Labels, rows: readonly number[]): Map<number, Set<number>> {
  const members = new Map<number, Set<number>>();
  for (const row of rows) {
    for (const label of classesOf(labels, row)) {
      const own = members.get(label);
      if (own === undefined) members.set(label, new Set([row]));
      else own.add(row);
    }
  }
  return members;
}

/** The class with the fewest rows left. */
function smallest(left: ReadonlyMap<number, ReadonlySet<number>>): [label: number, members: number[]] {
  const [label, members] = [...left].reduce((least, one) => (one[1].size < least[1].size ? one : least));
  return [label, [...members]];
}

/** The part with room that wants the class most. */
function partFor(parts: readonly Part[], label: number, random: Random): Part {
  const open = parts.filter(({ room }) => room > 0);
  const most = (value: (part: Part) => number, among: readonly Part[]): Part[] => {
    const best = among.reduce((largest, part) => Math.max(largest, value(part)), Number.NEGATIVE_INFINITY);
    return among.filter(part => value(part) === best);
  };
  const equal = most(
    ({ room }) => room,
    most(({ wanted }) => wanted.get(label)!, open),
  );
  return equal.length === 1 ? equal[0] : equal[random.integer(equal.length)];
}
