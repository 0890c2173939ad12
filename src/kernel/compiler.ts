import { existsSync } from "node:fs";
import { join } from "node:path";

import ts = require("typescript");

import { type CheckedCell, emitCell, resolvedNames } from "./compile-cell.js";
import { faultsError, faultText, type NamedCell, sortFaults } from "./compile-errors.js";
import { madeNames } from "./compile-imports.js";
import { augments, declaredNames, exportedNames, type LiveKind, type NameKind } from "./compile-names.js";
import { exportsOf, type LiveName, mentions, preludeOf } from "./compile-prelude.js";
import { type CellProgram, createCellProgram } from "./compile-program.js";
import { bracketObject, type CellSyntax, parseCell } from "./compile-syntax.js";
import { completionsAt } from "./complete.js";
import { inspectionAt } from "./inspect.js";
import { completenessOf } from "./is-complete.js";
import type { CellError, CellId, CompiledCell, Completeness, Completions } from "./thread-messages.js";

/** Compiles the cells of one notebook, and knows what the earlier ones have declared. */
export interface Compiler {
  /** @param count what the cell is called in messages: "cell 3"; null: "cell" */
  compile(cell: CellId, count: number | null, source: string): CompiledCell | { error: CellError };
  /** Compiles a single expression, whose value is asked for. */
  compileExpression(source: string): CompiledCell | { error: CellError };
  /** Makes the names that a compiled cell has bound known to later ones, and its types. */
  adopt(cell: CellId, bound: readonly string[]): void;
  complete(source: string, position: number): Completions;
  /** @param detail 1: where it is declared, too */
  inspect(source: string, position: number, detail: 0 | 1): Record<string, unknown> | undefined;
  isComplete(source: string): Completeness;
  /** What first cells and first completions would have to wait for, done before they come, in steps. */
  warmUps(): Iterator<void>;
}

export interface CompilerOptions {
  /** The notebook's folder: imports are resolved from it. */
  folder: string;
  /** What type errors do: stop the cell, or let it run and be warned of. Default "error". */
  typeErrors?: "error" | "warn";
  /** Libraries that other compilers have parsed. Default: they are parsed. */
  registry?: ts.DocumentRegistry;
}

/** A cell that was compiled and has not ended yet. */
interface Pending {
  text: string;
  names: ReadonlyMap<string, LiveKind>;
  /** Whether it adds to what is known everywhere. */
  isAugmenting: boolean;
}

/** What earlier cells have left. */
interface Earlier {
  readonly names: Map<string, LiveName>;
  /** Specifiers of cells that add to what is known everywhere. */
  readonly augmenting: Set<string>;
}

export function createCompiler({ folder, typeErrors = "error", registry }: CompilerOptions): Compiler {
  const cells = createCellProgram(folder, registry);
  const earlier: Earlier = { names: new Map(), augmenting: new Set() };
  const pending = new Map<CellId, Pending>();
  let compilations = 0;
  let serial = 0;

  function compileText(typed: string, title: string): Outcome {
    const source = bracketObject(typed);
    const syntax = parseCell(source);
    const named = { source, title };
    if (syntax.faults.length > 0) return { error: faultsError("SyntaxError", [...syntax.faults], named) };
    if (syntax.file.statements.length === 0) return NOTHING;
    const text = cellText(source, syntax, earlier, ++compilations);
    const checked = checkCell(cells, text, { folder, named, names: declaredNames(syntax.file) });
    const { grammar, types } = sortFaults(checked.faults);
    if (grammar.length > 0) return { error: faultsError("SyntaxError", grammar, named) };
    const isLenient = typeErrors === "warn" || isUnchecked(source);
    if (types.length > 0 && !isLenient) return { error: faultsError("TypeScriptError", types, named) };
    const warnings = types.map(fault => faultText(fault, named));
    const isAugmenting = augments(syntax.file);
    return { compiled: { ...emitCell(checked), warnings }, text, names: checked.names, isAugmenting };
  }

  return {
    compile(cell, count, source) {
      const outcome = compileText(source, count === null ? "cell" : `cell ${count}`);
      if ("error" in outcome) return outcome;
      pending.set(cell, outcome);
      return outcome.compiled;
    },
    compileExpression(source) {
      const { file, faults } = parseCell(source);
      const [only, second] = file.statements;
      if (faults.length === 0 && (second !== undefined || only === undefined || !ts.isExpressionStatement(only))) {
        const evalue = `expected one expression, got ${JSON.stringify(source)}`;
        return { error: { ename: "SyntaxError", evalue, traceback: [`SyntaxError: ${evalue}`] } };
      }
      const outcome = compileText(source, "expression");
      return "error" in outcome ? outcome : outcome.compiled;
    },
    adopt(cell, bound) {
      const ended = pending.get(cell);
      if (ended === undefined) return;
      pending.delete(cell);
      serial++;
      cells.write(cells.fileOf(serial), ended.text);
      const from = cells.specifierOf(serial);
      if (ended.isAugmenting) earlier.augmenting.add(from);
      for (const [name, kind] of ended.names) {
        if (kind === "type" || bound.includes(name)) earlier.names.set(name, { name, kind, from });
      }
    },
    complete: (source, position) => completionsAt(cells, writeDraft(cells, source, earlier), source, position),
    inspect: (source, position, detail) =>
      inspectionAt(cells, writeDraft(cells, source, earlier), source, position, detail),
    isComplete: completenessOf,
    *warmUps() {
      compileText("console.log(1)", "warm-up");
      yield;
      // What the notebooks of a checkout import; it is the largest thing they import.
      const library = "../lib/index.js";
      if (!existsSync(join(folder, library))) return;
      compileText(`import * as hb from "${library}"; hb.smoke`, "warm-up");
      yield;
      const source = `import * as hb from "${library}"; hb.`;
      completionsAt(cells, writeDraft(cells, source, earlier), source, source.length);
    },
  };
}

/** A cell of blanks and comments. */
const NOTHING: Outcome = {
  compiled: {
    code: "(function () {})",
    map: '{"version":3,"sources":[],"names":[],"mappings":""}',
    isAsync: false,
    warnings: [],
  },
  text: "export {};",
  names: new Map(),
  isAugmenting: false,
};

type Outcome = { error: CellError } | (Pending & { compiled: CompiledCell });

/** A cell's file: its text first, so that places in it stay what they are; then what it takes and gives. */
function cellText(source: string, { file }: CellSyntax, earlier: Earlier, turn: number): string {
  const names = declaredNames(file);
  const isMeant = mentions(source);
  const taken = [...earlier.names.values()].filter(({ name }) => isMeant(name) && !names.has(name));
  const exported = exportedNames(file);
  const given = [...names.keys()].filter(name => !exported.has(name));
  // Numbered, so that a cell that is run again is compiled again: what it imports may be there by now.
  return `${maskNoCheck(source)}\n${preludeOf(taken, earlier.augmenting)} ${exportsOf(given)} // ${turn}`;
}

/** A copy of the cell being typed, in which all names are known. @returns where its text begins */
function writeDraft(cells: CellProgram, source: string, earlier: Earlier): number {
  const names = declaredNames(parseCell(source).file);
  // The cell's text comes last here, for what is being typed may be an open string, which swallows all that follows.
  const taken = [...earlier.names.values()].filter(({ name }) => !names.has(name));
  const head = `${preludeOf(taken, earlier.augmenting)}\n`;
  cells.write(cells.draftFile, head + source);
  return head.length;
}

function checkCell(
  cells: CellProgram,
  text: string,
  { folder, named, names }: { folder: string; named: NamedCell; names: ReadonlyMap<string, NameKind> },
): CheckedCell & { faults: readonly ts.Diagnostic[] } {
  cells.write(cells.cellFile, text);
  const program = cells.service.getProgram() as ts.Program;
  const file = program.getSourceFile(cells.cellFile) as ts.SourceFile;
  const checker = program.getTypeChecker();
  const length = named.source.length;
  return {
    ...{ program, file, checker, length, folder, ...named },
    made: madeNames(named.source),
    names: resolvedNames(names, file, checker),
    faults: cells.service.getSemanticDiagnostics(cells.cellFile),
  };
}

const UNCHECKED = /^(?:\s|\/\/.*\n|\/\*[\s\S]*?\*\/)*?\/\/\s*@ts-nocheck\b/;

/** Whether a cell asks at its head to be run in spite of type errors. */
function isUnchecked(source: string): boolean {
  return UNCHECKED.test(source);
}

/** Takes `@ts-nocheck` out, at the same length: what is wrong is to be known, though it does not stop the cell. */
function maskNoCheck(source: string): string {
  return isUnchecked(source) ? source.replace("@ts-nocheck", "@ts_nocheck") : source;
}
