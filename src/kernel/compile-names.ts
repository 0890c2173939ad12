import ts = require("typescript");

/**
 * What a name of a cell is to later cells: a `let` or `var` can be assigned to, another value cannot, a type has no value.
 * Of an import only the type checker knows whether it is a value or a type.
 */
export type NameKind = LiveKind | "import";
export type LiveKind = "variable" | "value" | "type";
export const IS_ASSIGNABLE: Record<LiveKind, boolean> = { variable: true, value: false, type: false };

/** The names that a cell declares for later ones, by the order in which they appear. */
export function declaredNames(file: ts.SourceFile): Map<string, NameKind> {
  const names = new Map<string, NameKind>();
  // A class and an interface of one name are a value.
  const add = (name: string, kind: NameKind): void => {
    if (!names.has(name) || names.get(name) === "type") names.set(name, kind);
  };
  for (const statement of file.statements) addStatement(statement, add);
  return names;
}

/** The names that the cell exports in words of its own, which cells need not do. */
export function exportedNames(file: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  for (const statement of file.statements) {
    if (ts.isExportDeclaration(statement) && statement.exportClause && ts.isNamedExports(statement.exportClause)) {
      for (const element of statement.exportClause.elements) names.add(element.name.text);
    } else if (ts.canHaveModifiers(statement) && hasModifier(statement, ts.SyntaxKind.ExportKeyword)) {
      if (!hasModifier(statement, ts.SyntaxKind.DefaultKeyword)) addStatement(statement, name => names.add(name));
    }
  }
  return names;
}

/** Whether a cell adds to what is known everywhere: `declare global`, `declare module "m"`. */
export function augments(file: ts.SourceFile): boolean {
  const isGlobal = (node: ts.ModuleDeclaration): boolean => (node.flags & ts.NodeFlags.GlobalAugmentation) !== 0;
  return file.statements.some(
    node => ts.isModuleDeclaration(node) && (isGlobal(node) || ts.isStringLiteral(node.name)),
  );
}

export function hasModifier(node: ts.Node, kind: ts.SyntaxKind): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node)?.some(modifier => modifier.kind === kind) ?? false);
}

type Add = (name: string, kind: NameKind) => void;

function addStatement(statement: ts.Statement, add: Add): void {
  // What is only declared has its value elsewhere.
  if (hasModifier(statement, ts.SyntaxKind.DeclareKeyword)) return;
  if (ts.isVariableStatement(statement)) addVariables(statement.declarationList, add);
  else if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) addNamed(statement, "value", add);
  else if (ts.isEnumDeclaration(statement)) addNamed(statement, "value", add);
  else if (ts.isModuleDeclaration(statement)) addNamespace(statement, add);
  else if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement))
    addNamed(statement, "type", add);
  else if (ts.isImportDeclaration(statement)) addImport(statement.importClause, add);
  else if (ts.isImportEqualsDeclaration(statement)) addNamed(statement, statement.isTypeOnly ? "type" : "import", add);
  else addHoisted(statement, add);
}

function addNamed(node: { name?: ts.Identifier }, kind: NameKind, add: Add): void {
  if (node.name !== undefined) add(node.name.text, kind);
}

function addNamespace(node: ts.ModuleDeclaration, add: Add): void {
  if (!ts.isIdentifier(node.name)) return;
  // One of types alone has no value; the others do.
  const hasValue =
    node.body !== undefined && ts.isModuleBlock(node.body) && node.body.statements.some(isValueStatement);
  add(node.name.text, hasValue || (node.body !== undefined && ts.isModuleDeclaration(node.body)) ? "value" : "type");
}

function isValueStatement(statement: ts.Statement): boolean {
  return !ts.isInterfaceDeclaration(statement) && !ts.isTypeAliasDeclaration(statement);
}

function addImport(clause: ts.ImportClause | undefined, add: Add): void {
  if (clause === undefined) return;
  const kind = clause.isTypeOnly ? "type" : "import";
  if (clause.name !== undefined) add(clause.name.text, kind);
  if (clause.namedBindings === undefined) return;
  if (ts.isNamespaceImport(clause.namedBindings)) {
    add(clause.namedBindings.name.text, kind);
    return;
  }
  for (const element of clause.namedBindings.elements) add(element.name.text, element.isTypeOnly ? "type" : kind);
}

function addVariables(list: ts.VariableDeclarationList, add: Add): void {
  const isConstant = (list.flags & (ts.NodeFlags.Const | ts.NodeFlags.Using)) !== 0;
  for (const declaration of list.declarations) addPattern(declaration.name, isConstant ? "value" : "variable", add);
}

function addPattern(name: ts.BindingName, kind: NameKind, add: Add): void {
  if (ts.isIdentifier(name)) add(name.text, kind);
  else for (const element of name.elements) if (ts.isBindingElement(element)) addPattern(element.name, kind, add);
}

/** `var` in blocks and loops belongs to the cell; in functions it does not. */
function addHoisted(node: ts.Node, add: Add): void {
  if (ts.isFunctionLike(node) || ts.isClassLike(node) || ts.isModuleDeclaration(node)) return;
  if (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.BlockScoped) === 0) addVariables(node, add);
  ts.forEachChild(node, child => addHoisted(child, add));
}
