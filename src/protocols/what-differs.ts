import type { Role, Split } from "../datasets/roles.js";
import type { SplitRows } from "../datasets/split-overlaps.js";
import { splitOverlaps } from "../datasets/split-overlaps.js";
import { isDrawnHere } from "./drawn-roles.js";
import type { Protocol } from "./protocol.js";
import { otherCounts, overlapCounts } from "./protocol-counts.js";
import type { PublishedFigure } from "./published-figure.js";

/** What a figure of one's own was measured on. */
export interface MeasuredOn {
  readonly counts: {
    readonly query: number;
    readonly database: number;
    /** Absent: not known. */
    readonly train?: number;
    readonly classes?: number;
  };
  /**
   * Whose the roles are, and where they come from; absent: not known. Its rows, of which `counts` may be a part, say how
   * they overlap.
   */
  readonly roles?: Pick<Split, "name" | "asPublished"> & Partial<Pick<Split, Role>>;
  /** The network behind the features; absent: not known. */
  readonly backbone?: string;
  /** Whether its weights were tuned on such data. Default false: frozen. */
  readonly fineTuned?: boolean;
  /** True for images that were made, not photographed. */
  readonly synthetic?: boolean;
}

/** What the R of a protocol is called in tables and published figures: `mAP@5000`, `mAP@all`. */
export function headlineName({ cutoff = "all" }: Pick<Protocol, "cutoff"> | { readonly cutoff: "all" }): string {
  return `mAP@${cutoff}`;
}

/**
 * The published figures that a figure of one's own can stand beside: of the protocol's mAP@R, at that length.
 * @param of.method Default: all methods
 */
export function publishedBeside(
  protocol: Pick<Protocol, "cutoff" | "published">,
  of: { readonly method?: string; readonly bits: number | null },
): PublishedFigure[] {
  const { method, bits } = of;
  return protocol.published.filter(
    figure =>
      figure.metric === headlineName(protocol) &&
      figure.bits === bits &&
      (method === undefined || figure.method === method),
  );
}

/** Where a published figure is from, in words: to stand beside it wherever it is shown. */
export function figureText({ backbone, source, fromMemory }: PublishedFigure): string {
  return `${backbone}; ${source}${fromMemory ? "; from memory, not looked up" : ""}`;
}

/** Why a figure that was measured here is not to be held against the published ones without a thought, a sentence each. */
export function whatDiffers(
  protocol: Protocol,
  { counts, roles, backbone, fineTuned = false, synthetic = false }: MeasuredOn,
): string[] {
  const said: string[] = [];
  const name = roles?.name;
  if (name === undefined) said.push("Nothing says that the images have the roles of this protocol.");
  else if (name !== protocol.name) said.push(`The images have the roles of another protocol, ${name}.`);
  if (synthetic) said.push("The images were made here, and say nothing of photographs.");
  if (backbone !== undefined) {
    const networks = [...new Set(protocol.published.map(figure => figure.backbone))];
    const published = networks.length === 0 ? "" : `; the published: ${networks.join("; ")}`;
    said.push(`Here: features of ${backbone}, ${fineTuned ? "fine-tuned" : "frozen"}${published}.`);
  }
  const counted = ["query", "train", "database", "classes"] as const;
  const other = counted.flatMap(what => {
    const found = counts[what];
    return found === undefined ? [] : otherCounts([{ what, found, expected: protocol.expected[what] }]);
  });
  if (other.length > 0) {
    const text = other.map(
      ({ what, found, expected }) => `${what} ${countText(found)} instead of ${countText(expected!)}`,
    );
    said.push(`Other counts than the protocol's: ${text.join(", ")}.`);
  } else if (roles !== undefined && name === protocol.name && isDrawnHere(roles)) {
    said.push("The lists were drawn here by the protocol's rule: the images of each role are others.");
  }
  return [...said, ...overlapsThatDiffer(protocol, roles)];
}

/** All queries in the database are all, however many there are: their number alone is told with the counts. */
function overlapsThatDiffer(protocol: Protocol, { query, train, database }: Partial<SplitRows> = {}): string[] {
  if (query === undefined || train === undefined || database === undefined) return [];
  const sizes = { query: query.length, train: train.length };
  const expected = { ...protocol.expected, ...sizes };
  const other = otherCounts(overlapCounts({ ...protocol, expected }, splitOverlaps({ query, train, database })));
  if (other.length === 0) return [];
  const text = other.map(
    ({ what, found, expected: all }) =>
      `${countText(found)} ${what} instead of ${all === 0 ? "none" : `all ${countText(all!)}`}`,
  );
  return [`The roles overlap otherwise than the protocol's: ${text.join(", ")}.`];
}

const countText = (count: number): string => count.toLocaleString("en");
