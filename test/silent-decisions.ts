// Finds decisions over a union of names that leave some name to a last branch unnamed, by TypeScript's own types.
import { relative } from "node:path";
import ts from "typescript";

/** A string literal in a comparison with the value that is decided by. */
interface Comparison {
  readonly subject: ts.Expression;
  readonly name: string;
  /** `===` rather than `!==`. */
  readonly isEqual: boolean;
}

/**
 * All decisions of a program's files that leave a name of a union to a silent last branch, one sentence each: a `switch`
 * without all names and without a default that throws; a ternary, a chain of ifs or an early return over three names or
 * more, some of which nothing names. Something more for one of the names, with nothing for the others, is no decision.
 */
export function silentDecisions(program: ts.Program, files: readonly string[], root: string): string[] {
  const checker = program.getTypeChecker();
  return files.flatMap(file => {
    const source = program.getSourceFile(file)!;
    const found: string[] = [];
    const visit = (node: ts.Node): void => {
      for (const { at, subject, missing } of decisionsOf(checker, node)) {
        const line = source.getLineAndCharacterOfPosition(at.getStart()).line + 1;
        const names = [...missing]
          .sort()
          .map(name => `"${name}"`)
          .join(", ");
        found.push(
          `${relative(root, file).replaceAll("\\", "/")}:${line}: ${subject.getText()} may be ${names}, which falls to the last branch`,
        );
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    return found;
  });
}

interface Decision {
  readonly at: ts.Node;
  readonly subject: ts.Expression;
  /** Names that no branch has. */
  readonly missing: readonly string[];
}

function decisionsOf(checker: ts.TypeChecker, node: ts.Node): Decision[] {
  if (ts.isSwitchStatement(node)) return ofSwitch(checker, node);
  if (ts.isConditionalExpression(node)) return ofConditional(checker, node);
  if (!ts.isIfStatement(node) || throws(node.thenStatement)) return [];
  if (ts.isIfStatement(node.parent) && node.parent.elseStatement === node) return []; // seen from its first if
  if (node.elseStatement !== undefined) {
    return throws(lastElse(node)) ? [] : ofBranches(checker, node.expression, [node]);
  }
  if (!leaves(node.thenStatement)) return []; // something more for one of the names
  const rest = statementsAfter(node);
  if (rest.length > 0 && throws(rest[rest.length - 1])) return [];
  const left = valueLeftWith(node.thenStatement);
  if (namesWhatFollows(node.expression) && (left === undefined || isNothing(left, node.expression))) return [];
  return ofBranches(checker, node.expression, [node.expression, ...rest]);
}

/** A ternary, seen from its first condition. */
function ofConditional(checker: ts.TypeChecker, node: ts.ConditionalExpression): Decision[] {
  if (ts.isConditionalExpression(node.parent) && node.parent.whenFalse === node) return [];
  const { condition } = node;
  const others = namesWhatFollows(condition) ? node.whenTrue : lastOf(node);
  return isNothing(others, condition) ? [] : ofBranches(checker, condition, [node]);
}

function ofSwitch(checker: ts.TypeChecker, node: ts.SwitchStatement): Decision[] {
  const members = namesOf(checker, checker.getTypeAtLocation(node.expression));
  if (members === undefined || members.length < 2 || isForeign(checker, node.expression)) return [];
  const { clauses } = node.caseBlock;
  const cases = clauses.filter(ts.isCaseClause).map(({ expression }) => literalOf(expression));
  const missing = members.filter(name => !cases.includes(name));
  const fallback = clauses.find(ts.isDefaultClause);
  if (missing.length === 0 || fallback?.statements.some(throws)) return [];
  return [{ at: node, subject: node.expression, missing }];
}

/** What a condition decides by, of unions of three or more names, with the names that nothing in `scope` has. */
function ofBranches(checker: ts.TypeChecker, condition: ts.Expression, scope: readonly ts.Node[]): Decision[] {
  const subjects = new Map(comparisonsIn(condition).map(({ subject }) => [subject.getText(), subject]));
  return [...subjects].flatMap(([text, subject]) => {
    const all = namesOf(checker, declaredType(checker, subject));
    const here = namesOf(checker, checker.getTypeAtLocation(subject));
    if (all === undefined || all.length < 3 || here === undefined || isForeign(checker, subject)) return [];
    const named = scope.flatMap(node => namedIn(checker, node, text));
    const missing = named.includes(undefined) ? [] : here.filter(name => !named.includes(name));
    return missing.length === 0 ? [] : [{ at: condition, subject, missing }];
  });
}

/** The names that a value is compared with somewhere in a node; undefined among them when all are decided there. */
function namedIn(checker: ts.TypeChecker, node: ts.Node, subject: string): (string | undefined)[] {
  const found: (string | undefined)[] = [];
  const visit = (inner: ts.Node): void => {
    if (ts.isBinaryExpression(inner)) {
      const comparison = comparisonOf(inner);
      if (comparison?.subject.getText() === subject) found.push(comparison.name);
    }
    if (ts.isSwitchStatement(inner) && inner.expression.getText() === subject) found.push(undefined); // judged itself
    if (ts.isElementAccessExpression(inner) && inner.argumentExpression.getText() === subject) found.push(undefined);
    if (ts.isCallExpression(inner) && isHandedOn(checker, inner, subject)) found.push(undefined); // judged there
    ts.forEachChild(inner, visit);
  };
  visit(node);
  return found;
}

/** Whether a value is an argument of a call that takes names of a union, and no others. */
function isHandedOn(checker: ts.TypeChecker, call: ts.CallExpression, subject: string): boolean {
  const place = call.arguments.findIndex(argument => argument.getText() === subject);
  const parameter = place < 0 ? undefined : checker.getResolvedSignature(call)?.parameters[place];
  return parameter !== undefined && namesOf(checker, checker.getTypeOfSymbol(parameter)) !== undefined;
}

/** The comparisons that a condition is made of: of `&&`, `||`, `!`, not those in calls. */
function comparisonsIn(condition: ts.Expression): Comparison[] {
  if (ts.isParenthesizedExpression(condition)) return comparisonsIn(condition.expression);
  if (ts.isPrefixUnaryExpression(condition)) return comparisonsIn(condition.operand);
  if (!ts.isBinaryExpression(condition)) return [];
  const { kind } = condition.operatorToken;
  if (kind === ts.SyntaxKind.AmpersandAmpersandToken || kind === ts.SyntaxKind.BarBarToken) {
    return [...comparisonsIn(condition.left), ...comparisonsIn(condition.right)];
  }
  const comparison = comparisonOf(condition);
  return comparison === undefined ? [] : [comparison];
}

function comparisonOf({ operatorToken, left, right }: ts.BinaryExpression): Comparison | undefined {
  const { kind } = operatorToken;
  if (kind !== ts.SyntaxKind.EqualsEqualsEqualsToken && kind !== ts.SyntaxKind.ExclamationEqualsEqualsToken)
    return undefined;
  for (const [subject, other] of [
    [left, right],
    [right, left],
  ]) {
    const name = literalOf(other);
    if (name !== undefined && !ts.isTypeOfExpression(subject)) {
      return { subject, name, isEqual: kind === ts.SyntaxKind.EqualsEqualsEqualsToken };
    }
  }
  return undefined;
}

function literalOf(node: ts.Expression): string | undefined {
  return ts.isStringLiteralLike(node) ? node.text : undefined;
}

/** The names of a union of string literals (or of one); undefined for all other types. `undefined` and `null` are no names. */
function namesOf(checker: ts.TypeChecker, type: ts.Type): string[] | undefined {
  const present = checker.getNonNullableType(type);
  const parts = present.isUnion() ? present.types : [present];
  return parts.every(part => part.isStringLiteral())
    ? parts.map(part => (part as ts.StringLiteralType).value)
    : undefined;
}

/** The type of a variable or property as it is declared, before what was found out of it in the code above. */
function declaredType(checker: ts.TypeChecker, node: ts.Expression): ts.Type {
  const symbol = checker.getSymbolAtLocation(node);
  if (ts.isPropertyAccessExpression(node)) {
    const property = checker.getNonNullableType(declaredType(checker, node.expression)).getProperty(node.name.text);
    return property === undefined ? checker.getTypeAtLocation(node) : checker.getTypeOfSymbol(property);
  }
  return ts.isIdentifier(node) && symbol !== undefined
    ? checker.getTypeOfSymbol(symbol)
    : checker.getTypeAtLocation(node);
}

/** Whether a union is of someone else's names, as those of `process.platform` or of tensor types are. */
function isForeign(checker: ts.TypeChecker, node: ts.Expression): boolean {
  const symbols = [checker.getSymbolAtLocation(node), checker.getTypeAtLocation(node).aliasSymbol];
  return (
    ts.isTypeOfExpression(node) ||
    symbols.some(
      symbol =>
        symbol?.declarations?.some(declaration => declaration.getSourceFile().fileName.includes("node_modules")) ??
        false,
    )
  );
}

function lastOf(node: ts.ConditionalExpression): ts.Expression {
  return ts.isConditionalExpression(node.whenFalse) ? lastOf(node.whenFalse) : node.whenFalse;
}

function lastElse({ elseStatement }: ts.IfStatement): ts.Statement {
  return ts.isIfStatement(elseStatement!) && elseStatement.elseStatement !== undefined
    ? lastElse(elseStatement)
    : elseStatement!;
}

/** Whether a condition holds for all names but those it has: `kind !== "a"`. */
function namesWhatFollows(condition: ts.Expression): boolean {
  const comparisons = comparisonsIn(condition);
  return comparisons.length > 0 && comparisons.every(({ isEqual }) => !isEqual);
}

/** `{}`, `[]`, `""`, `undefined`, `null`, or what is decided by as it is: one of the names is treated apart, no other is. */
function isNothing(node: ts.Expression, condition: ts.Expression): boolean {
  if (ts.isObjectLiteralExpression(node)) return node.properties.length === 0;
  if (ts.isArrayLiteralExpression(node)) return node.elements.length === 0;
  if (['""', "undefined", "null"].includes(node.getText())) return true;
  return comparisonsIn(condition).some(({ subject }) =>
    [subject, ...(ts.isPropertyAccessExpression(subject) ? [subject.expression] : [])].some(
      itself => itself.getText() === node.getText(),
    ),
  );
}

/** What a statement that leaves gives back; undefined for nothing. */
function valueLeftWith(node: ts.Statement): ts.Expression | undefined {
  if (ts.isBlock(node)) return valueLeftWith(node.statements[node.statements.length - 1]);
  return ts.isReturnStatement(node) ? node.expression : undefined;
}

function throws(node: ts.Statement): boolean {
  if (ts.isBlock(node)) return node.statements.length > 0 && throws(node.statements[node.statements.length - 1]);
  return ts.isThrowStatement(node);
}

function leaves(node: ts.Statement): boolean {
  if (ts.isBlock(node)) return node.statements.length > 0 && leaves(node.statements[node.statements.length - 1]);
  return ts.isReturnStatement(node) || ts.isContinueStatement(node) || ts.isBreakStatement(node);
}

function statementsAfter(node: ts.Statement): ts.Statement[] {
  const { parent } = node;
  if (!ts.isBlock(parent) && !ts.isSourceFile(parent) && !ts.isCaseOrDefaultClause(parent)) return [];
  return parent.statements.slice(parent.statements.indexOf(node) + 1);
}
