import { cleanPaths } from "./compile-errors.js";
import type { CellProgram } from "./compile-program.js";
import type { CompletionEntry, Completions } from "./thread-messages.js";

import ts = require("typescript");

/** Of longer lists no types are told: nobody reads them, and each takes its time. */
const MOST_SIGNATURES = 300;

/**
 * What can stand at a place of a cell: what fits best first, so an object literal's options before anything else.
 * @param offset where the cell begins in its draft
 */
export function completionsAt(cells: CellProgram, offset: number, source: string, position: number): Completions {
  const place = offset + position;
  const found = cells.service.getCompletionsAtPosition(cells.draftFile, place, { includeSymbol: true });
  const start = startOf(found, source, position, offset);
  const typed = source.slice(start, position);
  const wanted = (found?.entries ?? []).filter(
    ({ name, kind }) => kind !== ts.ScriptElementKind.warning && startsAlike(name, typed),
  );
  const isAsTyped = ({ name }: ts.CompletionEntry): boolean => name.startsWith(typed);
  wanted.sort(
    (a, b) => Number(isAsTyped(b)) - Number(isAsTyped(a)) || compare(a.sortText, b.sortText) || compare(a.name, b.name),
  );
  const teller = wanted.length > MOST_SIGNATURES ? undefined : signatureTeller(cells, place);
  return { start, end: position, entries: wanted.map(entry => shownEntry(entry, teller)) };
}

/** Where that begins which a completion replaces: a name, or what a string has between its quotes. */
function startOf(found: ts.CompletionInfo | undefined, source: string, position: number, offset: number): number {
  const span = found?.entries[0]?.replacementSpan ?? found?.optionalReplacementSpan;
  if (span !== undefined && span.start <= offset + position) return span.start - offset;
  return position - (/[\p{ID_Continue}$]*$/u.exec(source.slice(0, position))?.[0] ?? "").length;
}

function startsAlike(name: string, typed: string): boolean {
  return name.toLowerCase().startsWith(typed.toLowerCase());
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** What a symbol is, and its type. */
type SignatureTeller = (symbol: ts.Symbol) => { type?: string; signature?: string };

function shownEntry({ name, kind, symbol }: ts.CompletionEntry, teller: SignatureTeller | undefined): CompletionEntry {
  const told = symbol === undefined ? undefined : teller?.(symbol);
  const entry = { text: name, type: told?.type ?? kind };
  return told?.signature === undefined ? entry : { ...entry, signature: told.signature };
}

function signatureTeller(cells: CellProgram, place: number): SignatureTeller {
  const program = cells.service.getProgram() as ts.Program;
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(cells.draftFile) as ts.SourceFile;
  const node = nodeAt(file, place);
  return symbol => {
    const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
    const target = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
    if ((target.flags & ts.SymbolFlags.Value) === 0) return isAlias ? { type: typeKind(target) } : {};
    const type = checker.getTypeOfSymbolAtLocation(target, node);
    return { ...(isAlias ? { type: valueKind(target) } : {}), signature: signatureOf(target, type, checker) };
  };
}

/** The innermost node around a place: names are shown as they are known there. */
function nodeAt(file: ts.SourceFile, place: number): ts.Node {
  let node: ts.Node = file;
  const inner = (): ts.Node | undefined =>
    ts.forEachChild(node, child => (child.pos < place && place <= child.end ? child : undefined));
  for (let next = inner(); next !== undefined; next = inner()) node = next;
  return node;
}

function signatureOf(symbol: ts.Symbol, type: ts.Type, checker: ts.TypeChecker): string | undefined {
  if ((symbol.flags & ts.SymbolFlags.Class) !== 0) return `class ${symbol.name}`;
  const [call] = checker.getSignaturesOfType(type, ts.SignatureKind.Call);
  if (call !== undefined) return cleanPaths(checker.signatureToString(call));
  const text = cleanPaths(checker.typeToString(type));
  const isOptional = (symbol.flags & ts.SymbolFlags.Optional) !== 0;
  return text === "any" ? undefined : isOptional ? text.replace(/ \| undefined$/, "") : text;
}

/** What an imported name is, in the words TypeScript has for declarations. */
function valueKind({ flags }: ts.Symbol): string {
  if ((flags & ts.SymbolFlags.Function) !== 0) return ts.ScriptElementKind.functionElement;
  if ((flags & ts.SymbolFlags.Class) !== 0) return ts.ScriptElementKind.classElement;
  if ((flags & ts.SymbolFlags.Enum) !== 0) return ts.ScriptElementKind.enumElement;
  if ((flags & ts.SymbolFlags.Module) !== 0) return ts.ScriptElementKind.moduleElement;
  return ts.ScriptElementKind.constElement;
}

function typeKind({ flags }: ts.Symbol): string {
  return (flags & ts.SymbolFlags.Interface) !== 0
    ? ts.ScriptElementKind.interfaceElement
    : ts.ScriptElementKind.typeElement;
}
