import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Terminator } from "../../src/kernel/insist.js";
import { STDIN_STATE } from "../../src/kernel/thread-messages.js";
import { Wire } from "../../src/kernel/wire.js";
import { AddressTakenError } from "../../src/kernel/wire-sockets.js";
import { type Connection, prepareConnection } from "../../src/notebook/connection.js";
import { FakeThreads, failure, OK } from "./fake-threads.js";
import { type Heard, WireClient } from "./wire-client.js";

let connection: Connection;
let threads: FakeThreads;
let wire: Wire;
let client: WireClient;
let terminator: Terminator;
let closed: boolean[];

beforeEach(() => listen(() => terminator));
afterEach(end);

async function listen(connect: (() => Terminator) | undefined): Promise<void> {
  connection = await prepareConnection();
  threads = new FakeThreads();
  closed = [];
  terminator = { terminate: async () => undefined, disconnect: () => undefined };
  wire = await Wire.start({
    info: connection.info,
    cells: threads.cells,
    compiler: threads.compiler,
    connect,
    closed: stuck => void closed.push(stuck),
  });
  client = new WireClient(connection.info);
  await client.until(() => client.published.find(one => one.header.msg_type === "iopub_welcome"), "a welcome");
}

async function end(): Promise<void> {
  await wire.end();
  client.close();
  threads.close();
  await connection.remove();
}

const types = (messages: readonly Heard[]): string[] => messages.map(one => one.header.msg_type);
const statesOf = (id: string): string[] =>
  client.published.filter(one => one.parent_header.msg_id === id).flatMap(one => one.content.execution_state ?? []);

/** Cells that show an answer made of their code. */
function cellsSay(say: (code: string, cell: string) => Parameters<FakeThreads["say"]>[0][]): void {
  threads.onExecute = ({ cell, source }) => {
    for (const message of say(source, cell)) threads.say(message);
  };
}

describe("requests that need no cell", () => {
  it("kernel_info tells language and protocol, with its true version", async () => {
    const { content, header } = await client.ask("kernel_info_request");
    expect(header).toMatchObject({ msg_type: "kernel_info_reply", version: "5.4" });
    expect(content).toMatchObject({ status: "ok", protocol_version: "5.4", implementation: "hashbook" });
    const { version } = await import("typescript");
    expect(content.language_info).toMatchObject({ name: "typescript", version, file_extension: ".ts" });
  });

  it("each subscriber is welcomed, with the topic it asked for", async () => {
    const second = new WireClient(connection.info);
    const welcome = await second.until(() => second.published[0], "a welcome");
    expect(welcome).toMatchObject({ content: { subscription: "" }, parent_header: {} });
    expect(welcome.header.msg_type).toBe("iopub_welcome");
    second.close();
  });

  it("the heart beats", async () => {
    expect(await client.beat("ping")).toBe("ping");
  });

  it("completion counts in code points on the wire and in UTF-16 units in the compiler", async () => {
    threads.answers.complete = request => {
      expect(request).toMatchObject({ source: "'😀'.le", position: 7 });
      return { start: 5, end: 7, entries: [{ text: "length", type: "property", signature: "length: number" }] };
    };
    const { content } = await client.ask("complete_request", { code: "'😀'.le", cursor_pos: 6 });
    expect(content).toMatchObject({ status: "ok", matches: ["length"], cursor_start: 4, cursor_end: 6 });
    expect(content.metadata).toEqual({
      _jupyter_types_experimental: [
        { start: 4, end: 6, text: "length", type: "property", signature: "length: number" },
      ],
    });
  });

  it("inspection says whether it found something", async () => {
    expect((await client.ask("inspect_request", { code: "x", cursor_pos: 0 })).content.found).toBe(false);
    threads.answers.inspect = () => ({ "text/plain": "const x: 1" });
    const { content } = await client.ask("inspect_request", { code: "x", cursor_pos: 0, detail_level: 1 });
    expect(content).toEqual({ status: "ok", found: true, data: { "text/plain": "const x: 1" }, metadata: {} });
    expect(threads.compilerHeard.at(-1)).toMatchObject({ type: "inspect", detail: 1 });
  });

  it("is_complete gives the compiler's status as its own", async () => {
    threads.answers["is-complete"] = () => ({ status: "incomplete", indent: "  " });
    expect((await client.ask("is_complete_request", { code: "{" })).content).toEqual({
      status: "incomplete",
      indent: "  ",
    });
  });

  it("there are no comms: an opened one is closed", async () => {
    expect((await client.ask("comm_info_request")).content).toEqual({ status: "ok", comms: {} });
    const id = client.send("comm_open", { comm_id: "c1", target_name: "jupyter.widget", data: {} });
    const closing = await client.until(
      () => client.published.find(one => one.parent_header.msg_id === id && one.content.comm_id),
      "comm_close",
    );
    expect(closing).toMatchObject({ header: { msg_type: "comm_close" }, content: { comm_id: "c1" } });
  });

  it("what it does not know or cannot read is answered by an error, and the next request is answered", async () => {
    expect((await client.ask("debug_request", {}, "control")).content).toMatchObject({
      status: "error",
      ename: "TypeError",
    });
    const { content } = await client.ask("complete_request", { code: 5 });
    expect(content).toMatchObject({ status: "error", evalue: '"code" of a request must be a text, not number' });
    const unsigned = ["{}", "{}", "{}", "{}"];
    client.sendRaw(["<IDS|MSG>", "0".repeat(64), ...unsigned]);
    client.sendRaw(["no message"]);
    expect((await client.ask("kernel_info_request")).content.status).toBe("ok");
  });
});

describe("cells", () => {
  it("are busy, shown, answered and idle, in this order", async () => {
    cellsSay((_, cell) => [
      { type: "stream", cell, name: "stdout", text: "a\n" },
      { type: "result", cell, value: { data: { "text/plain": "42" }, metadata: {} } },
      { type: "ended", cell, outcome: OK },
    ]);
    const id = client.execute("6*7");
    const { reply, outputs } = await client.answer(id);
    expect(types(outputs)).toEqual(["execute_input", "stream", "execute_result"]);
    expect(outputs[0].content).toEqual({ code: "6*7", execution_count: 1 });
    expect(outputs[2].content).toEqual({ execution_count: 1, data: { "text/plain": "42" }, metadata: {} });
    expect(reply.content).toEqual({ status: "ok", execution_count: 1, payload: [], user_expressions: {} });
    expect(statesOf(id)).toEqual(["busy", "idle"]);
    expect(types(client.published.filter(one => one.parent_header.msg_id === id)).at(-1)).toBe("status");
  });

  it("of which one is silent or not to be remembered are not counted, and the silent one says nothing", async () => {
    cellsSay((_, cell) => [
      { type: "stream", cell, name: "stdout", text: "a\n" },
      { type: "ended", cell, outcome: OK },
    ]);
    const all = [{}, { silent: true }, { store_history: false }, {}].map(more => client.execute("1", more));
    const answers = [];
    for (const id of all) answers.push(await client.answer(id));
    expect(answers.map(({ reply }) => reply.content.execution_count)).toEqual([1, 1, 1, 2]);
    expect(answers.map(({ outputs }) => types(outputs))).toEqual([
      ["execute_input", "stream"],
      [],
      ["execute_input", "stream"],
      ["execute_input", "stream"],
    ]);
    const counts = threads.cellsHeard.flatMap(one => (one.type === "execute" ? [one.count] : []));
    expect(counts).toEqual([1, null, null, 2]);
  });

  it("that do not compile are errors and not run", async () => {
    const error = { ename: "SyntaxError", evalue: "no", traceback: ["cell 1, line 1"] };
    threads.answers.compile = () => ({ error });
    const { reply, outputs } = await client.answer(client.execute("const = 3"));
    expect(reply.content).toEqual({ status: "error", execution_count: 1, ...error });
    expect(outputs.at(-1)).toMatchObject({ header: { msg_type: "error" }, content: error });
    expect(threads.cellsHeard).toEqual([]);
  });

  it("a fault of the compiler itself costs one cell, or one completion", async () => {
    threads.compilerFails = true;
    const { reply, outputs } = await client.answer(client.execute("1"));
    expect(reply.content).toMatchObject({ status: "error", ename: "CompilerFault" });
    expect(outputs.at(-1)?.content.evalue).toContain("Debug Failure");
    const completion = await client.ask("complete_request", { code: "", cursor_pos: 0 });
    expect(completion.content).toMatchObject({ status: "error", ename: "CompilerFault" });
    threads.compilerFails = false;
    expect((await client.answer(client.execute("1"))).reply.content.status).toBe("ok");
  });

  it("their names go to the compiler, those of a failed one too", async () => {
    cellsSay((_, cell) => [{ type: "ended", cell, outcome: failure("RangeError") }]);
    const { reply } = await client.answer(client.execute("throw"));
    expect(reply.content).toMatchObject({ status: "error", ename: "RangeError", traceback: ["RangeError: why"] });
    await client.ask("is_complete_request", { code: "" });
    expect(threads.compilerHeard.filter(one => one.type === "adopt")).toMatchObject([{ bound: ["kept"] }]);
  });

  it("sent before an error was known are aborted, where that is asked for, and later ones run", async () => {
    cellsSay((code, cell) => [{ type: "ended", cell, outcome: code === "bad" ? failure("Error") : OK }]);
    const stops = ["bad", "a", "b"].map(code => client.execute(code));
    const statuses = async (ids: string[]): Promise<unknown[]> =>
      (await Promise.all(ids.map(id => client.answer(id)))).map(({ reply }) => reply.content.status);
    expect(await statuses(stops)).toEqual(["error", "aborted", "aborted"]);
    expect(await statuses([client.execute("next")])).toEqual(["ok"]);
    const goesOn = ["bad", "a"].map(code => client.execute(code, { stop_on_error: false }));
    expect(await statuses(goesOn)).toEqual(["error", "ok"]);
  });

  it("their expressions are computed after them, each with its own error", async () => {
    threads.answers["compile-expression"] = request =>
      "source" in request && request.source === "1 +"
        ? { error: { ename: "SyntaxError", evalue: "", traceback: [] } }
        : { code: "source" in request ? request.source : "", map: "", isAsync: false, warnings: [] };
    threads.onOther = message => {
      if (message.type === "shutdown") threads.say({ type: "bye" });
      if (message.type !== "evaluate") return;
      const value = { data: { "text/plain": `<${message.compiled.code}>` }, metadata: {} };
      threads.say({ type: "evaluated", cell: message.cell, id: message.id, result: value });
    };
    const { reply } = await client.answer(client.execute("1", { user_expressions: { v: "ue", w: "1 +" } }));
    expect(reply.content.user_expressions).toEqual({
      v: { status: "ok", data: { "text/plain": "<ue>" }, metadata: {} },
      w: { status: "error", ename: "SyntaxError", evalue: "", traceback: [] },
    });
  });

  it("what they say after their end is theirs, and all displays find their cell", async () => {
    const first = client.execute("a");
    await client.answer(first);
    await client.answer(client.execute("b"));
    const error = { ename: "Error", evalue: "late", traceback: [] };
    threads.say({ type: "late", cell: first, error });
    const content = { data: { "text/plain": "d" }, metadata: {}, transient: { display_id: "1" } };
    threads.say({ type: "display", cell: first, content, update: false });
    threads.say({ type: "clear", cell: first, wait: true });
    threads.say({ type: "display", cell: first, content, update: true });
    const update = await client.until(
      () => client.published.find(one => one.header.msg_type === "update_display_data"),
      "an update",
    );
    expect(update).toMatchObject({ content, parent_header: { msg_id: first } });
    const late = client.published.find(one => one.header.msg_type === "error");
    expect(late).toMatchObject({ content: error, parent_header: { msg_id: first } });
  });

  it("while one computes, other requests are answered, and the kernel is busy again after each", async () => {
    threads.onExecute = () => undefined;
    const id = client.execute("long");
    await client.until(() => threads.cellsHeard[0], "the cell");
    await client.ask("kernel_info_request", {}, "control");
    await client.ask("complete_request", { code: "", cursor_pos: 0 });
    expect(await client.beat("still here")).toBe("still here");
    await client.until(() => (statesOf(id).length === 3 ? true : undefined), "busy");
    threads.say({ type: "ended", cell: id, outcome: OK });
    expect((await client.answer(id)).reply.content.status).toBe("ok");
    expect(statesOf(id)).toEqual(["busy", "busy", "busy", "idle"]);
  });

  it("are found in the history, by number and pattern", async () => {
    cellsSay((code, cell) => [
      { type: "result", cell, value: { data: { "text/plain": `<${code}>` }, metadata: {} } },
      { type: "ended", cell, outcome: OK },
    ]);
    for (const code of ["6*7", "x", "6*7"]) await client.answer(client.execute(code));
    await client.answer(client.execute("hidden", { store_history: false }));
    const history = async (content: Record<string, unknown>): Promise<unknown> =>
      (await client.ask("history_request", { raw: true, output: false, ...content })).content.history;
    expect(await history({ hist_access_type: "tail", n: 2 })).toEqual([
      [1, 2, "x"],
      [1, 3, "6*7"],
    ]);
    expect(await history({ hist_access_type: "range", session: 0, start: 1, stop: 2, output: true })).toEqual([
      [1, 1, ["6*7", "<6*7>"]],
    ]);
    expect(await history({ hist_access_type: "range", session: -1, start: 1, stop: 9 })).toEqual([]);
    expect(await history({ hist_access_type: "search", pattern: "6*", n: 9, unique: true })).toEqual([[1, 3, "6*7"]]);
  });
});

describe("input", () => {
  /** Asks from a cell; what the cell's thread finds in its memory. */
  async function askFor(prompt: string, cell: string, bytes = 64): Promise<Int32Array> {
    const answer = new SharedArrayBuffer(8 + bytes);
    threads.say({ type: "input", cell, prompt, password: false, answer });
    return new Int32Array(answer, 0, 2);
  }
  const running = async (more = {}): Promise<string> => {
    threads.onExecute = () => undefined;
    const id = client.execute("prompt()", more);
    await client.until(() => threads.cellsHeard[0], "the cell");
    return id;
  };

  it("is asked for on the stdin channel and given to the cell", async () => {
    const id = await running();
    const head = await askFor("name?", id);
    const request = await client.until(() => client.replies.stdin[0], "input_request");
    expect(request).toMatchObject({ content: { prompt: "name?", password: false }, parent_header: { msg_id: id } });
    client.send("input_reply", { value: "Jürgen 😀" }, "stdin");
    await client.until(() => (Atomics.load(head, 0) === STDIN_STATE.answered ? true : undefined), "the answer");
    const text = Buffer.from(new Uint8Array(head.buffer as ArrayBuffer, 8, head[1])).toString("utf8");
    expect(text).toBe("Jürgen 😀");
    threads.say({ type: "ended", cell: id, outcome: OK });
  });

  it("is refused where the front end cannot ask", async () => {
    const id = await running({ allow_stdin: false });
    const head = await askFor("name?", id);
    await client.until(() => (Atomics.load(head, 0) === STDIN_STATE.refused ? true : undefined), "the refusal");
    expect(client.replies.stdin).toEqual([]);
    threads.say({ type: "ended", cell: id, outcome: OK });
  });
});

describe("interrupt and end", () => {
  const INTERRUPTED = failure("KeyboardInterrupt");

  it("a cell that hears it ends by itself", async () => {
    threads.onExecute = () => undefined;
    threads.onOther = message => {
      if (message.type === "interrupt") threads.say({ type: "interrupting", cell: message.cell });
      if (message.type === "interrupt") threads.say({ type: "ended", cell: message.cell, outcome: INTERRUPTED });
      if (message.type === "shutdown") threads.say({ type: "bye" });
    };
    const id = client.execute("await forever");
    await client.until(() => threads.cellsHeard[0], "the cell");
    expect((await client.ask("interrupt_request", {}, "control")).content).toEqual({ status: "ok" });
    expect((await client.answer(id)).reply.content.ename).toBe("KeyboardInterrupt");
  });

  it("a thread that does not hear it is terminated, and the next cell runs only when that has struck", async () => {
    threads.onExecute = () => undefined;
    const events: string[] = [];
    let deaf = true;
    terminator = {
      terminate: async () => {
        await new Promise(resolve => setTimeout(resolve, 100));
        deaf = false;
        events.push("struck");
      },
      disconnect: () => void events.push("disconnected"),
    };
    threads.onOther = message => {
      if (message.type === "shutdown") threads.say({ type: "bye" });
      if (message.type === "interrupt" && !deaf)
        threads.say({ type: "ended", cell: message.cell, outcome: INTERRUPTED });
    };
    const id = client.execute("while (true) {}");
    await client.until(() => threads.cellsHeard[0], "the cell");
    await client.ask("interrupt_request", {}, "control");
    await client.answer(id);
    threads.onExecute = ({ cell }) => {
      events.push("next");
      threads.say({ type: "ended", cell, outcome: OK });
    };
    await client.answer(client.execute("next"));
    expect(events).toEqual(["struck", "disconnected", "next"]);
  });

  it("where nothing may be terminated, the user is told what to do, and a cell that ends late has ended", async () => {
    await end();
    await listen(undefined);
    threads.onExecute = () => undefined;
    const id = client.execute("while (true) {}");
    await client.until(() => threads.cellsHeard[0], "the cell");
    client.send("interrupt_request", {}, "control");
    const told = (one: Heard): boolean => one.content.name === "stderr";
    const { content } = await client.until(() => client.published.find(told), "what is to be done");
    expect(content.text).toMatch(/^hashbook: Node v.* cannot stop .*[Rr]estart the kernel/);
    threads.say({ type: "ended", cell: id, outcome: INTERRUPTED });
    expect((await client.answer(id)).reply.content.ename).toBe("KeyboardInterrupt");
  });

  it("a cell is interrupted while it compiles", async () => {
    threads.compilesForEver = true;
    const id = client.execute("slow to compile");
    await client.until(() => threads.compilerHeard[0], "the compiler");
    await client.ask("interrupt_request", {}, "control");
    const { reply } = await client.answer(id);
    expect(reply.content).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });
    expect(threads.cellsHeard.filter(one => one.type === "execute")).toEqual([]);
  });

  it("shutdown is answered, told to all, and closes the sockets when the cells have ended", async () => {
    const id = client.send("shutdown_request", { restart: true }, "control");
    const reply = await client.until(
      () => client.replies.control.find(one => one.parent_header.msg_id === id),
      "a reply",
    );
    expect(reply).toMatchObject({ header: { msg_type: "shutdown_reply" }, content: { status: "ok", restart: true } });
    await client.until(() => closed[0], "the end").catch(() => undefined);
    expect(closed).toEqual([false]);
    expect(types(client.published)).toContain("shutdown_reply");
    expect(threads.cellsHeard.at(-1)).toEqual({ type: "shutdown" });
  });

  it("an address that somebody has is said, with the address", async () => {
    const info = { ...connection.info, transport: "tcp" as const, ip: "127.0.0.1" };
    const { createServer } = await import("node:net");
    const server = createServer();
    await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const options = {
      cells: threads.cells,
      compiler: threads.compiler,
      connect: () => terminator,
      closed: () => undefined,
    };
    const ports = { shell_port: port, iopub_port: 0, stdin_port: 0, control_port: 0, hb_port: 0 };
    const start = Wire.start({ ...options, info: { ...info, ...ports } });
    await expect(start).rejects.toThrow(AddressTakenError);
    await expect(start).rejects.toThrow(`cannot listen at tcp://127.0.0.1:${port}`);
    server.close();
  });
});
