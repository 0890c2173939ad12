import type { HeadDescription } from "../hashing/head-file.js";
import { METHODS } from "./known-methods.js";
import type { Method } from "./method.js";

/** What texts call a model by. */
export interface ModelNames {
  /** Of the method. */
  readonly name: string;
  readonly title: string;
  readonly source?: string;
  readonly bits: number;
  readonly output: "codes" | "embedding";
}

/**
 * What a model is called, and what it gives.
 * @param description what head.json holds
 * @param given what it was learned by. Default: the known method of the name that head.json has
 */
export function modelNames(
  { head, fitted, config, output }: HeadDescription,
  given?: Pick<Method, "title" | "source" | "output">,
): ModelNames {
  const name = fitted?.method ?? config?.method ?? "a method of one's own";
  const method = given ?? METHODS.find(known => known.name === name);
  return {
    name,
    title: method?.title ?? name,
    source: method?.source,
    bits: fitted?.bits ?? head?.bits ?? 0,
    output: output ?? method?.output ?? "codes",
  };
}
