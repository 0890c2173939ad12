// The kernel as a process, with its true compiler and cells: how it starts, ends, is interrupted, and what it prints.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Connection, prepareConnection } from "../../src/notebook/connection.js";
import { kernelCommand } from "../../src/notebook/kernel-process.js";
import { type Heard, WireClient } from "./wire-client.js";

let folder: string;
let connection: Connection;
let started: ChildProcess[];
let said: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-kernel-"));
  connection = await prepareConnection();
  started = [];
  said = "";
});

afterEach(async () => {
  for (const child of started) child.kill("SIGKILL");
  await connection.remove();
  await rm(folder, { recursive: true, force: true });
});

function start(file: string = connection.file, env: NodeJS.ProcessEnv = {}): ChildProcess {
  const stdio = ["ignore", "pipe", "pipe", "pipe"] as const;
  const [program, ...words] = kernelCommand(file);
  const child = spawn(program, words, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: [...stdio],
  });
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", text => (said += text));
  started.push(child);
  return child;
}

async function connect(): Promise<WireClient> {
  const client = new WireClient(connection.info);
  await client.until(() => client.published.find(one => one.header.msg_type === "iopub_welcome"), "a welcome");
  return client;
}

const textOf = (outputs: readonly Heard[], name = "stdout"): string =>
  outputs
    .filter(one => one.content.name === name)
    .map(one => one.content.text)
    .join("");

async function run(client: WireClient, code: string): Promise<{ status: unknown; ename: unknown; text: string }> {
  const { reply, outputs } = await client.answer(client.execute(code));
  return { status: reply.content.status, ename: reply.content.ename, text: textOf(outputs) };
}

describe("the kernel's process", () => {
  it("runs cells and ends with shutdown, its sockets closed in order", async () => {
    const child = start();
    const client = await connect();
    expect(await run(client, "const x = 6; console.log(x * 7)")).toMatchObject({ status: "ok", text: "42\n" });
    expect(await run(client, "console.log(x)")).toMatchObject({ status: "ok", text: "6\n" });
    await client.ask("shutdown_request", { restart: false }, "control");
    if (child.exitCode === null) await once(child, "exit");
    expect(child.exitCode).toBe(0);
    expect(said).toBe("");
    client.close();
  });

  it("says what is wrong with its connection file", async () => {
    const file = join(folder, "c.json");
    await writeFile(file, JSON.stringify({ ...connection.info, key: 5 }));
    expect((await once(start(file), "exit"))[0]).toBe(1);
    expect(said).toMatch(/^hashbook: .*c\.json: "key" .*expected .*a front end writes it/);
    said = "";
    expect((await once(start(join(folder, "missing.json")), "exit"))[0]).toBe(1);
    expect(said).toMatch(/missing\.json: cannot be read; expected a connection file of Jupyter/);
  });

  it("ends with 98 where another has its address", async () => {
    const server = createServer();
    await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const file = join(folder, "c.json");
    const ports = { shell_port: 0, iopub_port: 0, stdin_port: 0, control_port: 0, hb_port: port };
    await writeFile(file, JSON.stringify({ ...connection.info, transport: "tcp", ip: "127.0.0.1", ...ports }));
    expect((await once(start(file), "exit"))[0]).toBe(98);
    expect(said).toContain(`cannot listen at tcp://127.0.0.1:${port}`);
    server.close();
  });

  it("loses nothing of 100,000 lines, nor of a text of 50 MB", async () => {
    start();
    const client = await connect();
    const lines = await run(client, "for (let i = 0; i < 100_000; i++) console.log('line ' + i)");
    expect(lines.text === Array.from({ length: 100_000 }, (_, i) => `line ${i}\n`).join("")).toBe(true);
    const long = await run(client, "process.stdout.write('0123456789'.repeat(5_000_000))");
    expect(long.text === "0123456789".repeat(5_000_000)).toBe(true);
    expect(await run(client, "console.log('after')")).toMatchObject({ text: "after\n" });
    client.close();
  });

  it("loops and waits are interrupted, by a message and by a signal, and the next cell runs", async () => {
    const child = start();
    const client = await connect();
    const message = (): void => void client.send("interrupt_request", {}, "control");
    const signal = (): void => void child.kill("SIGINT");
    // A signal of the system is heard where the thread of the cells is not blocked.
    const cases: [code: string, interrupt: () => void][] = [
      ["while (true) {}", message],
      ["await new Promise(r => setTimeout(r, 10)); while (true) {}", message],
      ["setTimeout(() => { while (true) {} }, 1); await new Promise(() => undefined)", message],
      ["Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)", message],
      ["await new Promise(() => undefined)", message],
      ["await new Promise(() => undefined)", signal],
    ];
    for (const [code, interrupt] of cases) {
      const id = client.execute(`const kept = 5; console.log("runs");\n${code}`);
      const mine = (one: Heard): boolean => one.parent_header.msg_id === id && one.header.msg_type === "stream";
      await client.until(() => client.published.find(mine), `output of ${code}`);
      await new Promise(resolve => setTimeout(resolve, 50));
      interrupt();
      expect((await client.answer(id)).reply.content).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });
      expect(await run(client, "console.log(kept + 1)")).toMatchObject({ status: "ok", text: "6\n" });
    }
    client.close();
  });

  it("asks the user, and stops waiting for an answer when it is interrupted", async () => {
    start();
    const client = await connect();
    const asked = client.execute('console.log("hello " + prompt("name?"))');
    await client.until(() => client.replies.stdin[0], "a question");
    client.send("input_reply", { value: "Ada" }, "stdin");
    expect(textOf((await client.answer(asked)).outputs)).toBe("hello Ada\n");
    const interrupted = client.execute('prompt("again?"); console.log("not reached")');
    await client.until(() => client.replies.stdin[1], "a question");
    client.send("interrupt_request", {}, "control");
    const { reply, outputs } = await client.answer(interrupted);
    expect(reply.content).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });
    expect(textOf(outputs)).toBe("");
    client.close();
  });

  it("ends when the pipe to its parent closes, though a cell is in a loop", async () => {
    const child = start(connection.file, { HASHBOOK_KERNEL_PIPE: "3" });
    const client = await connect();
    client.execute("console.log(process.env.HASHBOOK_KERNEL_PIPE);\nwhile (true) {}");
    await client.until(() => client.published.find(one => one.content.text === "undefined\n"), "output");
    child.stdio[3]?.destroy();
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    client.close();
  });
});
