import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import type { Socket } from "node:net";
import { dirname, join } from "node:path";
import { type KernelReport, reportReader } from "./kernel-reports.js";

/** Built, because it runs without this process's loader. */
const PRELOAD = new URL("../../lib/notebook/kernel-preload.js", import.meta.url);
/** Milliseconds for which, after the end of a kernel, its last reports are waited for. */
const LAST_REPORTS = 300;

/** The folder of the tslab that this project depends on. */
export function tslabFolder(): string {
  return dirname(dirname(createRequire(import.meta.url).resolve("tslab")));
}

/** The command that starts tslab's kernel through this Node, not through PATH. @param connectionFile or its placeholder */
export function kernelCommand(connectionFile: string): string[] {
  const main = join(tslabFolder(), "bin", "tslab");
  return [process.execPath, "--import", PRELOAD.href, main, "kernel", "--config-path", connectionFile];
}

/** How a kernel process ended. */
export interface KernelExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The last it wrote past the notebook protocol, for example a crash of native code. */
  lastWords: string;
}

/** A running `tslab kernel`. */
export interface KernelProcess {
  readonly pid: number;
  /** Settles when the process is gone; never rejects. */
  readonly exited: Promise<KernelExit>;
  /** Sends a signal: SIGKILL to the kernel and everything it started, others to the kernel alone. */
  kill(signal: NodeJS.Signals): void;
}

function sendSignal(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    if (signal === "SIGKILL" && process.platform !== "win32") process.kill(-child.pid, signal);
    else child.kill(signal);
  } catch {
    // It went in the meantime.
  }
}

/**
 * Starts tslab's kernel.
 * @param connectionFile the JSON file that tells it where to meet us, in a folder of its own
 * @param folder its working directory, where imports of cells start
 * @param environment its environment variables
 * @param receive called with each of its reports
 */
export function startKernelProcess(
  connectionFile: string,
  folder: string,
  environment: NodeJS.ProcessEnv,
  receive: (report: KernelReport) => void,
): KernelProcess {
  const [node, ...words] = kernelCommand(connectionFile);
  const child = spawn(node, words, {
    cwd: folder,
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
  const pipe = child.stdio[3] as Socket;
  pipe.setEncoding("utf8").on("data", reportReader(receive));
  const heard = new Promise<void>(resolve => pipe.once("close", resolve).once("error", () => resolve()));
  const exited = new Promise<KernelExit>(resolve => {
    child.once("error", error => resolve({ code: null, signal: null, lastWords: error.message }));
    child.once("exit", async (code, signal) => {
      await Promise.race([heard, new Promise(later => setTimeout(later, LAST_REPORTS))]);
      resolve({ code, signal, lastWords: lastWords.trim() });
    });
  });
  return { pid: child.pid ?? 0, exited, kill: signal => sendSignal(child, signal) };
}
