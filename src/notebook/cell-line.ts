import { createRequire, SourceMap } from "node:module";
import { join } from "node:path";
import type ts from "typescript";
import { tslabFolder } from "./kernel-process.js";

type TypeScript = typeof ts;

/** Names that a cell declares at its top level; tslab appends an export of all of them. */
function declaredNames(ts: TypeScript, source: string): string[] {
  const names: string[] = [];
  const add = (name: ts.Node | undefined): void => {
    if (name === undefined) return;
    if (ts.isIdentifier(name)) names.push(name.text);
    else if (ts.isObjectBindingPattern(name) || ts.isArrayBindingPattern(name)) {
      for (const element of name.elements) if (ts.isBindingElement(element)) add(element.name);
    }
  };
  for (const statement of ts.createSourceFile("cell.ts", source, ts.ScriptTarget.ES2022).statements) {
    if (ts.isVariableStatement(statement)) for (const d of statement.declarationList.declarations) add(d.name);
    else if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) add(statement.name);
    else if (ts.isEnumDeclaration(statement)) add(statement.name);
    else if (ts.isImportDeclaration(statement)) {
      const clause = statement.importClause;
      add(clause?.name);
      const bindings = clause?.namedBindings;
      if (bindings && ts.isNamespaceImport(bindings)) add(bindings.name);
      else if (bindings) for (const element of bindings.elements) add(element.name);
    }
  }
  return [...new Set(names)];
}

function transpileCell(
  ts: TypeScript,
  code: string,
  fileName: string,
  module: ts.ModuleKind,
): { js: string; map: SourceMap } {
  const { outputText, sourceMapText } = ts.transpileModule(code, {
    fileName,
    compilerOptions: {
      module,
      target: ts.ScriptTarget.ES2022,
      esModuleInterop: true,
      experimentalDecorators: true,
      noImplicitUseStrict: true,
      sourceMap: true,
      ...{ ignoreDeprecations: "5.0" },
    },
  });
  return { js: outputText, map: new SourceMap(JSON.parse(sourceMapText as string)) };
}

/**
 * The line of a cell that belongs to a place in the JavaScript tslab made of it. tslab keeps no source map, so
 * its two steps (to ES modules, then to CommonJS) are done again with its own compiler, this time with maps.
 * @param line line in the JavaScript, from 1
 * @param column column in the JavaScript, from 1
 * @returns line in the cell, from 1; undefined when the place belongs to no line of the cell
 */
export function cellLine(source: string, line: number, column: number): number | undefined {
  const tslab = createRequire(join(tslabFolder(), "package.json"));
  const ts = tslab("@tslab/typescript-for-tslab") as TypeScript;
  const names = declaredNames(ts, source);
  const exported = names.length === 0 ? "" : `\nexport {${names.join(", ")}}`;
  const toModule = transpileCell(ts, `export {};\n${source}${exported}`, "cell.ts", ts.ModuleKind.ESNext);
  const toCommonJs = transpileCell(ts, toModule.js, "cell.js", ts.ModuleKind.CommonJS);
  const inModule = toCommonJs.map.findEntry(line - 1, column - 1);
  if (!("originalLine" in inModule)) return undefined;
  const inCell = toModule.map.findEntry(inModule.originalLine, inModule.originalColumn);
  if (!("originalLine" in inCell)) return undefined;
  // The first line is our own `export {};`, and lines count from 0 here.
  const found = inCell.originalLine;
  return found >= 1 && found <= source.split("\n").length ? found : undefined;
}
