import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageFolder } from "./paths.js";

/** The version of this package, recorded in every manifest and record. */
export const version: string = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8")).version;
