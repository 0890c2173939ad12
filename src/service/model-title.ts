import { METHODS } from "../methods/known-methods.js";

/** A model for people: `HashNet, 48 bits`. @param method its name, known or one's own */
export function modelTitle(method: string, bits: number): string {
  const known = METHODS.find(({ name }) => name === method);
  return `${known?.title ?? method}, ${bits} bits`;
}

/** What models are called in addresses: the last part of each path, numbered where it comes again. */
export function modelIds(folders: readonly string[]): string[] {
  const used = new Map<string, number>();
  return folders.map(folder => {
    const last =
      folder
        .split(/[\\/]+/)
        .filter(part => part !== "")
        .at(-1) ?? "";
    const name = last.replaceAll(/[^A-Za-z0-9._-]+/g, "-") || "model";
    const times = (used.get(name) ?? 0) + 1;
    used.set(name, times);
    return times === 1 ? name : `${name}-${times}`;
  });
}
