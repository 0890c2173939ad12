import type { HashModel } from "../hashing/hash-model.js";

/** The option that names a method of one's own, for models fitted by it. */
export const METHOD_FILE: readonly [string, string] = [
  "--method <file>",
  "the file that defines the model's method, where it is a fit of your own",
];

/** The model in a folder. @param method file of a method of one's own */
export async function openModel(folder: string, method: string | undefined): Promise<HashModel> {
  const { loadModel } = await import("../methods/model-file.js");
  if (method === undefined) return loadModel(folder);
  const { loadMethod } = await import("../methods/load-method.js");
  return loadModel(folder, { method: await loadMethod(method) });
}
