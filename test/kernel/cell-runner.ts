import { createRequire } from "node:module";
import { constants, Script } from "node:vm";
import { createDocuments } from "../../src/kernel/compile-documents.js";
import { type Compiler, createCompiler } from "../../src/kernel/compiler.js";
import type { CompiledCell } from "../../src/kernel/thread-messages.js";

/** Runs cells as the kernel does, in as few lines as that takes. */
export interface CellRunner {
  compiler: Compiler;
  /** Compiles and runs a cell. @returns its value. @throws what it throws; an Error of the compiler's evalue */
  run(source: string): Promise<unknown>;
  /** What earlier cells have bound. */
  names: Record<string, unknown>;
}

/** Libraries are parsed once for all tests of a file. */
const REGISTRY = createDocuments();

export function createCellRunner(folder: string, typeErrors: "error" | "warn" = "error"): CellRunner {
  const compiler = createCompiler({ folder, typeErrors, registry: REGISTRY });
  const names: Record<string, unknown> = {};
  let count = 0;
  const run = async (source: string): Promise<unknown> => {
    count++;
    const compiled = compiler.compile(`id-${count}`, count, source);
    if ("error" in compiled) throw new Error(`${compiled.error.ename}: ${compiled.error.evalue}`);
    const bindings = new Map<string, PropertyDescriptor>();
    try {
      return await callCell(compiled, folder, names, (name, get, set) => bindings.set(name, { get, set }));
    } finally {
      compiler.adopt(`id-${count}`, bindNames(names, bindings));
    }
  };
  return { compiler, run, names };
}

type Bind = (name: string, get: () => unknown, set?: (value: unknown) => void) => void;

function callCell({ code }: CompiledCell, folder: string, names: object, bind: Bind): unknown {
  const filename = `${folder}/cell.ts`;
  const script = new Script(code, {
    filename,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  return script.runInThisContext()(names, createRequire(filename), bind);
}

/** Binds the names that the cell has reached. */
function bindNames(names: object, bindings: ReadonlyMap<string, PropertyDescriptor>): string[] {
  const bound: string[] = [];
  for (const [name, { get, set }] of bindings) {
    try {
      get?.();
    } catch {
      continue; // not reached
    }
    Object.defineProperty(names, name, { get, set, enumerable: true, configurable: true });
    bound.push(name);
  }
  return bound;
}
