import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A Python with the packages of requirements.txt; undefined: tests with real engines are skipped. */
export const enginesPython: string | undefined = process.env.HASHBOOK_TEST_GALLERIES;

if (enginesPython === undefined) {
  process.stderr.write(
    "galleries in real engines are not tested: HASHBOOK_TEST_GALLERIES names no Python with test/galleries/requirements.txt\n",
  );
}

/** An engine in a process of its own, which ends with this one. */
export interface EngineProcess {
  readonly port: number;
  stop(): Promise<void>;
}

/** Milvus Lite. @param file where it keeps its data */
export async function startMilvusLite(file: string): Promise<EngineProcess> {
  return start("milvus_lite_server.py", [file, `${await freePort()}`]);
}

/** ClickHouse behind its HTTP interface. @param credentials user and password it wants. Default: none */
export function startClickhouse(folder: string, credentials: readonly string[] = []): Promise<EngineProcess> {
  return start("clickhouse_bridge.py", [folder, ...credentials]);
}

async function start(script: string, args: readonly string[]): Promise<EngineProcess> {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(enginesPython!, [file, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise<void>(resolve => child.on("exit", () => resolve()));
  return {
    port: Number(await firstLine(child, script)),
    async stop() {
      child.stdin?.end();
      await ended;
    },
  };
}

function firstLine(child: ChildProcess, script: string): Promise<string> {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout! }).once("line", resolve);
    child.once("error", reject);
    child.once("exit", code => reject(new Error(`${script} ended with ${code}`)));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** The command that people call, from this checkout. */
export const COMMAND: string = join(fileURLToPath(new URL("../../", import.meta.url)), "bin", "hashbook.js");
