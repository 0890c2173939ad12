import { Worker } from "node:worker_threads";
import asc from "assemblyscript/asc";

// Four runs side by side. Which length of theirs reads fastest depends on the processor.
const SOURCE = `
export function read(at: usize, bytes: usize, run: usize): u64 {
  let a = i64x2.splat(0), b = a, c = a, d = a;
  for (const end = at + bytes; at < end; at += 4 * run) {
    for (let p = at, last = at + run; p < last; p += 64) {
      a = v128.or(a, v128.or(v128.or(v128.load(p), v128.load(p, 16)), v128.or(v128.load(p, 32), v128.load(p, 48))));
      b = v128.or(b, v128.or(v128.or(v128.load(p + run), v128.load(p + run, 16)), v128.or(v128.load(p + run, 32), v128.load(p + run, 48))));
      c = v128.or(c, v128.or(v128.or(v128.load(p + 2 * run), v128.load(p + 2 * run, 16)), v128.or(v128.load(p + 2 * run, 32), v128.load(p + 2 * run, 48))));
      d = v128.or(d, v128.or(v128.or(v128.load(p + 3 * run), v128.load(p + 3 * run, 16)), v128.or(v128.load(p + 3 * run, 32), v128.load(p + 3 * run, 48))));
    }
  }
  const all = v128.or(v128.or(a, b), v128.or(c, d));
  return i64x2.extract_lane(all, 0) | i64x2.extract_lane(all, 1);
}`;
const SHORT_RUN = 16384;
const STEP = 65536;

/**
 * What WebAssembly does at best with a memory of so many bytes: all threads read it, each its part, and compare nothing.
 * @returns `turn()`, which gives bytes a second, and `stop()`
 */
export async function openReading(bytes, threads) {
  let binary;
  const { error } = await asc.main(
    [
      "read.ts",
      "--outFile",
      "read.wasm",
      "-O3",
      "--runtime=stub",
      "--importMemory",
      "--sharedMemory",
      "--initialMemory=1",
      "--maximumMemory=65536",
      "--enable=simd,threads",
    ],
    {
      readFile: name => (name === "read.ts" ? SOURCE : null),
      writeFile: (name, contents) => {
        if (name === "read.wasm") binary = contents;
      },
    },
  );
  if (error) throw error;
  const part = Math.max(1, Math.floor(bytes / threads / STEP)) * STEP;
  const memory = new WebAssembly.Memory({ initial: (part * threads) / STEP + 1, maximum: 65536, shared: true });
  // A page that nothing was written to is the same page of zeros everywhere.
  new Uint8Array(memory.buffer).fill(1);
  const module = new WebAssembly.Module(binary);
  const control = new Int32Array(new SharedArrayBuffer(12));
  const workers = Array.from({ length: threads - 1 }, (_, i) => {
    const workerData = { module, memory, control, at: (i + 1) * part, part };
    return new Worker(`(${readingWorker})()`, { eval: true, workerData });
  });
  await Promise.all(workers.map(worker => new Promise(resolve => worker.once("message", resolve))));
  const { read } = new WebAssembly.Instance(module, { env: { memory } }).exports;
  let run = SHORT_RUN;
  return {
    /** With short runs and with ones as long as can be, in turns. */
    turn() {
      run = run === SHORT_RUN ? part / 4 : SHORT_RUN;
      Atomics.store(control, 2, run);
      const started = performance.now();
      Atomics.store(control, 1, threads - 1);
      Atomics.add(control, 0, 1);
      Atomics.notify(control, 0);
      read(0, part, run);
      for (let left = Atomics.load(control, 1); left > 0; left = Atomics.load(control, 1))
        Atomics.wait(control, 1, left, 1);
      return (part * threads) / ((performance.now() - started) / 1000);
    },
    stop: () => Promise.all(workers.map(worker => worker.terminate())),
  };
}

function readingWorker() {
  const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
  const { module, memory, control, at, part } = workerData;
  const { read } = new WebAssembly.Instance(module, { env: { memory } }).exports;
  parentPort.postMessage("ready");
  // Turns are counted here too: when this thread looks, the next may have begun already.
  for (let turn = 0; ; turn++) {
    Atomics.wait(control, 0, turn);
    read(at, part, Atomics.load(control, 2));
    Atomics.sub(control, 1, 1);
    Atomics.notify(control, 1);
  }
}
