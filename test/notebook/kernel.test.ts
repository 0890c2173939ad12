import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageFolder } from "../../src/core/paths.js";
import { type CellReply, errorIn } from "../../src/notebook/cell-request.js";
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

describe("a kernel", () => {
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
    return { reply, messages };
  }
  const textOf = (messages: JupyterMessage[]): string => messages.map(({ content }) => content.text ?? "").join("");

  it("runs TypeScript, streams what it prints, counts cells", async () => {
    const first = await run("const n: number = 20;\nconsole.log(n + 1); console.error('e');");
    expect(first.reply).toEqual({ status: "ok", executionCount: 1 });
    expect(first.messages.map(({ header, content }) => [header.msg_type, content.name, content.text])).toEqual([
      ["execute_input", undefined, undefined],
      ["stream", "stdout", "21\n"],
      ["stream", "stderr", "e\n"],
    ]);
    const second = await run("await new Promise<void>(done => setTimeout(done, 20));\nn * 2");
    expect(second.reply).toEqual({ status: "ok", executionCount: 2 });
    expect(second.messages.at(-1)?.content).toMatchObject({ data: { "text/plain": "40" }, execution_count: 2 });
  });

  it("works in the folder given", async () => {
    const { messages } = await run("console.log(process.cwd())");
    expect(textOf(messages).trim()).toBe(folder);
  });

  it("says when a cell fails, by type or at run time, and goes on after it", async () => {
    const types = await run("const text: string = 4;");
    expect(types.reply).toMatchObject({ status: "error", error: { ename: "TypeScriptError" } });
    expect(types.reply.error?.evalue).toContain("line 1: Type 'number' is not assignable to type 'string'.");
    const thrown = await run('await Promise.reject(new RangeError("too far"));');
    expect(thrown.reply).toMatchObject({ status: "error", error: { ename: "RangeError", evalue: "too far" } });
    const published = thrown.messages.filter(({ header }) => header.msg_type === "error");
    expect(published.map(({ content }) => errorIn(content))).toEqual([thrown.reply.error]);
    expect((await run("console.log(1)")).reply.status).toBe("ok");
  });

  it("shows and counts nothing of a silent cell", async () => {
    const { reply, messages } = await run("console.log(1); 2", { silent: true });
    expect(reply.status).toBe("ok");
    expect(messages).toEqual([]);
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

  // zeromq.js puts one operation in 513 off, and whoever does not wait for it loses lines, replies, idle.
  it("loses nothing over many turns and cells either", async () => {
    const pause = "const pause = () => new Promise<void>(done => setImmediate(done));";
    const turns = "for (let t = 0; t < 20; t++) { for (let i = 0; i < 150; i++) console.log(t, i); await pause(); }";
    const { messages } = await run(`${pause}\n${turns}`);
    const lines = Array.from({ length: 20 * 150 }, (_, i) => `${Math.floor(i / 150)} ${i % 150}\n`);
    expect(textOf(messages)).toBe(lines.join(""));
    for (let cell = 0; cell < 30; cell++) {
      const { messages } = await run("for (let i = 0; i < 20; i++) console.log(i);");
      expect(textOf(messages), `cell ${cell}`).toBe(
        lines
          .slice(0, 20)
          .map(line => line.slice(2))
          .join(""),
      );
    }
  });

  it.each(["for (;;);", "await new Promise<void>(() => {});"])(
    "is interrupted by a time-out in %s, and goes on",
    async code => {
      const failed = run(code, { timeout: 0.3 });
      await expect(failed).rejects.toMatchObject({ ename: "TimeoutError", message: expect.stringContaining("0.3 s") });
      expect((await run("1 + 1")).reply.status).toBe("ok");
    },
  );

  it("is killed where it does not hear the interrupt, and is then gone", async () => {
    const stopped = await startKernel({ folder });
    process.kill(stopped.pid, "SIGSTOP");
    await expect(stopped.execute("1", { timeout: 0.1 })).rejects.toMatchObject({ ename: "TimeoutError" });
    expect(await gone(stopped.pid, 20)).toBe(true);
    await expect(stopped.execute("1")).rejects.toMatchObject({ ename: "KernelDied" });
    await stopped.shutdown();
    await stopped.shutdown();
  });

  it("tells how it died in the middle of a cell", async () => {
    const dying = await startKernel({ folder });
    const failed = dying.execute('process.kill(process.pid, "SIGKILL"); await new Promise(() => {});');
    await expect(failed).rejects.toMatchObject({ ename: "KernelDied", message: expect.stringContaining("SIGKILL") });
    await dying.shutdown();
  });

  it("interrupts the cell when the caller aborts, with the caller's reason", async () => {
    const controller = new AbortController();
    const messages: JupyterMessage[] = [];
    const code = `console.log("runs"); try { await new Promise(r => setTimeout(r, 60_000)); } finally { console.log("tidied up"); }`;
    const onMessage = (one: JupyterMessage): void => {
      messages.push(one);
      if (one.content.text === "runs\n") controller.abort(new Error("enough"));
    };
    const failed = kernel.execute(code, { signal: controller.signal, onMessage });
    await expect(failed).rejects.toThrow("enough");
    const errors = messages.filter(({ header }) => header.msg_type === "error");
    expect(errors.map(({ content }) => content.ename)).toEqual(["KeyboardInterrupt"]);
    expect((await run("1 + 1")).reply.status).toBe("ok");
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
    expect(said).toEqual([expect.stringMatching(/; starting another$/)]);
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
    expect(said).toEqual(["the kernel did not answer within 20 s; starting another"]);
  }, 120_000);

  it("tells of late errors by the cell that started them, while another runs", async () => {
    const late: string[] = [];
    const note = (cell: string): CellOptions => ({
      onMessage: ({ header, content }) => {
        if (header.msg_type === "error") late.push(`${cell}: ${content.ename} ${content.evalue}`);
      },
    });
    const first = `setTimeout(() => { throw new RangeError("timer"); }, 300);
      async function fails() { await new Promise(r => setTimeout(r, 100)); throw new TypeError("rejected"); }
      void fails();`;
    expect(await kernel.execute(first, note("first"))).toMatchObject({ status: "ok" });
    await kernel.execute("await new Promise<void>(r => setTimeout(r, 800));", note("second"));
    expect(late).toEqual(["first: TypeError rejected", "first: RangeError timer"]);
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
    expect(await gone(pid, 10)).toBe(true);
    // Nobody left in its process group. All get SIGKILL at once, but init reaps its child when it comes to it.
    expect(await gone(-pid, 5)).toBe(true);
  });
});
