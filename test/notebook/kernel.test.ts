import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageFolder } from "../../src/core/paths.js";
import type { CellReply } from "../../src/notebook/cell-request.js";
import { type Connection, prepareConnection } from "../../src/notebook/connection.js";
import type { JupyterMessage } from "../../src/notebook/jupyter-message.js";
import type { CellOptions, Kernel } from "../../src/notebook/kernel.js";
import { startKernel } from "../../src/notebook/start-kernel.js";
import { ensureLib } from "./built-lib.js";

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function gone(pid: number, seconds: number): Promise<boolean> {
  for (let i = 0; i < 20 * seconds && isRunning(pid); i++) await sleep(50);
  return !isRunning(pid);
}

describe("a tslab kernel", () => {
  let folder: string;
  let kernel: Kernel;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hashbook-test-"));
    kernel = await startKernel({ folder });
  }, 60_000);
  afterAll(() => kernel.shutdown());

  async function run(
    code: string,
    options: CellOptions = {},
  ): Promise<{ reply: CellReply; messages: JupyterMessage[] }> {
    const messages: JupyterMessage[] = [];
    const reply = await kernel.execute(code, { ...options, onMessage: message => messages.push(message) });
    if (reply.status !== "ok") await sleep(250); // for so long tslab drops what comes after an error
    return { reply, messages };
  }
  const textOf = (messages: JupyterMessage[]): string => messages.map(({ content }) => content.text).join("");

  it("runs TypeScript, streams what it prints, counts cells", async () => {
    const first = await run("const n: number = 20;\nconsole.log(n + 1); console.error('e');");
    expect(first.reply).toEqual({ status: "ok", executionCount: 1, complete: true });
    expect(first.messages.map(({ header, content }) => [header.msg_type, content.name, content.text])).toEqual([
      ["stream", "stdout", "21\n"],
      ["stream", "stderr", "e\n"],
    ]);
    const second = await run("await new Promise<void>(done => setTimeout(done, 20));\nn * 2");
    expect(second.reply).toEqual({ status: "ok", executionCount: 2, complete: true });
    expect(textOf(second.messages)).toBe("40\n");
  });

  it("works in the folder given", async () => {
    const { messages } = await run("console.log(process.cwd())");
    expect(textOf(messages).trim()).toBe(folder);
  });

  it("says when a cell fails, by type or at run time, and goes on after it", async () => {
    const types = await run("const text: string = 4;");
    expect(types.reply.status).toBe("error");
    expect(textOf(types.messages)).toContain("1:7 - Type 'number' is not assignable to type 'string'.");
    const thrown = await run('await Promise.reject(new RangeError("too far"));');
    expect(thrown.reply.status).toBe("error");
    expect(textOf(thrown.messages)).toMatch(/^RangeError: too far\n/);
    expect((await run("console.log(1)")).reply.status).toBe("ok");
  });

  it("lets a later cell declare a constant again", async () => {
    await run("const again = 1;");
    const { reply, messages } = await run('const again = "two"; console.log(again);');
    expect([reply.status, textOf(messages)]).toEqual(["ok", "two\n"]);
  });

  it("loses nothing of what a cell prints in one go", async () => {
    const { messages } = await run("for (let i = 0; i < 5000; i++) console.log(i);");
    expect(textOf(messages)).toBe(Array.from({ length: 5000 }, (_, i) => `${i}\n`).join(""));
  });

  // zeromq.js puts one operation in 513 off, and tslab lost what it sent before that was done: lines, replies, idle.
  it("loses nothing over many turns and cells either", async () => {
    const turns = "for (let t = 0; t < 20; t++) { for (let i = 0; i < 150; i++) console.log(t); await pause(); }";
    const pause = "const pause = () => new Promise<void>(done => setImmediate(done));";
    const { messages } = await run(`${pause}\n${turns}`);
    expect(messages).toHaveLength(20 * 150);
    for (let cell = 0; cell < 30; cell++) {
      const { messages } = await run("for (let i = 0; i < 20; i++) console.log(i);");
      expect(messages, `cell ${cell}`).toHaveLength(20);
    }
  });

  it("is stopped by a time-out even in an endless loop, and is then gone", async () => {
    const looping = await startKernel({ folder });
    const failed = looping.execute("for (;;);", { timeout: 0.3 });
    await expect(failed).rejects.toMatchObject({ ename: "TimeoutError", message: expect.stringContaining("0.3 s") });
    expect(await gone(looping.pid, 2)).toBe(true);
    await expect(looping.execute("1")).rejects.toMatchObject({ ename: "KernelDied" });
    await looping.shutdown();
    await looping.shutdown();
  });

  it("tells how it died in the middle of a cell", async () => {
    const dying = await startKernel({ folder });
    const failed = dying.execute('process.kill(process.pid, "SIGKILL"); await new Promise(() => {});');
    await expect(failed).rejects.toMatchObject({ ename: "KernelDied", message: expect.stringContaining("SIGKILL") });
    await dying.shutdown();
  });

  it("is killed when the caller aborts, with the caller's reason", async () => {
    const aborted = await startKernel({ folder });
    const controller = new AbortController();
    const failed = aborted.execute("await new Promise(() => {});", { signal: controller.signal });
    setTimeout(() => controller.abort(new Error("enough")), 100);
    await expect(failed).rejects.toThrow("enough");
    expect(await gone(aborted.pid, 2)).toBe(true);
    await aborted.shutdown();
  });

  it("is started at another address where one is taken, and says so", async () => {
    const server = createServer();
    await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const said: string[] = [];
    const onRetry = (sentence: string): void => void said.push(sentence);
    let tries = 0;
    const takenAtFirst = async (): Promise<Connection> => (tries++ === 0 ? connectionAt(port) : prepareConnection());
    const started = await startKernel({ folder, connect: takenAtFirst, onRetry });
    expect(await started.execute("1")).toMatchObject({ status: "ok" });
    await started.shutdown();
    expect(said).toEqual([expect.stringMatching(/Address already in use[\s\S]*; starting another$/)]);
    expect(said[0]).toContain(`127.0.0.1:${port}`);

    const alwaysTaken = startKernel({ folder, connect: () => connectionAt(port), onRetry });
    await expect(alwaysTaken).rejects.toMatchObject({ ename: "AddressTaken" });
    expect(said).toHaveLength(3);
    server.close();
  });

  /** A connection over TCP whose first port is given. */
  async function connectionAt(port: number): Promise<Connection> {
    const connection = await prepareConnection();
    const info = { ...connection.info, transport: "tcp" as const, ip: "127.0.0.1", shell_port: port };
    for (const [i, name] of (["iopub_port", "stdin_port", "control_port", "hb_port"] as const).entries()) {
      info[name] = port + 1 + i;
    }
    await writeFile(connection.file, JSON.stringify(info));
    return { ...connection, info };
  }

  it("is started again when it does not answer", async () => {
    const marker = join(folder, "hung");
    const hang = join(folder, "hang.cjs");
    await writeFile(
      hang,
      `const fs = require("fs"); if (!fs.existsSync(${JSON.stringify(marker)})) { fs.writeFileSync(${JSON.stringify(marker)}, ""); for (;;); }`,
    );
    const said: string[] = [];
    const environment = { ...process.env, NODE_OPTIONS: `--require ${hang}` };
    const started = await startKernel({ folder, environment, startTimeout: 20, onRetry: why => said.push(why) });
    expect(await started.execute("1")).toMatchObject({ status: "ok" });
    await started.shutdown();
    expect(said).toEqual(["the tslab kernel did not answer within 20 s; starting another"]);
  }, 120_000);

  it("gives up a cell that a stopped kernel has not begun, and waits for one that goes on", async () => {
    const stopped = await startKernel({ folder });
    process.kill(stopped.pid, "SIGSTOP");
    const file = join(folder, "runs.txt");
    const code = `require("fs").appendFileSync(${JSON.stringify(file)}, "run\\n");`;
    const said: string[] = [];
    const options = { patience: 0.2, onSilence: (sentence: string) => said.push(sentence) };
    const waiting = stopped.execute(code, { ...options, beginWithin: 100 });
    await sleep(800);
    process.kill(stopped.pid, "SIGCONT");
    expect(await waiting).toMatchObject({ status: "ok", complete: true });
    expect(said[0]).toContain("has not begun");
    expect(await readFile(file, "utf8")).toBe("run\n");
    process.kill(stopped.pid, "SIGSTOP");
    await expect(stopped.execute(code, { ...options, beginWithin: 0.5 })).rejects.toMatchObject({
      ename: "KernelLost",
    });
    await stopped.shutdown(0);
    expect(await readFile(file, "utf8")).toBe("run\n");
  });

  it("tells of late errors by the cell that started them, while another runs and after the last", async () => {
    const own = await startKernel({ folder });
    const late: string[] = [];
    const note = (cell: string): CellOptions => ({
      onLateError: ({ trace, known }) => void late.push(`${cell}${known ? "" : "?"}: ${trace.split("\n")[0]}`),
    });
    const first = `setTimeout(() => { throw new RangeError("timer"); }, 300);
      async function fails() { throw new TypeError("rejected"); }
      fails();`;
    await own.execute(first, note("first"));
    // Rejected in the cell itself: known when it has ended.
    expect(late).toEqual(["first: TypeError: rejected"]);
    await own.execute("const done = new Promise<void>(r => setTimeout(r, 800)); await done;", note("second"));
    expect(late).toEqual(["first: TypeError: rejected", "first: RangeError: timer"]);
    await own.execute("Promise.reject(7); 0", note("unknown"));
    expect(late.pop()).toBe("unknown?: 7");
    const prints: string[] = [];
    const onMessage = ({ content }: JupyterMessage): void => void prints.push(`${content.text}`);
    const last = 'setTimeout(() => { process.stdout.write("late\\n"); (null as any).x; }, 400);\n0';
    await own.execute(last, { ...note("third"), onMessage });
    expect(await own.shutdown()).toMatchObject({ code: 0, signal: null });
    expect(late.slice(2)).toEqual([expect.stringMatching(/^third: TypeError: Cannot read properties of null/)]);
    expect(prints).toEqual(["0\n", "late\n"]);
  });

  it("leaves errors to a notebook that takes care of them", async () => {
    const own = await startKernel({ folder });
    const late: string[] = [];
    const code = `process.on("unhandledRejection", reason => console.log("mine", reason)); Promise.reject(7); 0`;
    const prints: string[] = [];
    const onMessage = ({ content }: JupyterMessage): void => void prints.push(`${content.text}`);
    await own.execute(code, { onLateError: ({ trace }) => late.push(trace), onMessage });
    await own.execute("1", {});
    await own.shutdown();
    expect(late).toEqual([]);
    expect(prints.join("")).toContain("mine 7");
  });

  it("says why it cannot start", async () => {
    const environment = { ...process.env, NODE_OPTIONS: "--require /nonexistent/module.js" };
    await expect(startKernel({ folder, environment })).rejects.toMatchObject({
      ename: "KernelDied",
      message: expect.stringContaining("/nonexistent/module.js"),
    });
  });

  // tools that run us may give us any end; none may leave a kernel behind, least of all one that loops
  it.each(["SIGKILL", "SIGINT"] as const)("dies with its parent on %s, endless loop and all", async signal => {
    ensureLib();
    const script = join(folder, `parent-${signal}.mjs`);
    const grandchild = join(folder, `grandchild-${signal}`);
    const loop = `require("child_process").spawn("sleep", ["60"]); require("fs").writeFileSync(${JSON.stringify(grandchild)}, ""); for (;;);`;
    await writeFile(
      script,
      `import { startKernel } from ${JSON.stringify(pathToFileURL(join(packageFolder, "lib/notebook/start-kernel.js")).href)};
       const kernel = await startKernel({ folder: ${JSON.stringify(folder)} });
       console.log(kernel.pid);
       await kernel.execute(${JSON.stringify(loop)});`,
    );
    const parent = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
    const pid = await new Promise<number>(resolve => parent.stdout.once("data", data => resolve(Number(data))));
    while (!existsSync(grandchild)) await sleep(20);
    expect(isRunning(pid)).toBe(true);
    parent.kill(signal);
    expect(await gone(pid, 5)).toBe(true);
    // Nobody left in its process group. All get SIGKILL at once, but init reaps its child when it comes to it.
    expect(await gone(-pid, 5)).toBe(true);
  });
});
