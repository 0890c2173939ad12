import asc from "assemblyscript/asc";

// Sixteen kilobytes, which stay in the first-level cache.
const SOURCE = `
export function count(turns: i32): u64 {
  let a: u64 = 0, b: u64 = 0, c: u64 = 0, d: u64 = 0;
  for (let turn = 0; turn < turns; turn++) {
    const query = <u64>turn;
    for (let at: usize = 0; at < 16384; at += 32) {
      a += popcnt<u64>(load<u64>(at) ^ query);
      b += popcnt<u64>(load<u64>(at, 8) ^ query);
      c += popcnt<u64>(load<u64>(at, 16) ^ query);
      d += popcnt<u64>(load<u64>(at, 24) ^ query);
    }
  }
  return a + b + c + d;
}`;

/** Codes of 64 bits a second whose distance WebAssembly can tell on one thread, without keeping it: the limit of a scan. */
export async function popcountRate() {
  let binary;
  const { error } = await asc.main(
    ["limit.ts", "--outFile", "limit.wasm", "-O3", "--runtime=stub", "--initialMemory=1"],
    {
      readFile: name => (name === "limit.ts" ? SOURCE : null),
      writeFile: (name, contents) => {
        if (name === "limit.wasm") binary = contents;
      },
    },
  );
  if (error) throw error;
  const { count } = (await WebAssembly.instantiate(binary, {})).instance.exports;
  let best = 0;
  for (let turn = 0; turn < 20; turn++) {
    const started = performance.now();
    count(5000);
    best = Math.max(best, (5000 * 2048) / ((performance.now() - started) / 1000));
  }
  return best;
}
