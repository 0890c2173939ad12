import type { IncomingMessage, Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { courseRows } from "../../src/records/course-rows.js";
import { askMlflow, mlflowServer } from "../../src/records/mlflow-client.js";
import { openMlflowRun } from "../../src/records/mlflow-run.js";
import { courseOf } from "./course.js";

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

/** A server that answers each request in turn with a status; with the last one from then on. */
async function answering(...statuses: readonly number[]) {
  const asked: string[] = [];
  const server = createServer((request: IncomingMessage, answer) => {
    answer.statusCode = statuses[Math.min(asked.length, statuses.length - 1)];
    asked.push(request.url ?? "");
    answer.end(JSON.stringify({ experiment: { experiment_id: "1" }, run: { info: { run_id: "r" }, data: {} } }));
  });
  open.push(server);
  await new Promise<void>(listening => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return { asked, server: { ...mlflowServer(`http://127.0.0.1:${port}/`), waits: [1, 1] } };
}

describe("a request to a tracking server", () => {
  it("is made again while the server fails", async () => {
    const { asked, server } = await answering(500, 503, 200);
    await expect(askMlflow(server, { path: "runs/create", body: {} })).resolves.toHaveProperty("run");
    expect(asked).toEqual(Array(3).fill("/api/2.0/mlflow/runs/create"));
  });

  it("is given up where it keeps failing", async () => {
    const { asked, server } = await answering(500);
    await expect(askMlflow(server, { path: "runs/create", body: {} })).rejects.toThrow(
      /does not take what is sent; found runs\/create: 500/,
    );
    expect(asked).toHaveLength(3);
  });

  it("is not made again when it was refused", async () => {
    const { asked, server } = await answering(400);
    await expect(askMlflow(server, { path: "runs/create", body: {} })).rejects.toThrow(/found runs\/create: 400/);
    expect(asked).toHaveLength(1);
  });

  it.each(["localhost:5000", "file:///mlruns", "http://", "http://name:word@host:5000", "sqlite:///x"])(
    "is made to no address such as %s",
    address => {
      expect(() => mlflowServer(address)).toThrow(/this is no address of an MLflow server/);
    },
  );
});

describe("a run that is sent", () => {
  it("says once that nobody takes it, and fails nothing", async () => {
    const { asked, server } = await answering(403);
    const said: string[] = [];
    const run = openMlflowRun(server, { study: "study", name: "run", onFault: sentence => said.push(sentence) });
    run.follow(courseRows(...courseOf(1)));
    run.follow(courseRows(...courseOf(2)));
    run.fail("no");
    await run.end();
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(
      /MLflow at http:\/\/127\.0\.0\.1:\d+ does not take .* Runs go on; run is not sent there any more/,
    );
    expect(asked).toHaveLength(1);
  });

  it("says so where nothing listens", async () => {
    const said: string[] = [];
    const server = { ...mlflowServer("http://127.0.0.1:1"), waits: [] };
    const run = openMlflowRun(server, { study: "study", name: "run", onFault: sentence => said.push(sentence) });
    run.follow(courseRows(...courseOf(1)));
    await run.end();
    expect(said).toEqual([expect.stringMatching(/ECONNREFUSED|bad port/)]);
  });
});
