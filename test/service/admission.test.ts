import { describe, expect, it } from "vitest";
import { Admission } from "../../src/service/admission.js";
import type { Refusal } from "../../src/service/refusal.js";

/** Work that ends when it is told to. */
function gate(): { readonly work: () => Promise<string>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<string>(resolve => {
    open = () => resolve("done");
  });
  return { work: () => opened, open: () => open() };
}

describe("Admission", () => {
  it("lets so many work, so many wait in order, and tells others when to come again", async () => {
    const admission = new Admission({ running: 2, waiting: 2, seconds: 60 });
    const gates = [gate(), gate(), gate(), gate()];
    const order: number[] = [];
    const done = gates.map(({ work }, i) =>
      admission.enter(async () => {
        order.push(i);
        return work();
      }),
    );
    expect([admission.running, admission.waiting, order]).toEqual([2, 2, [0, 1]]);
    expect(() => admission.checkRoom()).toThrow(/busy/);
    const refusal = await admission.enter(async () => "never").catch((error: Refusal) => error);
    expect(refusal).toMatchObject({ code: "busy", statusCode: 503, retryAfter: 1 });
    gates[1].open();
    await done[1];
    await Promise.resolve();
    expect([admission.running, admission.waiting, order]).toEqual([2, 1, [0, 1, 2]]);
    for (const { open } of gates) open();
    expect(await Promise.all(done)).toEqual(["done", "done", "done", "done"]);
    expect([admission.running, admission.waiting]).toEqual([0, 0]);
  });

  it("gives the place of work that fails to the next", async () => {
    const admission = new Admission({ running: 1, waiting: 1, seconds: 60 });
    const failing = admission.enter(() => Promise.reject(new Error("bad")));
    const next = admission.enter(async () => "next");
    await expect(failing).rejects.toThrow("bad");
    expect(await next).toBe("next");
    expect(admission.running).toBe(0);
  });

  it("lets those go who waited too long, and those whose client went away", async () => {
    const admission = new Admission({ running: 1, waiting: 5, seconds: 0.02 });
    const { work, open } = gate();
    const first = admission.enter(work);
    const controller = new AbortController();
    const gone = admission.enter(async () => "never", controller.signal);
    const tired = admission.enter(async () => "never");
    controller.abort();
    await expect(gone).rejects.toThrow(/went away/);
    await expect(tired).rejects.toThrow(/no place was free for 0.02 s/);
    expect(admission.waiting).toBe(0);
    open();
    expect(await first).toBe("done");
    expect(admission.running).toBe(0);
    expect(await admission.enter(async () => "after")).toBe("after");
  });
});
