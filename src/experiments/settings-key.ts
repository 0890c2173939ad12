import { createHash } from "node:crypto";
import type { Computation } from "./computation.js";

/** Twelve hexadecimal digits that stand for a config without its seed. */
export function settingsKey({ seed: _, ...settings }: Computation["config"]): string {
  const sortKeys = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return entries.map(([name, one]) => [name, sortKeys(one)]);
  };
  return createHash("sha256")
    .update(JSON.stringify(sortKeys(settings)))
    .digest("hex")
    .slice(0, 12);
}
