import { existsSync } from "node:fs";
import { register } from "node:module";
import { resolve } from "node:path";
import { MessageChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import type { OwnSourceMap } from "./typescript-files.js";

const IMPORT = /\bimport\(\s*["'](\.{1,2}\/[^"']+?)(?:\.[jt]s)?["']/g;

/** Lets cells import TypeScript files of one's own. The hooks take time to load, so they wait for the first such import. */
export class OwnTypeScript {
  private maps: MessagePort | undefined;

  /** To be called before code runs. @param code of a compiled cell */
  expect(code: string): void {
    if (this.maps !== undefined) return;
    const paths = [...code.matchAll(IMPORT)].map(match => resolve(match[1]));
    if (!paths.some(path => existsSync(`${path}.ts`) && !existsSync(`${path}.js`))) return;
    const { port1, port2 } = new MessageChannel();
    register("./typescript-files.js", import.meta.url, { data: port2, transferList: [port2] });
    port1.unref();
    this.maps = port1;
  }

  /** Source maps of the files that have been compiled since this was last asked. */
  newMaps(): OwnSourceMap[] {
    const found: OwnSourceMap[] = [];
    if (this.maps === undefined) return found;
    for (let one = receiveMessageOnPort(this.maps); one !== undefined; one = receiveMessageOnPort(this.maps)) {
      found.push(one.message as OwnSourceMap);
    }
    return found;
  }
}
