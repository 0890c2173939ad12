import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { runInThread } from "./cells-thread.js";

const plain = (lines: string[] | undefined): string => stripVTControlCharacters((lines ?? []).join("\n"));

describe("runCells", () => {
  it("runs cells, gives their output in order and the value of the last expression", async () => {
    const [first, second, third] = await runInThread([
      { source: "console.log('a'); console.error('b'); process.stdout.write('c'); return 6 * 7" },
      { source: "await new Promise(r => setTimeout(r, 5)); console.log('später'); return 'x'", isAsync: true },
      { source: "return 5", silent: true },
    ]);
    expect(first.messages).toEqual([
      { type: "stream", cell: "id-1", name: "stdout", text: "a\n" },
      { type: "stream", cell: "id-1", name: "stderr", text: "b\n" },
      { type: "stream", cell: "id-1", name: "stdout", text: "c" },
      { type: "result", cell: "id-1", value: { data: { "text/plain": "42" }, metadata: {} } },
      { type: "ended", cell: "id-1", outcome: { status: "ok", bound: [] } },
    ]);
    expect([second.stdout, second.result]).toEqual(["später\n", "'x'"]);
    expect(third.result).toBeUndefined();
  });

  it("keeps the names a cell has reached before it threw, shared with its functions", async () => {
    const bind =
      "$bind('a', () => a, v => { a = v }); $bind('b', () => b); $bind('c', () => c); $bind('more', () => more);";
    const [first, second, third] = await runInThread([
      {
        source: `${bind} let a = 1; function more() { return ++a } const b = 2; if (b === 2) throw new RangeError('boom'); const c = 3;`,
      },
      { source: "$names.a = 40; $names.more(); return [$names.a, $names.b, 'c' in $names]" },
      { source: "$names.b = 3" },
    ]);
    expect(first.outcome).toMatchObject({ status: "error", error: { ename: "RangeError" }, bound: ["a", "b", "more"] });
    expect(second.result).toBe("[ 41, 2, false ]");
    expect(third.error).toMatchObject({ ename: "TypeError", evalue: "Assignment to constant variable: b" });
  });

  it("traces errors in lines of the cells, through functions of earlier ones, without frames of the kernel", async () => {
    const [, second, third, fourth] = await runInThread([
      {
        source: "$bind('fail', () => fail);\nfunction fail(n: number): never {\n  throw new RangeError('no ' + n);\n}",
      },
      { source: "const x = 1;\nawait null;\n  $names.fail(3);", isAsync: true },
      { source: "throw 'text'" },
      {
        source:
          "const deep = n => { if (n === 0) throw new Error('deep', { cause: new TypeError('inner') }); deep(n - 1) };\nconst wait = async () => { await null; deep(30) };\nawait (async () => {\n await wait();\n})()",
        isAsync: true,
      },
    ]);
    const trace = plain(fourth.error?.traceback).split("\n");
    expect(trace.slice(0, 2)).toEqual(["Error: deep", expect.stringContaining("  1 | const deep")]);
    expect(trace).toContain("caused by TypeError: inner");
    expect(trace.slice(3, 8)).toEqual([
      "    at deep (cell 4, line 1)",
      "    … 30 times more",
      "    at wait (cell 4, line 2)",
      "    at cell 4, line 4",
      "    at cell 4, line 3",
    ]);
    expect(plain(second.error?.traceback)).toBe(
      [
        "RangeError: no 3",
        "  3 |   throw new RangeError('no ' + n);",
        "              ^",
        "    at fail (cell 1, line 3)",
        "    at cell 2, line 3",
      ].join("\n"),
    );
    expect(third.error).toMatchObject({ ename: "Uncaught", evalue: "text" });
  });

  it("shows what was thrown too late or not handled under the cell it comes from", async () => {
    const [first, second, third] = await runInThread([
      { source: "setTimeout(() => { throw new Error('late') }, 20)" },
      { source: "await new Promise(r => setTimeout(r, 60)); console.log('fine')", isAsync: true },
      { source: "Promise.reject(new Error('unhandled'));\nreturn 1" },
    ]);
    expect(first.outcome.status).toBe("ok");
    const late = [first, second].flatMap(({ messages }) => messages.filter(m => m.type === "late"));
    expect(late).toMatchObject([{ cell: "id-1", error: { evalue: "late" } }]);
    expect(second.outcome.status).toBe("ok");
    expect(plain(third.error?.traceback)).toContain("Error: unhandled\n  1 | Promise.reject(new Error('unhandled'));");
  });
});

describe("what cells have of the kernel", () => {
  it("asks the user by prompt, confirm and readline, and says where nobody can be asked", async () => {
    const readline = `const rl = require('node:readline/promises').createInterface({ input: process.stdin, output: process.stdout });
      const first = await rl.question('name? '); const second = await rl.question('age? '); rl.close();
      await new Promise(r => setTimeout(r, 30));
      return [first, second]`;
    const [asked, lines, again, refused, late] = await runInThread([
      {
        source: "return [prompt('a?'), prompt('b?', 'otherwise'), confirm('c?'), confirm('d?')]",
        answers: ["Käse", "", "y", "no"],
      },
      { source: readline, isAsync: true, answers: ["Ada", "36", "too much"] },
      { source: readline, isAsync: true, answers: ["Bob", "5"] },
      { source: "prompt('a?')" },
      { source: "prompt('a?')", answers: [] },
    ]);
    expect(asked.result).toBe("[ 'Käse', 'otherwise', true, false ]");
    expect(asked.messages).toContainEqual(expect.objectContaining({ type: "input", prompt: "c? [y/N] " }));
    expect([lines.result, again.result]).toEqual(["[ 'Ada', '36' ]", "[ 'Bob', '5' ]"]);
    expect([lines.stdout, lines.messages.filter(m => m.type === "input")]).toMatchObject([
      "name? age? ",
      { length: 2 },
    ]);
    expect(refused.error?.evalue).toMatch(/nobody can be asked/);
    expect(late.error?.evalue).toMatch(/nobody can be asked/);
  });

  it("shows what cells written for tslab show", async () => {
    const source = `const { display, newDisplay, versions } = require('tslab');
      display.html('<b>x</b>'); display.png(Uint8Array.of(1, 2, 3)); display.raw('text/x', 'y');
      const one = newDisplay(); one.text('1'); one.markdown('2');
      return [versions.node === process.version, /^5./.test(versions.typescript)]`;
    const [{ messages, result }] = await runInThread([{ source }]);
    const shown = messages.flatMap(m => (m.type === "display" ? [m] : []));
    expect(shown.map(({ content: { data }, update }) => [data, update])).toEqual([
      [{ "text/html": "<b>x</b>" }, false],
      [{ "image/png": "AQID" }, false],
      [{ "text/x": "y" }, false],
      [{ "text/plain": "1" }, false],
      [{ "text/markdown": "2" }, true],
    ]);
    const [, , , first, second] = shown.map(({ content }) => content.transient.display_id);
    expect([typeof first, second]).toEqual(["string", first]);
    expect(result).toBe("[ true, true ]");
  });

  it("clears outputs, keeps the kernel alive, and imports from the notebook's folder", async () => {
    const folder = await mkdtemp(join(tmpdir(), "cells-folder-"));
    try {
      await writeFile(
        join(folder, "own.mjs"),
        "export const own = 7; export const fail = () => { throw new Error('own') };",
      );
      const [cleared, exit, own, fail] = await runInThread(
        [
          { source: "console.log('a'); console.clear(); console.log('b')" },
          { source: "process.exit(3)" },
          { source: "return (await import('./own.mjs')).own", isAsync: true },
          { source: "(await import('./own.mjs')).fail()", isAsync: true },
        ],
        folder,
      );
      expect(cleared.messages.map(m => m.type)).toEqual(["stream", "clear", "stream", "ended"]);
      expect(exit.error?.evalue).toMatch(/would end the kernel/);
      expect(own.result).toBe("7");
      expect(plain(fail.error?.traceback)).toMatch(/at (Module\.)?fail \(own\.mjs:1:\d+\)\n {4}at cell 4, line 1$/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("interrupt", () => {
  const waiting = "await new Promise(r => setTimeout(r, 60000))";
  const sleep = "new Promise(r => setTimeout(r, 10))";
  const storage = "const storage = new (require('node:async_hooks').AsyncLocalStorage)()";
  const cases: Record<string, [string, boolean]> = {
    "a loop": ["for (;;) {}", false],
    "an await": [waiting, true],
    "a loop after an await": ["await new Promise(r => setTimeout(r, 10)); for (;;) {}", true],
    "a loop in a timer": ["setTimeout(() => { for (;;) {} }, 5); await new Promise(() => {})", true],
    "a loop in an immediate": ["setImmediate(() => { for (;;) {} }); await new Promise(() => {})", true],
    "a loop in a tick": ["process.nextTick(() => { for (;;) {} }); await new Promise(() => {})", true],
    "endless microtasks": ["for (;;) await null", true],
    "timers' promises": ["await require('node:timers/promises').setTimeout(60000)", true],
    "a loop within AsyncLocalStorage": [`${storage}; storage.run(1, () => { for (;;) {} })`, false],
    "a loop after an await within AsyncLocalStorage": [
      `${storage}; await storage.run(1, async () => { await ${sleep}; for (;;) {} })`,
      true,
    ],
    "a loop in a timer where AsyncLocalStorage is no longer used": [
      `${storage}; storage.enterWith(1); storage.disable(); await ${sleep}; setTimeout(() => { for (;;) {} }); ${waiting}`,
      true,
    ],
    "a loop in a callback of fs": [
      "require('fs').readFile('/', () => { for (;;) {} }); await new Promise(() => {})",
      true,
    ],
  };

  it("ends whatever a cell does, and the next cell works", async () => {
    const check = { source: "await null; await new Promise(r => setTimeout(r, 5)); return 'works'", isAsync: true };
    const steps = Object.values(cases).flatMap(([source, isAsync]) => [
      { source: `console.log('runs'); ${source}`, isAsync, interruptAfter: 50 },
      check,
    ]);
    const reports = await runInThread(steps);
    Object.keys(cases).forEach((name, at) => {
      const [interrupted, next] = [reports[2 * at], reports[2 * at + 1]];
      expect(interrupted.error?.ename, name).toBe("KeyboardInterrupt");
      expect(interrupted.interruptTook, name).toBeLessThan(30_000); // what waits would do so for a minute
      expect(next.result, `after ${name}`).toBe("'works'");
    });
  });

  it("leaves AsyncLocalStorage what it is", async () => {
    const source = `const { AsyncLocalStorage } = require('node:async_hooks');
      const [a, b] = [new AsyncLocalStorage(), new AsyncLocalStorage()];
      const sleep = () => new Promise(resolve => setTimeout(resolve, 1));
      const both = i => a.run(i, async () => { await sleep(); return b.run(-i, async () => { await sleep(); return [a.getStore(), b.getStore()] }) });
      const first = await Promise.all([both(1), both(2)]);
      b.disable(); a.disable();
      return JSON.stringify([first, await both(3), a.getStore()])`;
    const loop =
      "console.log('runs'); new (require('node:async_hooks').AsyncLocalStorage)().run(1, () => { for (;;) {} })";
    const [, { result }] = await runInThread([
      { source: loop, interruptAfter: 50 },
      { source, isAsync: true },
    ]);
    expect(result).toBe("'[[[1,-1],[2,-2]],[3,-3],null]'");
  });

  it("stops the work: by timers, by files, by a signal that is obeyed", async () => {
    const signal = "globalThis[Symbol.for('hashbook.cell-host')].signal";
    const reports = await runInThread([
      { source: "globalThis.ticks = 0; globalThis.sleep = ms => new Promise(r => setTimeout(r, ms))" },
      {
        source: "for (;;) { await sleep(5); if (++ticks === 3) console.log('runs') }",
        isAsync: true,
        interruptAfter: 50,
      },
      { source: "const before = ticks; await sleep(100); return [before > 0, ticks - before]", isAsync: true },
      {
        source:
          "ticks = 0; for (;;) { await require('fs').promises.readFile('/etc/passwd'); if (++ticks === 3) console.log('runs') }",
        isAsync: true,
        interruptAfter: 50,
        linger: 50,
      },
      { source: "const before = ticks; await sleep(100); return [before > 0, ticks - before]", isAsync: true },
      {
        source: `const signal = ${signal}; for (let i = 0; i < 20; i++) signal.addEventListener('abort', () => {}); globalThis.kept = 0; console.log('runs'); for (;;) { await new Promise(setImmediate); if (signal.aborted) { kept = 7; signal.throwIfAborted() } }`,
        isAsync: true,
        interruptAfter: 50,
      },
      { source: "return kept" },
      {
        source:
          "globalThis.child = require('child_process').spawn('sleep', ['60']); globalThis.gone = new Promise(r => child.once('exit', r)); console.log('runs'); await new Promise(() => {})",
        isAsync: true,
        interruptAfter: 50,
      },
      { source: "await gone; return child.signalCode", isAsync: true },
    ]);
    expect([reports[2].result, reports[4].result]).toEqual(["[ true, 0 ]", "[ true, 0 ]"]);
    expect(reports[5].stderr).not.toContain("MaxListeners");
    expect(reports[6].result).toBe("7");
    expect(reports[8].result).toBe("'SIGTERM'");
  });
});
