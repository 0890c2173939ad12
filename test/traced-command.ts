import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** What a command and all that it started asked of the system. */
export interface TracedCommand {
  status: number | null;
  stdout: string;
  stderr: string;
  /** Addresses of other machines or ports connected to, and the files in which such addresses are looked up. */
  network: string[];
  /** Full paths of what was opened to be written, made, renamed or linked, without devices. */
  written: string[];
}

/** Why commands cannot be traced here; undefined when they can. */
export function tracingTrouble(): string | undefined {
  const { status, error, stderr } = spawnSync("strace", ["-qq", "-o", "/dev/null", "true"], { encoding: "utf8" });
  if (status === 0) return undefined;
  return error === undefined ? stderr.trim() : "strace is not installed";
}

const CALLS = "connect,open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat";
const LOOKED_UP = /^\/etc\/(resolv\.conf|hosts|nsswitch\.conf)$|\/nscd\/socket$/;

/** The paths of a call, full; those relative to an open folder come as strace -y shows it: `5</folder>, "name"`. */
function pathsIn(call: string, cwd: string): string[] {
  const pairs = [...call.matchAll(/(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"/g)];
  return pairs.map(([, folder, path]) => resolve(folder ?? cwd, path));
}

/** Runs a program under strace in a folder. */
export function traceCommand(program: string[], cwd: string, environment: NodeJS.ProcessEnv): TracedCommand {
  const log = join(mkdtempSync(join(tmpdir(), "hashbook-strace-")), "log");
  const words = ["-f", "-y", "-qq", "-s", "4096", "-e", `trace=${CALLS}`, "-o", log, ...program];
  const { status, stdout, stderr } = spawnSync("strace", words, { cwd, env: environment, encoding: "utf8" });
  const network = new Set<string>();
  const written = new Set<string>();
  // Calls that failed count too: what was tried is what we want to know. A call in two parts shows its paths in the first.
  for (const line of readFileSync(log, "utf8").split("\n")) {
    const [, name, rest] = /^\d+ +(\w+)\((.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    if (name === "connect") {
      const local = /sun_path="([^"]*)"/.exec(rest)?.[1];
      if (local === undefined || LOOKED_UP.test(local)) network.add(rest);
      continue;
    }
    const paths = pathsIn(rest, cwd);
    for (const path of paths) if (LOOKED_UP.test(path)) network.add(path);
    const reads = name.startsWith("open") && !/O_WRONLY|O_RDWR|O_CREAT/.test(rest);
    if (!reads) for (const path of paths) if (!/^\/(dev|proc)\//.test(path)) written.add(path);
  }
  return { status, stdout, stderr, network: [...network], written: [...written] };
}
