import ts = require("typescript");

/** A cell as it was parsed: nothing of it is resolved. */
export interface CellSyntax {
  file: ts.SourceFile;
  /** What is no TypeScript, in the order of the text. */
  faults: readonly ts.DiagnosticWithLocation[];
}

const FILE = "/cell.ts";
const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  // A module, for in others `await (x)` is the call of a function named await.
  module: ts.ModuleKind.ESNext,
  moduleDetection: ts.ModuleDetectionKind.Force,
  noLib: true,
  noResolve: true,
  types: [],
};

/** Parses a cell by itself. */
export function parseCell(source: string): CellSyntax {
  const host: ts.CompilerHost = {
    getSourceFile: (name, options) =>
      name === FILE ? ts.createSourceFile(name, source, options, /* setParentNodes */ true) : undefined,
    getDefaultLibFileName: () => "",
    writeFile: () => {},
    getCurrentDirectory: () => "/",
    getCanonicalFileName: name => name,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => "\n",
    fileExists: name => name === FILE,
    readFile: () => undefined,
  };
  const program = ts.createProgram([FILE], OPTIONS, host);
  const file = program.getSourceFile(FILE) as ts.SourceFile;
  return { file, faults: [...program.getSyntacticDiagnostics(file), ...reexports(file)] };
}

/** `export … from "m"`, which would bring a cell nothing. */
function reexports(file: ts.SourceFile): ts.DiagnosticWithLocation[] {
  return file.statements.flatMap(statement => {
    if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier === undefined) return [];
    const start = statement.getStart(file);
    const messageText = "Cells have nobody to export to. Write 'import' for 'export' to have the names here.";
    const category = ts.DiagnosticCategory.Error;
    return [{ file, start, length: statement.end - start, code: 1000, category, messageText }];
  });
}

/**
 * A cell that is an object and nothing else, in brackets; other cells as they are. Without brackets `{ a: 1 }` is a block
 * with a label, which nobody writes.
 */
export function bracketObject(source: string): string {
  if (!/^(?:\s|\/\/.*\n|\/\*[\s\S]*?\*\/)*\{/.test(source)) return source;
  const bracketed = `(${source}\n)`;
  const { file, faults } = parseCell(bracketed);
  const [only, second] = file.statements;
  if (faults.length > 0 || second !== undefined || !ts.isExpressionStatement(only)) return source;
  const value = ts.isParenthesizedExpression(only.expression) ? only.expression.expression : only.expression;
  return ts.isObjectLiteralExpression(value) && value.properties.length > 0 ? bracketed : source;
}

/** Whether the statements of a cell wait, themselves and not in a function of theirs. */
export function waits(node: ts.Node): boolean {
  if (ts.isFunctionLike(node)) return false;
  if (ts.isAwaitExpression(node)) return true;
  if (ts.isForOfStatement(node) && node.awaitModifier !== undefined) return true;
  if (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.AwaitUsing) === ts.NodeFlags.AwaitUsing)
    return true;
  return ts.forEachChild(node, child => waits(child) || undefined) ?? false;
}
