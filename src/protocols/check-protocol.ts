import { isLabelled } from "../core/labels.js";
import type { Dataset } from "../datasets/dataset.js";
import type { Role, Split } from "../datasets/roles.js";
import type { SplitOverlaps } from "../datasets/split-overlaps.js";
import { splitOverlaps } from "../datasets/split-overlaps.js";
import type { Protocol, ProtocolVariant } from "./protocol.js";
import type { ProtocolCount } from "./protocol-counts.js";
import { otherCounts, overlapCounts } from "./protocol-counts.js";

/** What of a dataset is as its protocol has it. */
export interface ProtocolCheck {
  readonly protocol: string;
  readonly title: string;
  readonly agrees: readonly ProtocolCount[];
  readonly differs: readonly ProtocolCount[];
  readonly notKnown: readonly ProtocolCount[];
  /** Which lists these are, where they are not the protocol's and known all the same. */
  readonly variant?: string;
  readonly traps: readonly string[];
}

/** What roles are counted by. */
interface RoleCounts {
  readonly sizes: Readonly<Record<Role, number>>;
  readonly overlaps: SplitOverlaps;
  readonly unlabelledQueries: number;
}

/** A dataset that has roles. */
export type DatasetInRoles = Pick<Dataset, "classNames" | "labels" | "listed"> & { readonly roles: Split };

/** Lists are counted as they stand, whether or not their images are there. */
function countRoles({ labels, listed, roles }: DatasetInRoles): RoleCounts {
  if (listed === undefined) {
    const { query, train, database } = roles;
    const unlabelledQueries = query.filter(row => !isLabelled(labels, row)).length;
    const sizes = { query: query.length, train: train.length, database: database.length };
    return { sizes, overlaps: splitOverlaps(roles), unlabelledQueries };
  }
  const size = (role: Role): number => listed.lists.find(list => list.role === role)?.images ?? 0;
  const sizes = { query: size("query"), train: size("train"), database: size("database") };
  return { sizes, overlaps: listed.overlaps, unlabelledQueries: listed.unlabelled.query };
}

/** Holds a dataset against the protocol that it is opened by: no image is read, and nothing is refused. */
export function checkProtocol(protocol: Protocol, dataset: DatasetInRoles): ProtocolCheck {
  const { name, title, expected, traps } = protocol;
  const { sizes, overlaps, unlabelledQueries } = countRoles(dataset);
  const counts: ProtocolCount[] = [
    { what: "query", found: sizes.query, expected: expected.query },
    { what: "train", found: sizes.train, expected: expected.train },
    { what: "database", found: sizes.database, expected: expected.database },
    { what: "classes", found: dataset.classNames.length, expected: expected.classes },
    ...overlapCounts(protocol, overlaps),
    { what: "queries without a label", found: unlabelledQueries, expected: protocol.unlabelledQueries ?? 0 },
  ];
  const differs = otherCounts(counts);
  const variant = differs.length === 0 ? undefined : protocol.variants?.find(isVariant(counts));
  return {
    protocol: name,
    title,
    agrees: counts.filter(count => count.found === count.expected),
    differs,
    notKnown: counts.filter(count => count.expected === undefined),
    ...(variant === undefined ? {} : { variant: variant.title }),
    traps,
  };
}

function isVariant(counts: readonly ProtocolCount[]): (variant: ProtocolVariant) => boolean {
  const found = new Map(counts.map(count => [count.what, count.found]));
  return ({ counts: known, unlabelledQueries }) =>
    Object.entries(known).every(([what, count]) => count === undefined || found.get(what) === count) &&
    (unlabelledQueries === undefined || found.get("queries without a label") === unlabelledQueries);
}

/** A check for people: what agrees, what differs, whose lists these are else, and what to know of the protocol. */
export function protocolCheckLines({ protocol, agrees, differs, notKnown, variant, traps }: ProtocolCheck): string[] {
  const textOf = (counts: readonly ProtocolCount[]): string =>
    counts.map(({ what, found }) => `${found} ${what}`).join(", ");
  const other = differs.map(({ what, found, expected }) => `${found} ${what} instead of ${expected}`);
  return [
    `protocol ${protocol}: ${other.length === 0 ? "as published" : `differs: ${other.join(", ")}`}`,
    ...(variant === undefined ? [] : [`  these counts are of other lists of that name: ${variant}`]),
    ...(agrees.length === 0 ? [] : [`  as published: ${textOf(agrees)}`]),
    ...(notKnown.length === 0 ? [] : [`  not known of the published lists: here ${textOf(notKnown)}`]),
    ...traps.map(trap => `  note: ${trap}`),
  ];
}
