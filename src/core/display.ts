import { inspect } from "node:util";
import type { MimeBundle } from "./mime-bundle.js";

/** How values of a kind show themselves as the last one of a cell. */
export interface Display<T = unknown> {
  /** Names the kind, for example "figure"; a second display of the name takes the place of the first. */
  readonly name: string;
  is(value: unknown): value is T;
  mime(value: T): MimeBundle | Promise<MimeBundle>;
}

/** What a value shows of itself. */
export interface DisplayedValue {
  data: MimeBundle;
  metadata: Record<string, unknown>;
}

/** The bundle by which a value shows itself, with `text/plain` always among it. */
export async function displayOf(value: unknown): Promise<DisplayedValue> {
  return { data: { "text/plain": inspect(value) }, metadata: {} };
}
