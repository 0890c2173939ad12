import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { CellRequest } from "../../src/notebook/cell-request.js";
import { type JupyterMessage, jupyterRequest } from "../../src/notebook/jupyter-message.js";

const message = (type: string, content: Record<string, unknown>): JupyterMessage => jupyterRequest(type, "s", content);
const busy = message("status", { execution_state: "busy" });
const idle = message("status", { execution_state: "idle" });
const line = message("stream", { name: "stdout", text: "x\n" });
const reply = message("execute_reply", { status: "ok", execution_count: 3 });

it.each([
  ["reply first", [reply, idle]],
  ["idle first", [idle, reply]],
])("ends with reply and idle, not before: %s", async (_, [first, second]) => {
  const got: JupyterMessage[] = [];
  const request = new CellRequest(one => got.push(one));
  const take = (one: JupyterMessage): void => (one === reply ? request.takeReply(one) : request.takePublished(one));
  let ended = false;
  void request.finished.then(() => {
    ended = true;
  });
  for (const one of [busy, line, first, line]) take(one);
  await sleep(1);
  expect(ended).toBe(false);
  take(second);
  expect(await request.finished).toEqual({ status: "ok", executionCount: 3 });
  take(line);
  expect(got).toEqual([line, line, line]);
});

it("tells the error of a cell that failed, as far as the kernel does", async () => {
  const error = { ename: "RangeError", evalue: "far", traceback: ["RangeError: far", "    at cell 1, line 2"] };
  for (const [content, expected] of [
    [{ status: "error", execution_count: 1, ...error }, error],
    [
      { status: "error", execution_count: 1 },
      { ename: "Error", evalue: "", traceback: [] },
    ],
  ] as const) {
    const request = new CellRequest();
    request.takeReply(message("execute_reply", content));
    request.takePublished(idle);
    expect(await request.finished).toEqual({ status: "error", executionCount: 1, error: expected });
  }
});
