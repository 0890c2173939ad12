// Engines in processes of their own.
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const PORT = 19530;

function pythonOf(variable) {
  const python = process.env[variable];
  if (python === undefined) throw new Error(`${variable} has to name a Python, see the head of run.mjs`);
  return python;
}

/** Milvus, standalone. Its wrapper starts another process: both are of a group of their own, which is ended as one. */
export async function startMilvus(folder) {
  const python = pythonOf("HASHBOOK_MILVUS");
  const log = openSync(join(folder, "log"), "w");
  const code = "from milvus import main; main()";
  const args = ["-c", code, "--data", join(folder, "data"), "--proxy-port", `${PORT}`];
  const started = performance.now();
  const child = spawn(python, args, { stdio: ["ignore", log, log], detached: true });
  closeSync(log);
  const ended = new Promise(resolve => child.on("exit", resolve));
  while (!(await answers())) {
    if (child.exitCode !== null) throw new Error("Milvus does not start");
    await sleep(200);
  }
  await sleep(3000); // it listens before all its parts are there
  return {
    base: `milvus://127.0.0.1:${PORT}/`,
    start: (performance.now() - started) / 1000,
    async stop() {
      process.kill(-child.pid, "SIGTERM");
      const late = setTimeout(() => process.kill(-child.pid, "SIGKILL"), 10_000);
      await ended;
      clearTimeout(late);
      try {
        process.kill(-child.pid, "SIGKILL"); // what is left of the group
      } catch {}
    },
  };
}

function answers() {
  return new Promise(resolve => {
    const socket = connect(PORT, "127.0.0.1");
    socket.once("connect", () => resolve(true) ?? socket.destroy()).once("error", () => resolve(false));
  });
}

/** ClickHouse in a Python, behind its HTTP interface. */
export async function startClickhouse(folder) {
  const script = fileURLToPath(new URL("../../test/galleries/clickhouse_bridge.py", import.meta.url));
  const child = spawn(pythonOf("HASHBOOK_CLICKHOUSE"), [script, folder], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise(resolve => child.on("exit", resolve));
  const port = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", resolve);
    child.once("exit", status => reject(new Error(`ClickHouse ended with ${status}`)));
  });
  return {
    base: `clickhouse://127.0.0.1:${port}/galleries/`,
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}
