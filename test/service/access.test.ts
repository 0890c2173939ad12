import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Access } from "../../src/service/access.js";
import type { RunningService } from "../../src/service/start-service.js";
import { startTestService } from "./fixture.js";

describe("a service with a token", () => {
  let service: RunningService;
  beforeAll(async () => {
    service = await startTestService({ token: "s3cret" });
  });
  afterAll(() => service.stop());

  const ask = (url: string, headers: Record<string, string> = {}, method: "GET" | "POST" = "GET") =>
    service.server.inject({ url, headers, method });

  it("answers nothing of the gallery without it, but its page, its health and its description", async () => {
    for (const url of [
      "/api/service",
      "/api/search?row=1",
      "/api/images/1",
      "/api/examples",
      "/metrics",
      "/api/nothing",
      "/%61pi/service",
      "/api/%73earch?row=1",
      "//api/service",
    ]) {
      for (const headers of [
        {},
        { authorization: "Bearer s3cre" },
        { authorization: "s3cret" },
        { cookie: "hashbook=x" },
      ]) {
        const { statusCode, headers: sent, payload } = await ask(url, headers as Record<string, string>);
        expect([url, statusCode, sent["www-authenticate"]]).toEqual([url, 401, "Bearer"]);
        expect(JSON.parse(payload).error.code).toBe("token");
      }
    }
    for (const url of ["/", "/healthz", "/openapi.json"]) expect((await ask(url)).statusCode).toBe(200);
  });

  it("answers who has it, by header, or by the cookie that the header gives", async () => {
    const authorization = "Bearer s3cret";
    expect((await ask("/api/service", { authorization })).json()).toMatchObject({ tokenNeeded: true });
    const given = await ask("/api/session", { authorization }, "POST");
    expect(given.statusCode).toBe(204);
    const cookie = `${given.headers["set-cookie"]}`;
    expect(cookie).toMatch(/^hashbook-[\w-]+=[\w-]+; Path=\/api; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain("s3cret");
    expect((await ask("/api/images/1", { cookie: cookie.split(";")[0] })).statusCode).toBe(200);
    expect((await ask("/api/session", { cookie: cookie.split(";")[0] }, "POST")).statusCode).toBe(401);
    expect((await ask("/api/session", {}, "POST")).statusCode).toBe(401);
  });
});

describe("Access", () => {
  const local = new Access(undefined, true);
  const open = new Access(undefined, false);

  it.each(["localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:80"])("takes this machine's name %s", host => {
    expect(() => local.checkSite({ host }, "GET")).not.toThrow();
  });

  it.each(["evil.example", "127.0.0.1.evil.example", "localhost.evil:80", "10.0.0.1"])(
    "refuses the name %s, which somebody else made to mean this machine",
    host => {
      expect(() => local.checkSite({ host }, "GET")).toThrow(/another machine's name/);
      expect(() => open.checkSite({ host }, "GET")).not.toThrow();
    },
  );

  it("refuses uploads that another site's page makes a browser send", () => {
    for (const access of [local, open]) {
      expect(() => access.checkSite({ "sec-fetch-site": "cross-site" }, "POST")).toThrow(/another site/);
      expect(() => access.checkSite({ "sec-fetch-site": "same-origin" }, "POST")).not.toThrow();
    }
  });
});
