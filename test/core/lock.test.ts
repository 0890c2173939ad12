import type { ChildProcess } from "node:child_process";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InputError } from "../../src/core/errors.js";
import { lockBeside, lockOfFolder, withLock } from "../../src/core/lock.js";

const CHILD = fileURLToPath(new URL("lock-child.mjs", import.meta.url));

describe("withLock", () => {
  let folder: string;
  let lock: string;
  const children: ChildProcess[] = [];
  const onWait = (): void => undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "hashbook-lock-"));
    lock = lockOfFolder(join(folder, "out"));
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    await rm(folder, { recursive: true });
  });

  /** A process that holds the lock. */
  const holder = async (): Promise<ChildProcess> => {
    const child = spawn(process.execPath, [CHILD, lock, "hold"], { stdio: ["ignore", "pipe", "inherit"] });
    children.push(child);
    await once(child.stdout!, "data");
    return child;
  };

  it("lets one at a time in, of this process too, and leaves nothing", async () => {
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await sleep(5);
      inside--;
    };
    await Promise.all(Array.from({ length: 8 }, () => withLock(lock, work, { task: "testing", onWait })));
    expect(most).toBe(1);
    expect(await readdir(join(folder, "out")).catch(() => [])).toEqual([]);
  });

  it("listens for the end of the process once, however many locks are held", async () => {
    const before = process.listenerCount("exit");
    const during = async (): Promise<number> => {
      await sleep(20);
      return process.listenerCount("exit");
    };
    const places = Array.from({ length: 12 }, (_, i) => lockOfFolder(join(folder, `${i}`)));
    const counts = await Promise.all(places.map(place => withLock(place, during, { task: "testing" })));
    expect(Math.max(...counts)).toBe(before + 1);
    expect(process.listenerCount("exit")).toBe(before);
  });

  it("lets one at a time in, of several processes", async () => {
    const file = join(folder, "count");
    await writeFile(file, "0");
    const count = () => promisify(execFile)(process.execPath, [CHILD, lock, "count", file, "25"]);
    await Promise.all([count(), count(), count(), count()]);
    expect(await readFile(file, "utf8")).toBe("100");
    expect(await readdir(join(folder, "out")).catch(() => [])).toEqual([]);
  });

  it("tells who holds it and since when, and waits until that one is done", async () => {
    const child = await holder();
    const told: string[] = [];
    const order: string[] = [];
    const waiting = withLock(lock, async () => void order.push("second"), {
      task: "testing",
      onWait: sentence => {
        told.push(sentence);
        order.push("first");
        child.kill("SIGKILL"); // a killed holder holds nothing: it is taken over, its file and all
      },
    });
    await waiting;
    expect(order).toEqual(["first", "second"]);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(
      /^waiting for process \d+ on \S+ \(testing since [-\d]+ [:\d]+\) to finish .*out, for 24 h/,
    );
    expect(told[0]).toContain(`process ${child.pid} on ${hostname()}`);
    await expect(access(lock)).rejects.toThrow();
  });

  it("tells who waits for this very process that a call of its own holds the lock", async () => {
    let letGo = (): void => undefined;
    const until = new Promise<void>(resolve => {
      letGo = resolve;
    });
    const inside = await new Promise<{ ended: Promise<void> }>(entered => {
      const work = (): Promise<void> => {
        entered({ ended });
        return until;
      };
      const ended: Promise<void> = withLock(lock, work, { task: "testing" });
    });
    const refused = withLock(lock, async () => undefined, { task: "testing", waits: false });
    await expect(refused).rejects.toThrow(/this very process \(testing since .*not awaited/);
    letGo();
    await inside.ended;
  });

  it("refuses at once, or after the longest wait, and a holder that stands still is no dead one", async () => {
    const child = await holder();
    child.kill("SIGSTOP");
    const work = async (): Promise<void> => expect.unreachable();
    const refused = withLock(lock, work, { task: "testing", waits: false, onWait: () => expect.unreachable() });
    await expect(refused).rejects.toThrow(InputError);
    await expect(refused).rejects.toThrow(`process ${child.pid} on ${hostname()} (testing since`);
    await expect(withLock(lock, work, { task: "testing", waitSeconds: 0.1, onWait })).rejects.toThrow(
      join(folder, "out"),
    );
  });

  it("stops waiting where the signal says so", async () => {
    await holder();
    const controller = new AbortController();
    const onAsked = (): void => controller.abort(new Error("enough"));
    const work = async (): Promise<void> => expect.unreachable();
    const waiting = withLock(lock, work, { task: "testing", signal: controller.signal, onWait: onAsked });
    await expect(waiting).rejects.toThrow("enough");
  });

  it("takes over a file without a lock, whosoever number it names", async () => {
    await mkdir(join(folder, "out"));
    for (const content of [JSON.stringify({ pid: process.pid, host: hostname(), task: "x", since: "" }), "", "{"]) {
      await writeFile(lock, content);
      expect(await withLock(lock, async () => 7, { task: "testing", waits: false })).toBe(7);
      expect(await readdir(join(folder, "out"))).toEqual([]);
    }
  });

  it("is let go when the work fails, beside a file as in a folder", async () => {
    const failing = withLock(lock, () => Promise.reject(new Error("no")), { task: "testing" });
    await expect(failing).rejects.toThrow("no");
    expect(await readdir(folder)).toEqual([]); // nothing came of the work: its folder went too
    expect(await withLock(lockBeside(join(folder, "codes.npy")), () => readdir(folder), { task: "testing" })).toEqual([
      ".codes.npy.lock",
    ]);
    expect(await readdir(folder)).toEqual([]);
  });

  it("reads the longest wait from HASHBOOK_WAIT", async () => {
    process.env.HASHBOOK_WAIT = "soon";
    try {
      await expect(withLock(lock, async () => 1, { task: "testing" })).rejects.toThrow(/HASHBOOK_WAIT.*soon/);
    } finally {
      delete process.env.HASHBOOK_WAIT;
    }
  });
});
