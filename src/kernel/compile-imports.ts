import ts = require("typescript");

/** Names in the code that is made, chosen so that they are none of the cell. */
export interface MadeNames {
  names: string;
  bind: string;
  require: "require";
  /** Prefix of the modules that are imported. */
  module: string;
  /** The function that finds names of CommonJS modules. */
  interop: string;
}

/** @param source of the cell */
export function madeNames(source: string): MadeNames {
  const free = (name: string): string => (source.includes(name) ? free(`${name}_`) : name);
  return {
    names: free("$names"),
    bind: free("$bind"),
    require: "require",
    module: free("$module"),
    interop: free("$interop"),
  };
}

/** What the transformation of a cell needs to know of it. */
export interface EmitPlan {
  checker: ts.TypeChecker;
  /** Length of the cell's own text; what its file says behind that is of ours. */
  length: number;
  made: MadeNames;
  /** Where the notebook lies: what `import.meta` tells. */
  folder: string;
}

export function isImport(statement: ts.Statement): boolean {
  return ts.isImportDeclaration(statement) || ts.isImportEqualsDeclaration(statement);
}

/** Whether an imported name has a value; what is not known is taken to have one. */
export function isValueImport(name: ts.Node, checker: ts.TypeChecker): boolean {
  const symbol = checker.getSymbolAtLocation(name);
  if (symbol === undefined || (symbol.flags & ts.SymbolFlags.Alias) === 0) return true;
  return (checker.getAliasedSymbol(symbol).flags & ts.SymbolFlags.Value) !== 0;
}

/** The imports of a cell as statements at its head, where modules have them too: `const $module0 = await import("m")`. */
export function importStatements(
  own: readonly ts.Statement[],
  plan: EmitPlan,
  factory: ts.NodeFactory,
): ts.Statement[] {
  return own.flatMap(statement => {
    const made = ts.isImportDeclaration(statement)
      ? importModule(statement, plan, factory)
      : ts.isImportEqualsDeclaration(statement)
        ? importEquals(statement, plan, factory)
        : [];
    return made.map(node => ts.setOriginalNode(ts.setTextRange(node, statement), statement));
  });
}

/** Whether a cell has to wait for what it imports. */
export function waitsForImports(own: readonly ts.Statement[], plan: EmitPlan): boolean {
  return own.some(
    statement =>
      ts.isImportDeclaration(statement) &&
      !isRequired(specifierText(statement)) &&
      (statement.importClause === undefined || valueNames(statement.importClause, plan.checker).length > 0),
  );
}

/** Names by which a module is asked: their own in that module; "*" for the whole. */
function valueNames(clause: ts.ImportClause, checker: ts.TypeChecker): string[] {
  if (clause.isTypeOnly) return [];
  const names: string[] = [];
  if (clause.name !== undefined && isValueImport(clause.name, checker)) names.push("default");
  const bindings = clause.namedBindings;
  if (bindings === undefined) return names;
  if (ts.isNamespaceImport(bindings)) return [...names, "*"];
  for (const element of bindings.elements) {
    if (element.isTypeOnly || !isValueImport(element.name, checker)) continue;
    names.push((element.propertyName ?? element.name).text);
  }
  return names;
}

function specifierText(statement: ts.ImportDeclaration): string {
  return ts.isStringLiteral(statement.moduleSpecifier) ? statement.moduleSpecifier.text : "";
}

/** The stand-in for tslab and JSON files come by `require`, which needs no attributes for them. */
function isRequired(specifier: string): boolean {
  return specifier === "tslab" || specifier.endsWith(".json");
}

function importModule(statement: ts.ImportDeclaration, plan: EmitPlan, factory: ts.NodeFactory): ts.Statement[] {
  const clause = statement.importClause;
  const names = clause === undefined ? [] : valueNames(clause, plan.checker);
  if (clause !== undefined && names.length === 0) return [];
  const specifier = factory.createStringLiteral(specifierText(statement));
  const call = (callee: string, ...values: ts.Expression[]): ts.Expression =>
    factory.createCallExpression(factory.createIdentifier(callee), undefined, values);
  const module = isRequired(specifier.text)
    ? factory.createObjectLiteralExpression([
        factory.createSpreadAssignment(call(plan.made.require, specifier)),
        factory.createPropertyAssignment("default", call(plan.made.require, specifier)),
      ])
    : factory.createAwaitExpression(
        factory.createCallExpression(factory.createToken(ts.SyntaxKind.ImportKeyword) as ts.Expression, undefined, [
          specifier,
        ]),
      );
  if (clause === undefined) return [factory.createExpressionStatement(module)];
  const asked = names.filter(name => name !== "*").map(name => factory.createStringLiteral(name));
  const found = call(plan.made.interop, module, specifier, factory.createArrayLiteralExpression(asked));
  const made = [constant(moduleOf(statement, plan), found, factory)];
  if (clause.namedBindings !== undefined && ts.isNamespaceImport(clause.namedBindings)) {
    const whole = factory.createIdentifier(moduleOf(statement, plan));
    made.push(constant(clause.namedBindings.name.text, whole, factory));
  }
  return made;
}

/** `import fs = require("node:fs")` and `import Part = Whole.Part`. */
function importEquals(statement: ts.ImportEqualsDeclaration, plan: EmitPlan, factory: ts.NodeFactory): ts.Statement[] {
  if (statement.isTypeOnly || !isValueImport(statement.name, plan.checker)) return [];
  const { moduleReference } = statement;
  if (!ts.isExternalModuleReference(moduleReference)) {
    return [constant(statement.name.text, entity(moduleReference, factory), factory)];
  }
  const required = factory.createIdentifier(plan.made.require);
  const call = factory.createCallExpression(required, undefined, [moduleReference.expression]);
  return [constant(statement.name.text, call, factory)];
}

function entity(name: ts.EntityName, factory: ts.NodeFactory): ts.Expression {
  if (ts.isIdentifier(name)) return name;
  return factory.createPropertyAccessExpression(entity(name.left, factory), name.right);
}

function constant(name: string, value: ts.Expression, factory: ts.NodeFactory): ts.Statement {
  const declaration = factory.createVariableDeclaration(name, undefined, undefined, value);
  return factory.createVariableStatement(
    undefined,
    factory.createVariableDeclarationList([declaration], ts.NodeFlags.Const),
  );
}

/** Where the value of an imported name lies: the variable of its module, and its name there. */
export interface ImportPlace {
  module: string;
  name: string;
}

/** The places of all names that are imported by name; the others are variables. */
export function importPlaces(own: readonly ts.Statement[], plan: EmitPlan): Map<string, ImportPlace> {
  const places = new Map<string, ImportPlace>();
  for (const statement of own) {
    if (!ts.isImportDeclaration(statement) || statement.importClause === undefined) continue;
    const module = moduleOf(statement, plan);
    const { name, namedBindings } = statement.importClause;
    if (name !== undefined) places.set(name.text, { module, name: "default" });
    if (namedBindings === undefined || ts.isNamespaceImport(namedBindings)) continue;
    for (const { name, propertyName } of namedBindings.elements) {
      places.set(name.text, { module, name: (propertyName ?? name).text });
    }
  }
  return places;
}

/** The variable that holds an imported module: told from others by the place of its import. */
function moduleOf(statement: ts.ImportDeclaration, plan: EmitPlan): string {
  return `${plan.made.module}${statement.getStart()}`;
}

/**
 * Node tells the names of a CommonJS module by guessing at its text, and misses some; TypeScript knows them all. What is
 * imported is asked for every name at once, as modules are.
 */
export function interopFunction(made: MadeNames): string {
  return `const ${made.interop} = (module, specifier, names) => {
    const whole = module.default;
    const isCommonJs = Object.values(${made.require}.cache ?? {}).some(cached => cached?.exports === whole);
    if (whole != null && isCommonJs) {
      if (whole.__esModule) module = whole;
      else if (!Object.keys(whole).every(name => name in module)) module = { ...whole, default: whole };
    }
    for (const name of names) {
      if (!(name in module)) throw new SyntaxError(\`The module "\${specifier}" exports nothing named \${name}.\`);
    }
    return module;
  };`.replaceAll(/\n\s*/g, " ");
}
