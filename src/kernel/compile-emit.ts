// A cell becomes the body of a function. Names of earlier cells are looked up when they are used (`$names.x`), so that they
// mean what the name means then; its own are told of by accessors at the head of the function, so that closures and later
// cells share one variable, and what a throwing cell did not reach shows by the error its accessor throws.
import ts = require("typescript");

import { type EmitPlan, type ImportPlace, importPlaces, importStatements, isImport } from "./compile-imports.js";
import { hasModifier } from "./compile-names.js";

/** Turns a cell's file into the statements of a function's body. */
export function cellTransformer(plan: EmitPlan): ts.TransformerFactory<ts.SourceFile> {
  return context => file => {
    const { factory } = context;
    const own = file.statements.filter(statement => statement.getStart(file) < plan.length);
    const visit = referenceVisitor({ ...plan, imported: importPlaces(own, plan) }, context);
    const body = own.flatMap((statement, index) => {
      if (isImport(statement) || ts.isExportDeclaration(statement)) return [];
      if (ts.isExportAssignment(statement)) return [valueStatement(statement, statement.expression)];
      const bare = withoutExport(statement, factory);
      if (index < own.length - 1 || !ts.isExpressionStatement(bare)) return [ts.visitNode(bare, visit) as ts.Statement];
      return [valueStatement(bare, bare.expression)];
    });
    function valueStatement(statement: ts.Statement, expression: ts.Expression): ts.Statement {
      const value = factory.createReturnStatement(ts.visitNode(expression, visit) as ts.Expression);
      return ts.setOriginalNode(ts.setTextRange(value, statement), statement);
    }
    const imports = importStatements(own, plan, factory);
    return factory.updateSourceFile(file, [...imports, ...body]);
  };
}

/** Drops the empty `export {}` that TypeScript leaves at the end of modules. */
export const dropEmptyExport: ts.TransformerFactory<ts.SourceFile> = context => file =>
  context.factory.updateSourceFile(
    file,
    file.statements.filter(statement => !ts.isExportDeclaration(statement)),
  );

function withoutExport(statement: ts.Statement, factory: ts.NodeFactory): ts.Statement {
  if (!hasModifier(statement, ts.SyntaxKind.ExportKeyword)) return statement;
  const kept = (ts.canHaveModifiers(statement) ? (statement.modifiers ?? []) : []).filter(
    modifier => modifier.kind !== ts.SyntaxKind.ExportKeyword && modifier.kind !== ts.SyntaxKind.DefaultKeyword,
  );
  const modifiers = kept as ts.Modifier[];
  if (ts.isVariableStatement(statement)) {
    return factory.updateVariableStatement(statement, modifiers, statement.declarationList);
  }
  if (ts.isFunctionDeclaration(statement)) {
    const { asteriskToken, name, typeParameters, parameters, type, body } = statement;
    return factory.updateFunctionDeclaration(
      statement,
      modifiers,
      asteriskToken,
      name,
      typeParameters,
      parameters,
      type,
      body,
    );
  }
  if (ts.isClassDeclaration(statement)) {
    const { name, typeParameters, heritageClauses, members } = statement;
    return factory.updateClassDeclaration(statement, kept, name, typeParameters, heritageClauses, members);
  }
  if (ts.isEnumDeclaration(statement)) {
    return factory.updateEnumDeclaration(statement, modifiers, statement.name, statement.members);
  }
  if (ts.isModuleDeclaration(statement)) {
    return factory.updateModuleDeclaration(statement, modifiers, statement.name, statement.body);
  }
  return statement;
}

/** What is known of a cell when its expressions are visited. */
interface ReferencePlan extends EmitPlan {
  imported: ReadonlyMap<string, ImportPlace>;
}

/** Replaces the names of earlier cells and of imports by what is looked up. */
function referenceVisitor(plan: ReferencePlan, context: ts.TransformationContext): ts.Visitor {
  const { factory } = context;
  const visit: ts.Visitor = node => {
    if (ts.isExpressionWithTypeArguments(node))
      return isExtended(node) ? ts.visitEachChild(node, visit, context) : node;
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return node;
    if (ts.isShorthandPropertyAssignment(node)) return shorthand(node);
    if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) return importMeta(plan, factory);
    if (isImportOfTslab(node)) return promisedRequire(node, factory);
    if (ts.isIdentifier(node)) {
      const place = placeOf(node, plan.checker.getSymbolAtLocation(node), plan, factory);
      return place === undefined ? node : withoutThis(place, node, factory);
    }
    return ts.visitEachChild(node, visit, context);
  };
  /** `{ seed }` is `{ seed: $names.seed }`, as a literal and as the target of an assignment. */
  function shorthand(node: ts.ShorthandPropertyAssignment): ts.Node {
    const place = placeOf(node.name, plan.checker.getShorthandAssignmentValueSymbol(node), plan, factory);
    const initial = ts.visitNode(node.objectAssignmentInitializer, visit) as ts.Expression | undefined;
    if (place === undefined) return factory.updateShorthandPropertyAssignment(node, node.name, initial);
    const target = initial === undefined ? place : factory.createAssignment(place, initial);
    const name = factory.createIdentifier(node.name.text);
    return ts.setTextRange(factory.createPropertyAssignment(name, target), node);
  }
  return visit;
}

/** Where the value of a name lies; undefined where it is a variable of this function or a global. */
function placeOf(
  node: ts.Identifier,
  symbol: ts.Symbol | undefined,
  plan: ReferencePlan,
  factory: ts.NodeFactory,
): ts.Expression | undefined {
  const file = node.getSourceFile();
  const declaration = symbol?.declarations?.find(declared => declared.getSourceFile() === file);
  if (declaration === undefined) return undefined;
  const isEarlier = declaration.pos >= plan.length;
  const isByName = ts.isImportSpecifier(declaration) || ts.isImportClause(declaration);
  const place = isEarlier
    ? { module: plan.made.names, name: node.text }
    : isByName
      ? plan.imported.get(node.text)
      : undefined;
  if (place === undefined) return undefined;
  const access = factory.createElementAccessExpression(
    factory.createIdentifier(place.module),
    factory.createStringLiteral(place.name),
  );
  return ts.setOriginalNode(ts.setTextRange(access, node), node);
}

/** `f(x)` must not make `$names` the `this` of `f`. */
function withoutThis(place: ts.Expression, node: ts.Identifier, factory: ts.NodeFactory): ts.Expression {
  let outer: ts.Node = node;
  while (isOuter(outer.parent)) outer = outer.parent;
  const { parent } = outer;
  const isCalled =
    (ts.isCallExpression(parent) && parent.expression === outer) ||
    (ts.isTaggedTemplateExpression(parent) && parent.tag === outer);
  if (!isCalled) return place;
  return factory.createParenthesizedExpression(factory.createComma(factory.createNumericLiteral(0), place));
}

function isOuter(node: ts.Node): boolean {
  return (
    ts.isParenthesizedExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isNonNullExpression(node) ||
    ts.isSatisfiesExpression(node) ||
    ts.isTypeAssertionExpression(node) ||
    (ts.isExpressionWithTypeArguments(node) && !ts.isHeritageClause(node.parent))
  );
}

function isExtended(node: ts.ExpressionWithTypeArguments): boolean {
  const clause = node.parent;
  if (!ts.isHeritageClause(clause)) return true;
  return clause.token === ts.SyntaxKind.ExtendsKeyword && ts.isClassLike(clause.parent);
}

/** `import("tslab")` is the stand-in, which `require` knows. */
function isImportOfTslab(node: ts.Node): node is ts.CallExpression {
  if (!ts.isCallExpression(node) || node.expression.kind !== ts.SyntaxKind.ImportKeyword) return false;
  const [specifier] = node.arguments;
  return specifier !== undefined && ts.isStringLiteral(specifier) && specifier.text === "tslab";
}

function promisedRequire(node: ts.CallExpression, factory: ts.NodeFactory): ts.Expression {
  const required = factory.createCallExpression(factory.createIdentifier("require"), undefined, node.arguments);
  const resolve = factory.createPropertyAccessExpression(factory.createIdentifier("Promise"), "resolve");
  return ts.setTextRange(factory.createCallExpression(resolve, undefined, [required]), node);
}

/** A cell is no module to Node, so `import.meta` is spelled out. */
function importMeta(plan: EmitPlan, factory: ts.NodeFactory): ts.Expression {
  const url = factory.createStringLiteral(`${ts.sys.resolvePath(plan.folder)}/cell.ts`);
  const required = factory.createCallExpression(factory.createIdentifier("require"), undefined, [
    factory.createStringLiteral("node:url"),
  ]);
  const toUrl = factory.createCallExpression(
    factory.createPropertyAccessExpression(required, "pathToFileURL"),
    undefined,
    [url],
  );
  return factory.createObjectLiteralExpression([
    factory.createPropertyAssignment("url", factory.createPropertyAccessExpression(toUrl, "href")),
    factory.createPropertyAssignment("dirname", factory.createStringLiteral(ts.sys.resolvePath(plan.folder))),
    factory.createPropertyAssignment("filename", url),
  ]);
}
