// What notebooks import: `import * as hb from "../lib/index.js"`.
export * from "./core/arrays.js";
export * from "./core/errors.js";
export * from "./core/npy.js";
export * from "./core/paths.js";
export * from "./core/progress.js";
export * from "./core/random.js";
