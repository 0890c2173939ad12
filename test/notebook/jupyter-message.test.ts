import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { decodeMessage, encodeMessage, jupyterRequest } from "../../src/notebook/jupyter-message.js";

describe("messages of the Jupyter protocol", () => {
  const request = jupyterRequest("execute_request", "session", { code: "1 + 1 // Größe" });
  const frames = encodeMessage(request, "secret");

  it("are delimiter, signature and four JSON parts, signed by HMAC-SHA256 over the parts", () => {
    expect(frames.map(String)[0]).toBe("<IDS|MSG>");
    expect(frames).toHaveLength(6);
    const expected = createHmac("sha256", "secret")
      .update(Buffer.concat(frames.slice(2)))
      .digest("hex");
    expect(String(frames[1])).toBe(expected);
  });

  it("come back as they were, whatever routing prefix is before them", () => {
    expect(decodeMessage([Buffer.from("route"), ...frames], "secret")).toEqual(request);
  });

  it("are refused when forged, cut or unsigned", () => {
    expect(decodeMessage(frames, "other key")).toBeUndefined();
    expect(decodeMessage([...frames.slice(0, 5), Buffer.from('{"code":"evil"}')], "secret")).toBeUndefined();
    expect(decodeMessage(frames.slice(0, 4), "secret")).toBeUndefined();
    expect(decodeMessage([frames[0], Buffer.alloc(0), ...frames.slice(2)], "secret")).toBeUndefined();
  });
});
