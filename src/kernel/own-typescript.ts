import { existsSync } from "node:fs";
import { register } from "node:module";
import { resolve } from "node:path";

const IMPORT = /\bimport\(\s*["'](\.{1,2}\/[^"']+)\.js["']/g;

/** Lets cells import TypeScript files of one's own. The hooks take time to load, so they wait for the first such import. */
export class OwnTypeScript {
  private registered = false;

  /** To be called before code runs. @param code of a compiled cell */
  expect(code: string): void {
    if (this.registered) return;
    const paths = [...code.matchAll(IMPORT)].map(match => resolve(match[1]));
    if (!paths.some(path => existsSync(`${path}.ts`) && !existsSync(`${path}.js`))) return;
    register("./typescript-files.js", import.meta.url);
    this.registered = true;
  }
}
