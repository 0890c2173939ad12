import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageFolder } from "../../src/core/paths.js";
import type { JupyterMessage } from "../../src/notebook/jupyter-message.js";
import { type CellOptions, type CellReply, type Kernel, startKernel } from "../../src/notebook/kernel.js";
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
    expect(first.reply).toEqual({ status: "ok", executionCount: 1 });
    expect(first.messages.map(({ header, content }) => [header.msg_type, content.name, content.text])).toEqual([
      ["stream", "stdout", "21\n"],
      ["stream", "stderr", "e\n"],
    ]);
    const second = await run("await new Promise<void>(done => setTimeout(done, 20));\nn * 2");
    expect(second.reply).toEqual({ status: "ok", executionCount: 2 });
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
      `import { startKernel } from ${JSON.stringify(pathToFileURL(join(packageFolder, "lib/notebook/kernel.js")).href)};
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
