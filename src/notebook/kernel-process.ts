import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";

/** Built, because it runs without this process's loader. */
const MAIN = fileURLToPath(new URL("../../lib/kernel/main.js", import.meta.url));

/** What Node is started with for a kernel: a check left out that no process survives in which code was terminated. */
export const KERNEL_FLAGS: readonly string[] = ["--no-force-async-hooks-checks"];

/** The command that starts the kernel by this Node, not by PATH. @param connectionFile or its placeholder */
export function kernelCommand(connectionFile: string): string[] {
  return [process.execPath, ...KERNEL_FLAGS, MAIN, connectionFile];
}

/** How a kernel process ended. */
export interface KernelExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The last it wrote past the notebook protocol, for example a crash of native code. */
  lastWords: string;
}

/** A running kernel. */
export interface KernelProcess {
  readonly pid: number;
  /** Settles when the process is gone; never rejects. */
  readonly exited: Promise<KernelExit>;
  /** Kills the kernel and everything it started. */
  kill(): void;
}

function kill(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    if (process.platform === "win32") child.kill("SIGKILL");
    else process.kill(-child.pid, "SIGKILL");
  } catch {
    // It went in the meantime.
  }
}

/**
 * Starts a kernel.
 * @param command program and arguments
 * @param folder its working directory, where imports of cells start
 * @param environment its environment variables
 */
export function startKernelProcess(
  command: readonly string[],
  folder: string,
  environment: NodeJS.ProcessEnv,
): KernelProcess {
  const [program, ...words] = command;
  const child = spawn(program, words, {
    cwd: folder,
    // A pipe that closes when we end, however: the kernel ends then, with all it has started.
    env: { ...environment, HASHBOOK_KERNEL_PIPE: "3" },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    // A group of its own: Ctrl-C in the terminal comes to us, and we decide what becomes of the kernel.
    detached: process.platform !== "win32",
    windowsHide: true,
  });
  let lastWords = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      lastWords = (lastWords + text).slice(-4000);
    });
  }
  (child.stdio[3] as Socket).on("error", () => undefined).resume();
  const exited = new Promise<KernelExit>(resolve => {
    child.once("error", error => resolve({ code: null, signal: null, lastWords: error.message }));
    // Not "close": what the kernel has started may hold its streams open.
    child.once("exit", (code, signal) => setImmediate(() => resolve({ code, signal, lastWords: lastWords.trim() })));
  });
  return { pid: child.pid ?? 0, exited, kill: () => kill(child) };
}
