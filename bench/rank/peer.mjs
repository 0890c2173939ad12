import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** Starts peers.py; `ask` sends it one request and waits for the answer. */
export function startPeers(python, threads) {
  const env = { ...process.env, OMP_NUM_THREADS: `${threads}`, OPENBLAS_NUM_THREADS: `${threads}` };
  const script = fileURLToPath(new URL("peers.py", import.meta.url));
  const child = spawn(python, [script], { env, stdio: ["pipe", "pipe", "inherit"] });
  const waiting = [];
  createInterface({ input: child.stdout }).on("line", line => waiting.shift().resolve(JSON.parse(line)));
  child.on("exit", code => {
    for (const { reject } of waiting) reject(new Error(`peers.py ended with ${code}`));
  });
  const ask = request =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      child.stdin.write(`${JSON.stringify(request)}\n`);
    });
  return { ask, stop: () => child.stdin.end() };
}
