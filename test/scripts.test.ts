// Scripts that are not compiled (tools/, bench/, and those that tests start) import files and names that are there: nothing
// else would say so before someone runs them.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, extname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDERS = ["bench", "bin", "jupyter", "test", "tools"];

interface ImportedNames {
  readonly from: string;
  /** Those that must be exported there; of a namespace, those that are read of it cannot be told. */
  readonly names: readonly string[];
}

const scripts = FOLDERS.flatMap(folder =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter(file => /\.m?js$/.test(file) && !file.includes("node_modules"))
    .map(file => join(folder, file)),
);

function parsed(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
}

/** Relative imports of a file: `import`, `export … from`, `import()` of a text, with the names that are taken apart at once. */
function relativeImports(source: ts.SourceFile): ImportedNames[] {
  const found: ImportedNames[] = [];
  const add = (specifier: ts.Node | undefined, names: readonly string[]): void => {
    if (specifier !== undefined && ts.isStringLiteralLike(specifier) && specifier.text.startsWith(".")) {
      found.push({ from: specifier.text, names });
    }
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, namesOfImport(node.importClause));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, namesOfExport(node.exportClause));
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], namesOfPattern(node));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function namesOfImport(clause: ts.ImportClause | undefined): string[] {
  const bindings = clause?.namedBindings;
  const named = bindings !== undefined && ts.isNamedImports(bindings) ? bindings.elements : [];
  return [
    ...(clause?.name === undefined ? [] : ["default"]),
    ...named.map(({ name, propertyName }) => (propertyName ?? name).text),
  ];
}

function namesOfExport(clause: ts.NamedExportBindings | undefined): string[] {
  if (clause === undefined || !ts.isNamedExports(clause)) return [];
  return clause.elements.map(({ name, propertyName }) => (propertyName ?? name).text);
}

/** Of `const { a, b } = await import(…)`. */
function namesOfPattern(call: ts.CallExpression): string[] {
  const declaration = ts.isAwaitExpression(call.parent) ? call.parent.parent : undefined;
  if (declaration === undefined || !ts.isVariableDeclaration(declaration)) return [];
  if (!ts.isObjectBindingPattern(declaration.name)) return [];
  return declaration.name.elements.map(({ name, propertyName }) => (propertyName ?? name).getText());
}

/** What a relative import is of: of `lib/`, which may not be built, the file of `src/` that it is made from. */
function fileOf(script: string, from: string): string {
  const file = resolve(ROOT, dirname(script), from);
  const inLib = relative(join(ROOT, "lib"), file);
  if (inLib.startsWith("..")) return file;
  const made = join(ROOT, "src", inLib);
  return extname(made) === ".js" ? made.replace(/\.js$/, ".ts") : made;
}

const known = new Map<string, ReadonlySet<string>>();

/** Names that a file exports, those of `export * from` too. */
function exportsOf(file: string): ReadonlySet<string> {
  let names = known.get(file) as Set<string> | undefined;
  if (names !== undefined) return names;
  names = new Set();
  known.set(file, names);
  for (const statement of parsed(file).statements) {
    if (ts.isExportAssignment(statement)) names.add("default");
    else if (ts.isExportDeclaration(statement)) {
      if (statement.exportClause !== undefined && ts.isNamedExports(statement.exportClause)) {
        for (const { name } of statement.exportClause.elements) names.add(name.text);
      } else if (statement.exportClause !== undefined) names.add(statement.exportClause.name.text);
      else {
        const from = (statement.moduleSpecifier as ts.StringLiteral).text;
        const other = resolve(dirname(file), from);
        const there = existsSync(other) ? other : other.replace(/\.js$/, ".ts");
        for (const name of exportsOf(there)) names.add(name);
      }
    } else if (ts.canHaveModifiers(statement)) {
      const kinds = ts.getModifiers(statement)?.map(({ kind }) => kind) ?? [];
      if (!kinds.includes(ts.SyntaxKind.ExportKeyword)) continue;
      if (kinds.includes(ts.SyntaxKind.DefaultKeyword)) names.add("default");
      else if (ts.isVariableStatement(statement)) {
        for (const { name } of statement.declarationList.declarations) for (const one of namesIn(name)) names.add(one);
      } else if ("name" in statement && statement.name !== undefined) names.add((statement.name as ts.Identifier).text);
    }
  }
  return names;
}

function namesIn(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap(element => (ts.isBindingElement(element) ? namesIn(element.name) : []));
}

describe("scripts import what is there", () => {
  it.each(scripts.map(script => [script]))("%s", script => {
    const missing = relativeImports(parsed(join(ROOT, script))).flatMap(({ from, names }) => {
      const file = fileOf(script, from);
      if (!existsSync(file)) return [`${from}: no such file`];
      if (!/\.(m?js|ts)$/.test(file)) return [];
      const there = exportsOf(file);
      return names.filter(name => !there.has(name)).map(name => `${from}: exports no ${name}`);
    });
    expect(missing).toEqual([]);
  });
});
