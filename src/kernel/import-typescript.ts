import { register } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { MessageChannel } from "node:worker_threads";

/** Hooks of the loader; built, because they run in a thread of their own. */
const HOOKS = new URL("../../lib/kernel/typescript-files.js", import.meta.url);

let registered = false;

/** Imports a module of JavaScript, or of TypeScript, which may import others beside it: types are taken away, not checked. */
export async function importTypeScript(file: string): Promise<Readonly<Record<string, unknown>>> {
  if (file.endsWith(".ts") && !registered) {
    const { port1, port2 } = new MessageChannel();
    port1.unref(); // source maps come here, which nobody asks for
    register(HOOKS, { data: port2, transferList: [port2] });
    registered = true;
  }
  return import(pathToFileURL(resolve(file)).href) as Promise<Readonly<Record<string, unknown>>>;
}
