// Hooks of Node's loader (`module.register`), in a thread of their own: `./src/rounded.js`, where there is none but a
// `rounded.ts` beside, is that file, compiled. A changed file is another module, and so is one that imports it: importing
// it again brings what it says now.
import { readFileSync, statSync } from "node:fs";
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

/**
 * The source that stands for a module of a path that is not there: `./rounded.ts`, and for `./rounded.js` and `./rounded`
 * too. Undefined where none does.
 */
export function typeScriptOf(specifier: string, parent: string | URL): URL | undefined {
  if (!OWN_PATH.test(specifier) || (!specifier.endsWith(".ts") && existsAsFile(new URL(specifier, parent)))) {
    return undefined;
  }
  const source = new URL(specifier.replace(/(\.[jt]s)?$/, ".ts"), parent);
  return existsAsFile(source) ? source : undefined;
}

/** A relative path that ends in `.js`, `.ts` or no ending. */
const OWN_PATH = /^\.{1,2}\/(.*\/)?([^/]+\.[jt]s|[^./]+)$/;

function existsAsFile(url: URL): boolean {
  return statSync(url, { throwIfNoEntry: false })?.isFile() ?? false;
}

/**
 * When a source or one that it imports was changed last, in ms: a module that imports a changed one must be made anew
 * too, or it goes on with the old one.
 */
function lastChange(source: URL, known = new Set<string>()): number {
  if (known.has(source.href)) return 0;
  known.add(source.href);
  const imported = ts.preProcessFile(readFileSync(source, "utf8"), true, true).importedFiles;
  const changes = imported.flatMap(({ fileName }) => {
    const own = typeScriptOf(fileName, source);
    return own === undefined ? [] : [lastChange(own, known)];
  });
  return Math.max(statSync(source).mtimeMs, ...changes);
}

export const resolve: ResolveHook = (specifier, context, next) => {
  const source = context.parentURL?.startsWith("file:") ? typeScriptOf(specifier, context.parentURL) : undefined;
  if (source === undefined) return next(specifier, context);
  source.search = `${lastChange(source)}`;
  return { url: source.href, format: "module", shortCircuit: true };
};

export const load: LoadHook = async (url, context, next) => {
  const source = new URL(url);
  if (source.protocol !== "file:" || !source.pathname.endsWith(".ts")) return next(url, context);
  const fileName = fileURLToPath(source);
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, sourceMap: true };
  const { outputText, sourceMapText, diagnostics } = ts.transpileModule(await readFile(source, "utf8"), {
    fileName,
    compilerOptions,
    reportDiagnostics: true,
  });
  if (diagnostics !== undefined && diagnostics.length > 0) throw new SyntaxError(placeAndFault(diagnostics[0]));
  if (sourceMapText !== undefined) tellMap({ file: fileName, map: sourceMapText });
  return { format: "module", source: outputText, shortCircuit: true };
};

/** `/home/me/rounded.ts:2:21: ',' expected.` */
function placeAndFault({ file, start = 0, messageText }: ts.Diagnostic): string {
  const text = ts.flattenDiagnosticMessageText(messageText, " ");
  if (file === undefined) return text;
  const { line, character } = file.getLineAndCharacterOfPosition(start);
  return `${file.fileName}:${line + 1}:${character + 1}: ${text}`;
}
