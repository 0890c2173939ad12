import { InvalidArgumentError } from "commander";

/** What runs were made with, by name: one of these values each. */
export type Where = readonly (readonly [name: string, values: readonly string[]])[];

/** Reads `name=value,value` of `--where`, which takes several. */
export function whereFlag(text: string, earlier: Where = []): Where {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("Expected name=values, with commas between values.");
  return [...earlier, [text.slice(0, at), text.slice(at + 1).split(",")]];
}
