import { describe, expect, it } from "vitest";
import { CompiledNetworks } from "../../src/service/network-spec.js";
import { backbone, head } from "./fixture.js";

describe("CompiledNetworks", () => {
  it("compiles a network once, whatever heads come behind it, until it is let go", () => {
    const compiled = new CompiledNetworks();
    const { program, heads } = compiled.spec(backbone, [head(21, 1)]);
    const again = compiled.spec({ ...backbone }, [head(21, 1), head(33, 2)]);
    expect(again.program).toBe(program);
    expect([heads.length, again.heads.length]).toEqual([1, 2]);
    const other = { ...backbone, weightsHash: "another" };
    expect(compiled.spec(other, []).program).not.toBe(program);
    compiled.keep([backbone]);
    expect(compiled.spec(backbone, []).program).toBe(program);
    compiled.keep([other]);
    expect(compiled.spec(backbone, []).program).not.toBe(program);
  });
});
