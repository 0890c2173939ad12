import type { Notebook } from "./nbformat.js";

/**
 * Whether a notebook says that it needs nothing another notebook makes, by `"hashbook": { "standsAlone": true }` in its
 * metadata: then it may be executed beside others. What is made by both is made once, under a lock.
 */
export function standsAlone({ metadata }: Pick<Notebook, "metadata">): boolean {
  const { hashbook } = metadata as { hashbook?: { standsAlone?: unknown } };
  return hashbook?.standsAlone === true;
}
