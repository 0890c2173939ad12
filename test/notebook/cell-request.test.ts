import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { CellRequest, type CellRequestOptions } from "../../src/notebook/cell-request.js";
import { type JupyterMessage, jupyterRequest } from "../../src/notebook/jupyter-message.js";

const message = (type: string, content: Record<string, unknown>): JupyterMessage => jupyterRequest(type, "s", content);
const busy = message("status", { execution_state: "busy" });
const idle = message("status", { execution_state: "idle" });
const line = message("stream", { name: "stdout", text: "x\n" });
const reply = message("execute_reply", { status: "ok", execution_count: 3 });
const ok = { status: "ok", executionCount: 3 };

interface Watched {
  request: CellRequest;
  said: string[];
  nudges: () => number;
}

/** A request that loses patience after a tenth of a second. */
function impatient(options: CellRequestOptions = {}): Watched {
  const said: string[] = [];
  let nudges = 0;
  const nudge = (): void => {
    nudges++;
  };
  const onSilence = (sentence: string): void => void said.push(sentence);
  const request = new CellRequest({ patience: 0.1, nudge, onSilence, ...options });
  // The watch keeps no process alive by itself.
  const alive = setTimeout(() => undefined, 10_000);
  void request.finished.finally(() => clearTimeout(alive)).catch(() => undefined);
  return { request, said, nudges: () => nudges };
}

it("ends with reply and idle, in either order, and without reports", async () => {
  for (const order of [
    [reply, idle],
    [idle, reply],
  ]) {
    const { request } = impatient();
    for (const one of [busy, line, ...order]) {
      if (one === reply) request.takeReply(one);
      else request.takePublished(one);
    }
    expect(await request.finished).toEqual({ ...ok, complete: true });
  }
});

it("waits for the report that nothing is left, where the kernel reports", async () => {
  const { request } = impatient({ patience: 5 });
  request.takeReport({ event: "begun", cell: "c" });
  request.takeReply(reply);
  request.takePublished(idle);
  let ended = false;
  void request.finished.then(() => {
    ended = true;
  });
  await sleep(50);
  expect(ended).toBe(false);
  request.takeReport({ event: "rested", cell: "c" });
  expect(await request.finished).toEqual({ ...ok, complete: true });
});

it("does not wait for ever for a lost idle, and says that something may be missing", async () => {
  const { request } = impatient();
  request.takePublished(busy);
  request.takeReply(reply);
  expect(await request.finished).toEqual({ ...ok, complete: false });
});

it("waits for outputs that keep coming after the reply", async () => {
  const got: JupyterMessage[] = [];
  const { request } = impatient({ patience: 0.5, onMessage: one => got.push(one) });
  request.takeReply(reply);
  for (let i = 0; i < 12; i++) {
    await sleep(100);
    request.takePublished(line);
  }
  request.takePublished(idle);
  expect(await request.finished).toEqual({ ...ok, complete: true });
  expect(got).toHaveLength(12);
});

it("asks again when the reply is lost, and then says that it is not known how the cell ended", async () => {
  const { request, nudges } = impatient();
  request.takePublished(busy);
  request.takePublished(idle);
  await expect(request.finished).rejects.toMatchObject({
    ename: "ReplyLost",
    message: expect.stringContaining("not known how"),
  });
  expect(nudges()).toBe(1);
});

it("asks again for a cell that has not begun, and gives it up in the end", async () => {
  const { request, said, nudges } = impatient({ beginWithin: 0.45 });
  await expect(request.finished).rejects.toMatchObject({ ename: "KernelLost" });
  expect(nudges()).toBeGreaterThanOrEqual(2);
  expect(said).toEqual([expect.stringMatching(/^the cell has not begun after \d+ s; asking the kernel again$/)]);
});

it("never gives up a cell that has begun, but says once that nothing comes", async () => {
  const { request, said, nudges } = impatient({ beginWithin: 0.3 });
  request.takeReport({ event: "begun", cell: "c" });
  await Promise.race([request.finished, sleep(1200)]);
  expect(said).toEqual([expect.stringMatching(/^the cell has said nothing for \d+ s; it is at work, or stuck$/)]);
  expect(nudges()).toBe(0);
  request.takeReply(reply);
  request.takePublished(idle);
  request.takeReport({ event: "rested", cell: "c" });
  expect(await request.finished).toEqual({ ...ok, complete: true });
});
