import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import type { CellError, CellOutcome, CompiledCell, ToWire } from "../../src/kernel/thread-messages.js";
import { KERNEL_FLAGS } from "../../src/notebook/kernel-process.js";

/** What is done to the cells, one after the other; a cell is over when it has ended. */
export interface CellStep {
  /** TypeScript of a cell, without what a compiler would do about names. */
  source: string;
  isAsync?: boolean;
  silent?: boolean;
  /** Milliseconds after it has said "runs" at which it is interrupted: how long a start takes is the machine's affair. */
  interruptAfter?: number;
  /** Milliseconds waited for after its end, for what comes late. */
  linger?: number;
  /** What the user answers when asked; undefined: the front end cannot ask. */
  answers?: string[];
}

export interface CellReport {
  stdout: string;
  stderr: string;
  outcome: CellOutcome;
  error: CellError | undefined;
  messages: ToWire[];
  late: CellError[];
  result: unknown;
  /** Milliseconds from the interrupt to the end. */
  interruptTook: number;
}

/** A cell in the form of the kernel's compiler; names are bound by the test's own `$bind`. */
export function compiled(source: string, isAsync: boolean): CompiledCell {
  const text = `(${isAsync ? "async " : ""}($names, require, $bind) => { ${source}\n})`;
  const { outputText, sourceMapText } = ts.transpileModule(text, {
    fileName: "cell.ts",
    compilerOptions: { target: ts.ScriptTarget.ES2022, sourceMap: true, module: ts.ModuleKind.ESNext },
  });
  return { code: outputText.replace(/\/\/# sourceMappingURL.*/, ""), map: sourceMapText!, isAsync, warnings: [] };
}

/** Runs cells in a process of their own, with a stand-in for the wire on a thread beside them. */
export async function runInThread(steps: CellStep[], folder?: string): Promise<CellReport[]> {
  const place = mkdtempSync(join(tmpdir(), "cells-"));
  const job = steps.map((step, at) => ({
    ...step,
    request: {
      type: "execute",
      cell: `id-${at + 1}`,
      count: at + 1,
      source: step.source,
      compiled: compiled(step.source, step.isAsync ?? false),
      silent: step.silent ?? false,
      allowStdin: step.answers !== undefined,
    },
  }));
  try {
    writeFileSync(join(place, "job.json"), JSON.stringify(job));
    const program = fileURLToPath(new URL("wire-stand-in.mjs", import.meta.url));
    const child = spawn(process.execPath, [...KERNEL_FLAGS, program, place], {
      cwd: folder ?? place,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    child.stdout.on("data", data => (said += data));
    child.stderr.on("data", data => (said += data));
    const code = await new Promise<number | null>(resolve => child.on("close", resolve));
    if (code !== 0) throw new Error(`the cells' process ended with ${code}: ${said}`);
    const reports = JSON.parse(readFileSync(join(place, "reports.json"), "utf8")) as Report[];
    return reports.map(toReport);
  } finally {
    rmSync(place, { recursive: true });
  }
}

interface Report {
  messages: ToWire[];
  interruptTook: number;
}

function toReport({ messages, interruptTook }: Report): CellReport {
  const all = <T extends ToWire["type"]>(type: T) =>
    messages.filter(m => m.type === type) as Extract<ToWire, { type: T }>[];
  const text = (name: string) =>
    all("stream")
      .filter(m => m.name === name)
      .map(m => m.text)
      .join("");
  const { outcome } = all("ended")[0];
  return {
    stdout: text("stdout"),
    stderr: text("stderr"),
    outcome,
    error: outcome.status === "error" ? outcome.error : undefined,
    messages,
    late: all("late").map(m => m.error),
    result: all("result")[0]?.value.data["text/plain"],
    interruptTook,
  };
}
