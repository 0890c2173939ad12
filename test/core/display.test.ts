import { inspect } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { type Display, displayOf, registerDisplay } from "../../src/core/display.js";
import { InputError } from "../../src/core/errors.js";

const DISPLAYS = Symbol.for("hashbook.displays");
const registered = (): Map<string, Display> =>
  (globalThis as unknown as { [DISPLAYS]: Map<string, Display> })[DISPLAYS];

class Point {
  constructor(readonly x: number) {}
}
const isPoint = (value: unknown): value is Point => value instanceof Point;

afterEach(() => registered()?.clear());

const plain = async (value: unknown): Promise<unknown> => (await displayOf(value)).data["text/plain"];

describe("displayOf", () => {
  it("says of ordinary values what util.inspect says", async () => {
    for (const value of [1, "text", null, undefined, Symbol("s"), { a: [1, { b: 2 }] }, new Map([[1, 2]]), () => 1]) {
      expect(await displayOf(value)).toEqual({ data: { "text/plain": inspect(value) }, metadata: {} });
    }
  });

  it("takes what an object shows of itself, also from a class, awaited", async () => {
    class Shown {
      readonly text = "<b>mine</b>";
      async [Symbol.for("Jupyter.display")]() {
        return { "text/html": this.text };
      }
    }
    const { data } = await displayOf(new Shown());
    expect(data["text/html"]).toBe("<b>mine</b>");
    expect(data["text/plain"]).toContain("Shown");
  });

  it("takes the display of the kind that was registered last, by one name only one", async () => {
    registerDisplay({ name: "anything", is: (_): _ is unknown => true, mime: () => ({ "text/plain": "anything" }) });
    registerDisplay({ name: "point", is: isPoint, mime: () => ({ "text/plain": "old" }) });
    registerDisplay({ name: "point", is: isPoint, mime: async ({ x }) => ({ "text/plain": `at ${x}` }) });
    expect(await plain(new Point(3))).toBe("at 3");
    expect(await plain({})).toBe("anything");
    expect(registered().size).toBe(2);
  });

  it("sends bytes as base64 and nothing that cannot be sent", async () => {
    const mime = () => ({
      "image/png": Uint8Array.of(1, 2, 3),
      "application/json": { f: () => 1, at: new Date(0), n: Number.NaN },
      "text/html": undefined,
      "text/plain": "p",
    });
    registerDisplay({ name: "point", is: isPoint, mime });
    const { data } = await displayOf(new Point(0));
    expect(data).toEqual({
      "image/png": "AQID",
      "application/json": { at: "1970-01-01T00:00:00.000Z", n: null },
      "text/plain": "p",
    });
    expect(structuredClone(data)).toEqual(data);
  });

  it.each([
    [
      "throws",
      () => {
        throw new RangeError("too far");
      },
      "RangeError: too far",
    ],
    ["rejects", () => Promise.reject(new RangeError("too far")), "RangeError: too far"],
    ["gives no bundle", () => "text" as never, "expected an object of MIME types"],
    ["gives other keys", () => ({ html: "text" }), '"html" is no MIME type'],
    [
      "gives a circle",
      () => {
        const circle: Record<string, unknown> = {};
        circle.own = circle;
        return { "application/json": circle };
      },
      "circular",
    ],
  ])("falls back to inspect and says so when a display %s", async (_, mime, message) => {
    registerDisplay({ name: "point", is: isPoint, mime });
    const text = await plain(new Point(7));
    expect(text).toContain('Point { x: 7 }\n(the display "point" failed: ');
    expect(text).toContain(message);
  });

  it("never throws: at getters and methods that do, at proxies, at values that cannot be inspected", async () => {
    registerDisplay({ name: "x", is: (v): v is object => (v as { x: number }).x === 1, mime: () => ({}) });
    const hostile = [
      {
        get x() {
          throw new Error("no x");
        },
      },
      new Proxy(
        {},
        {
          get() {
            throw new Error("no");
          },
        },
      ),
      {
        [Symbol.for("Jupyter.display")]() {
          throw "a text";
        },
      },
      {
        [inspect.custom]() {
          throw new Error("not to be seen");
        },
      },
      {
        get [Symbol.for("Jupyter.display")]() {
          throw null;
        },
      },
    ];
    for (const value of hostile) expect(typeof (await plain(value))).toBe("string");
    expect(await plain(hostile[3])).toContain("cannot be inspected: Error: not to be seen");
  });

  it("cuts what is long, and says so", async () => {
    const text = String(await plain(Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`key ${i}`, i]))));
    expect(text.length).toBeLessThan(21_000);
    expect(text).toMatch(/more characters$/);
    expect(String(await plain(Array.from({ length: 10_000 }, (_, i) => i)))).toContain("9950 more items");
  });
});

describe("registerDisplay", () => {
  it("refuses what is no display", () => {
    for (const wrong of [{}, { name: "a" }, { name: "", is: isPoint, mime: () => ({}) }, { name: "a", is: isPoint }]) {
      expect(() => registerDisplay(wrong as never)).toThrow(InputError);
    }
  });
});
