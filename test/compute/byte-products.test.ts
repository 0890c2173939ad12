import { describe, expect, it } from "vitest";
import { byteProducts } from "../../src/compute/byte-products.js";
import { sessionEntries } from "../../src/compute/onnx-session.js";

const cpuinfo = (flags: string): string =>
  `processor\t: 0\nmodel name\t: made up\nflags\t\t: fpu ${flags} sse2\nbugs\t:\n`;

describe("byteProducts", () => {
  it.each(["avx512_vnni", "avx_vnni"])("is exact with %s", flag => {
    expect(byteProducts("x64", cpuinfo(flag))).toBe("exact");
  });

  it("saturates on x86 without, and where nothing is known", () => {
    expect(byteProducts("x64", cpuinfo("avx2 avx512f"))).toBe("saturating");
    expect(byteProducts("x64", "")).toBe("saturating");
  });

  it("is exact on ARM", () => {
    expect(byteProducts("arm64", undefined)).toBe("exact");
  });

  it("asks onnxruntime for unsigned filters only where signed ones overflow", () => {
    expect(sessionEntries("exact")).toEqual({ session: {} });
    expect(sessionEntries("saturating")).toEqual({ session: { x64quantprecision: "1" } });
  });

  it("has threads sleep that share the cores, also beside unsigned filters", () => {
    const sleeping = { intra_op: { allow_spinning: "0" } };
    expect(sessionEntries("exact", true)).toEqual({ session: sleeping });
    expect(sessionEntries("saturating", true)).toEqual({ session: { x64quantprecision: "1", ...sleeping } });
  });
});
