// Module hooks (https://nodejs.org/docs/latest-v20.x/api/module.html#customization-hooks) by which cells import a notebook's
// own modules in TypeScript: `./src/rounded.js` is `./src/rounded.ts` where only that is there. They run in a thread of Node's.
import { readFile, stat } from "node:fs/promises";
import type { LoadHook, ResolveHook } from "node:module";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** What of TypeScript an import may mean, by the ending that it says. */
const ENDINGS: Readonly<Record<string, readonly string[]>> = {
  ".js": [".ts", ".tsx"],
  ".mjs": [".mts"],
  "": [".ts", ".tsx", "/index.ts"],
};

/** The file that is meant, with the time of its last change: a changed module is another, and is loaded anew. */
async function typeScriptFile(url: URL): Promise<string | undefined> {
  const [, path, ending] = /^(.*?)(\.m?js|)$/.exec(url.pathname) ?? [];
  const names = /\.m?tsx?$/.test(url.pathname) ? [url.pathname] : (ENDINGS[ending] ?? []).map(end => `${path}${end}`);
  for (const name of names) {
    const file = new URL(`file://${name}`);
    const found = await stat(file).catch(() => undefined);
    if (found?.isFile()) return `${file.href}?changed=${found.mtimeMs}`;
  }
  return undefined;
}

export const resolve: ResolveHook = async (specifier, context, next) => {
  const isFile = /^(\.{0,2}\/|file:)/.test(specifier) && context.parentURL?.startsWith("file:") === true;
  const url = isFile ? new URL(specifier, context.parentURL) : undefined;
  try {
    if (url === undefined || !/\.m?tsx?$/.test(url.pathname)) return await next(specifier, context);
  } catch (error) {
    if (url === undefined) throw error;
    const meant = await typeScriptFile(url);
    if (meant === undefined) throw error;
    return { url: meant, format: "module", shortCircuit: true };
  }
  const meant = await typeScriptFile(url);
  return meant === undefined ? next(specifier, context) : { url: meant, format: "module", shortCircuit: true };
};

export const load: LoadHook = async (url, context, next) => {
  const { protocol, pathname } = new URL(url);
  if (protocol !== "file:" || !/\.m?tsx?$/.test(pathname)) return next(url, context);
  const file = fileURLToPath(new URL(`file://${pathname}`));
  const { outputText } = ts.transpileModule(await readFile(file, "utf8"), {
    fileName: file,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      jsx: ts.JsxEmit.React,
      inlineSourceMap: true,
      inlineSources: true,
    },
  });
  return { format: "module", source: outputText, shortCircuit: true };
};
