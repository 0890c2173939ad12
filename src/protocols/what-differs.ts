import type { Split } from "../datasets/roles.js";
import { isDrawnHere } from "./drawn-roles.js";
import type { Protocol } from "./protocol.js";
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
  /** Whose the roles are, and where they come from; absent: not known. */
  readonly roles?: Pick<Split, "name" | "asPublished">;
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
    const [here, there] = [counts[what], protocol.expected[what]];
    return here === undefined || there === undefined || here === there
      ? []
      : [`${what} ${countText(here)} instead of ${countText(there)}`];
  });
  if (other.length > 0) said.push(`Other counts than the protocol's: ${other.join(", ")}.`);
  else if (roles !== undefined && name === protocol.name && isDrawnHere(roles)) {
    said.push("The lists were drawn here by the protocol's rule: the images of each role are others.");
  }
  return said;
}

const countText = (count: number): string => count.toLocaleString("en");
