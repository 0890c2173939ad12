// Hooks of Node's loader (`module.register`), in a thread of their own: `./src/rounded.js`, where there is none but a
// `rounded.ts` beside, is that file, compiled. A changed file is another module: importing it again brings what it says now.
import { existsSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { InitializeHook, LoadHook, ResolveHook } from "node:module";
import { fileURLToPath } from "node:url";
import type { MessagePort } from "node:worker_threads";
import ts from "typescript";

/** What tells lines of a file from those of the JavaScript it became. */
export interface OwnSourceMap {
  file: string;
  /** JSON. */
  map: string;
}

let tellMap: (map: OwnSourceMap) => void = () => {};

export const initialize: InitializeHook<MessagePort> = port => {
  tellMap = map => port.postMessage(map);
};

/** The source that stands for a module of a path that is not there; undefined where none does. */
export function typeScriptOf(specifier: string, parent: string | URL): URL | undefined {
  if (!/^\.{1,2}\/.*\.[jt]s$/.test(specifier)) return undefined;
  if (specifier.endsWith(".js") && existsSync(new URL(specifier, parent))) return undefined;
  const source = new URL(specifier.replace(/\.js$/, ".ts"), parent);
  return existsSync(source) ? source : undefined;
}

export const resolve: ResolveHook = (specifier, context, next) => {
  const source = context.parentURL?.startsWith("file:") ? typeScriptOf(specifier, context.parentURL) : undefined;
  if (source === undefined) return next(specifier, context);
  source.search = `${statSync(source).mtimeMs}`;
  return { url: source.href, format: "module", shortCircuit: true };
};

export const load: LoadHook = async (url, context, next) => {
  const source = new URL(url);
  if (source.protocol !== "file:" || !source.pathname.endsWith(".ts")) return next(url, context);
  const fileName = fileURLToPath(source);
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, sourceMap: true };
  const { outputText, sourceMapText } = ts.transpileModule(await readFile(source, "utf8"), {
    fileName,
    compilerOptions,
  });
  if (sourceMapText !== undefined) tellMap({ file: fileName, map: sourceMapText });
  return { format: "module", source: outputText, shortCircuit: true };
};
