import { describe, expect, it } from "vitest";
import { InputError } from "../../src/core/errors.js";
import { checkConvention } from "../../src/metrics/published.js";
import { findProtocol, PROTOCOL_NAMES, PROTOCOLS, protocolOf } from "../../src/protocols/known-protocols.js";

describe("protocols", () => {
  it("are found by their names, each of which is one protocol's", () => {
    expect(new Set(PROTOCOL_NAMES).size).toBe(PROTOCOLS.length);
    for (const protocol of PROTOCOLS) expect(protocolOf(protocol.name)).toBe(protocol);
    expect(findProtocol(undefined)).toBeUndefined();
    expect(findProtocol("Coco")).toBeUndefined();
    expect(() => protocolOf("nuswide-80")).toThrow(InputError);
    expect(() => protocolOf("nuswide-80")).toThrow('"nuswide-81"? Known: cifar10, ');
  });

  it.each(PROTOCOLS.map(protocol => [protocol.name, protocol] as const))("%s is whole", (_, protocol) => {
    expect(() => checkConvention(protocol.convention)).not.toThrow();
    expect(protocol.traps.length).toBeGreaterThan(0);
    for (const trap of protocol.traps) expect(trap).toMatch(/\.$/);
    // The paper that proposes unseen classes has figures of its own networks and draws, none of them for this rule.
    expect(protocol.published.length > 0).toBe(protocol.name !== "cifar10-unseen");
    const places = protocol.published.map(
      ({ method, bits, metric, source }) => `${method} ${bits} ${metric} ${source}`,
    );
    expect(new Set(places).size, "one figure of a method, length, metric and source").toBe(places.length);
    for (const { value, metric } of protocol.published) {
      expect(value).toBeGreaterThan(0);
      expect(value).toBeLessThan(1);
      expect(["MAP@H≤2", `mAP@${protocol.cutoff ?? "all"}`]).toContain(metric);
    }
  });

  it("show the figures of a method at ascending numbers of bits", () => {
    const rows = protocolOf("coco").published.filter(({ method }) => method === "hashnet");
    expect(rows.map(({ bits, value }) => [bits, value])).toEqual([
      [16, 0.6873],
      [32, 0.7184],
      [48, 0.7301],
      [64, 0.7362],
    ]);
    expect(rows.every(({ fromMemory }) => fromMemory)).toBe(true);
  });
});
