import { describe, expect, it } from "vitest";
import { RecentPictures } from "../../src/service/recent-pictures.js";

describe("RecentPictures", () => {
  it("makes each once while it is among the last, also when asked for twice at once", async () => {
    const recent = new RecentPictures<string>(2);
    const made: string[] = [];
    const make = (key: string) => async () => {
      made.push(key);
      return key.toUpperCase();
    };
    const ask = (key: string): Promise<string> => recent.get(key, make(key));
    expect(await Promise.all([ask("a"), ask("a"), ask("b")])).toEqual(["A", "A", "B"]);
    await ask("a"); // now b is the oldest
    await ask("c");
    await ask("a");
    await ask("b");
    expect([made, recent.found]).toEqual([["a", "b", "c", "b"], 3]);
  });

  it("does not remember what failed, and nothing at all when told so", async () => {
    const recent = new RecentPictures<number>(2);
    await expect(recent.get("a", () => Promise.reject(new Error("bad")))).rejects.toThrow("bad");
    expect(await recent.get("a", async () => 1)).toBe(1);
    const forgetful = new RecentPictures<number>(0);
    let times = 0;
    for (let i = 0; i < 2; i++) await forgetful.get("a", async () => ++times);
    expect(times).toBe(2);
  });
});
