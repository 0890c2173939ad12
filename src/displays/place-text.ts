import { relative } from "node:path";

/** A path as people see it: from where they are, where that is shorter. */
export function placeText(path: string): string {
  const fromHere = relative(process.cwd(), path) || ".";
  return fromHere.length < path.length ? fromHere : path;
}
