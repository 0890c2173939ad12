import { readFile } from "node:fs/promises";

/**
 * What a file of JavaScript or TypeScript imports that a machine with nothing but Node does not have: other files, packages.
 * Types do not count.
 */
export async function importsBeyondNode(file: string): Promise<string[]> {
  const { default: ts } = await import("typescript");
  const text = await readFile(file, "utf8");
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  const types = source.statements.flatMap(statement =>
    ts.isImportDeclaration(statement) && statement.importClause?.isTypeOnly ? [statement.moduleSpecifier] : [],
  );
  const typeNames = new Set(types.flatMap(name => (ts.isStringLiteral(name) ? [name.text] : [])));
  const imported = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
  return imported.filter(name => !name.startsWith("node:") && !typeNames.has(name));
}
