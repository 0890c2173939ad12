import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { kernelPreload } from "./kernel-preload.js";

/** The folder of the tslab that this project depends on. */
export function tslabFolder(): string {
  return dirname(dirname(createRequire(import.meta.url).resolve("tslab")));
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
 * Starts tslab's kernel through this Node, not through PATH.
 * @param connectionFile the JSON file that tells it where to meet us, in a folder of its own
 * @param folder its working directory, where imports of cells start
 * @param environment its environment variables
 */
export function startKernelProcess(
  connectionFile: string,
  folder: string,
  environment: NodeJS.ProcessEnv,
): KernelProcess {
  const main = join(tslabFolder(), "bin", "tslab");
  const preload = join(dirname(connectionFile), "preload.mjs");
  writeFileSync(preload, kernelPreload(main));
  const child = spawn(
    process.execPath,
    ["--import", pathToFileURL(preload).href, main, "kernel", "--config-path", connectionFile],
    {
      cwd: folder,
      env: { ...environment, HASHBOOK_PARENT_PIPE: "3" },
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      // A group of its own: Ctrl-C in the terminal comes to us, and we decide what becomes of the kernel.
      detached: process.platform !== "win32",
      windowsHide: true,
    },
  );
  let lastWords = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      lastWords = (lastWords + text).slice(-4000);
    });
  }
  const exited = new Promise<KernelExit>(resolve => {
    child.once("error", error => resolve({ code: null, signal: null, lastWords: error.message }));
    child.once("exit", (code, signal) => resolve({ code, signal, lastWords: lastWords.trim() }));
  });
  return { pid: child.pid ?? 0, exited, kill: signal => sendSignal(child, signal) };
}
