import ts = require("typescript");

import { cellTransformer, dropEmptyExport } from "./compile-emit.js";
import {
  type EmitPlan,
  type ImportPlace,
  importPlaces,
  interopFunction,
  isImport,
  isValueImport,
  waitsForImports,
} from "./compile-imports.js";
import { IS_ASSIGNABLE, type LiveKind, type NameKind } from "./compile-names.js";
import { waits } from "./compile-syntax.js";
import type { CompiledCell } from "./thread-messages.js";

/** A checked cell, and what is to be known of it to make JavaScript of it. */
export interface CheckedCell extends EmitPlan {
  program: ts.Program;
  file: ts.SourceFile;
  source: string;
  /** Its name in source maps: "cell 3". */
  title: string;
  /** The names it declares. */
  names: ReadonlyMap<string, LiveKind>;
}

/** Makes the function of a cell. */
export function emitCell(cell: CheckedCell): Omit<CompiledCell, "warnings"> {
  const own = cell.file.statements.filter(statement => statement.getStart(cell.file) < cell.length);
  const isAsync = own.some(waits) || waitsForImports(own, cell) || endsInPromise(own, cell.checker);
  const { code, map } = emitFile(cell);
  const { names, bind, require } = cell.made;
  const head = [
    `(${isAsync ? "async " : ""}function (${names}, ${require}, ${bind}) { "use strict";`,
    own.some(isImport) ? interopFunction(cell.made) : "",
    // A block of its own: the cell may declare names that parameters have.
    "{",
    accessors(cell, importPlaces(own, cell)),
  ];
  return { code: `${head.join(" ")}\n${code}\n}})`, map: mapOfCell(map, cell), isAsync };
}

/** Whether the value of a cell is to come: then the cell waits for it, as it does where it waits for anything else. */
function endsInPromise(own: readonly ts.Statement[], checker: ts.TypeChecker): boolean {
  const last = own.at(-1);
  if (last === undefined || !ts.isExpressionStatement(last)) return false;
  const type = checker.getTypeAtLocation(last.expression);
  const parts = type.isUnion() ? type.types : [type];
  return parts.some(part => checker.getPropertyOfType(part, "then") !== undefined);
}

/** The names and what they are to later cells: of imports, values and types are told apart. */
export function resolvedNames(
  names: ReadonlyMap<string, NameKind>,
  file: ts.SourceFile,
  checker: ts.TypeChecker,
): Map<string, LiveKind> {
  const values = new Set<string>();
  const visit = (node: ts.Node): void => {
    const isNamed = ts.isImportSpecifier(node) || ts.isImportClause(node) || ts.isNamespaceImport(node);
    if ((isNamed || ts.isImportEqualsDeclaration(node)) && node.name !== undefined) {
      if (ts.isNamespaceImport(node) || isValueImport(node.name, checker)) values.add(node.name.text);
    }
    ts.forEachChild(node, visit);
  };
  for (const statement of file.statements) if (isImport(statement)) visit(statement);
  const kindOf = (name: string, kind: NameKind): LiveKind =>
    kind === "import" ? (values.has(name) ? "value" : "type") : kind;
  return new Map([...names].map(([name, kind]) => [name, kindOf(name, kind)]));
}

function accessors({ names, made }: CheckedCell, imported: ReadonlyMap<string, ImportPlace>): string {
  const calls: string[] = [];
  for (const [name, kind] of names) {
    if (kind === "type") continue;
    const place = imported.get(name);
    const value = place === undefined ? name : `${place.module}[${JSON.stringify(place.name)}]`;
    const setter = IS_ASSIGNABLE[kind] ? `, value => { ${name} = value; }` : "";
    calls.push(`${made.bind}(${JSON.stringify(name)}, () => ${value}${setter});`);
  }
  return calls.join(" ");
}

function emitFile(cell: CheckedCell): { code: string; map: string } {
  let code = "";
  let map = "";
  const write: ts.WriteFileCallback = (name, text) => {
    if (name.endsWith(".map")) map = text;
    else code = text;
  };
  const transformers = { before: [cellTransformer(cell)], after: [dropEmptyExport] };
  cell.program.emit(cell.file, write, undefined, false, transformers);
  return { code: code.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, ""), map };
}

/** The cell's text takes the place of its file, and a line is added for the head of the function. */
function mapOfCell(map: string, cell: CheckedCell): string {
  const parsed = JSON.parse(map) as { mappings: string; names: string[] };
  return JSON.stringify({
    version: 3,
    sources: [cell.title],
    sourcesContent: [cell.source],
    names: parsed.names,
    mappings: `;${parsed.mappings}`,
  });
}
