// What counting costs a pair of codes: the loop of the kernels that rank (assembly/hamming.ts) beside others that count
// less, in turns, one thread, 64-bit words of which 48 bits are used. Prints a table; README of bench/ quotes one.
//   node bench/rank/pair-cost.mjs        about twenty seconds
import asc from "assemblyscript/asc";

const [TILE, QUERIES, TURNS, PASSES] = [512, 1000, 12, 20];
/** Bytes: tile, queries, counters, notes. */
const [CODES, ASKED, COUNTERS, NOTES] = [4096, 65_536, 131_072, 262_144];
/** Bytes from one query's counters to the next one's, and from its notes. */
const [PITCH, NOTE_PITCH] = [9280, 4288];

/** What is done with the distance of query `q` to the item in `word`. */
const STEPS = {
  "distances alone": q => `sum${q} += popcnt(word ^ q${q});`,
  "a counter a pair and a note of it, which ranks need": q => `{
    const at = ${COUNTERS} + (<usize>popcnt(word ^ q${q}) << 3);
    const seen = load<u64>(at, ${q * PITCH});
    store<u64>(at, seen + 1, ${q * PITCH});
    store<u64>(note, seen, ${q * NOTE_PITCH});
  }`,
  "a counter a pair": q => counted(`<usize>popcnt(word ^ q${q}) << 3`, q * PITCH),
  "a counter a pair, two tables a query, items in turn":
    q => `if (odd) ${counted(`<usize>popcnt(word ^ q${q}) << 3`, q * PITCH + 4)}
    else ${counted(`<usize>popcnt(word ^ q${q}) << 3`, q * PITCH)}`,
  "a counter for two pairs, of two queries": q =>
    q % 2 === 0
      ? ""
      : counted(`(<usize>popcnt(word ^ q${q - 1}) << 8) | (<usize>popcnt(word ^ q${q}) << 2)`, q * 32_768),
};

function counted(place, offset) {
  return `{ const at = ${COUNTERS} + (${place}); store<u32>(at, load<u32>(at, ${offset}) + 1, ${offset}); }`;
}

/** Four queries side by side over a tile, two items a round. */
function loop(name, step) {
  const all = odd => [0, 1, 2, 3].map(q => step(q).replaceAll("odd", `${odd}`)).join("\n");
  return `export function ${name}(queries: usize): u64 {
    ${[0, 1, 2, 3].map(q => `const q${q} = load<u64>(queries, ${8 * q});`).join("\n")}
    ${[0, 1, 2, 3].map(q => `let sum${q}: u64 = 0;`).join("\n")}
    let note: usize = ${NOTES};
    for (let codes: usize = ${CODES}; codes < ${CODES + 8 * TILE}; codes += 16) {
      { const word = load<u64>(codes); ${all(false)} }
      note += 8;
      { const word = load<u64>(codes, 8); ${all(true)} }
      note += 8;
    }
    return sum0 + sum1 + sum2 + sum3;
  }`;
}

async function kernels() {
  let binary;
  const source = Object.values(STEPS)
    .map((step, i) => loop(`k${i}`, step))
    .join("\n");
  const { error, stderr } = await asc.main(
    ["cost.ts", "--outFile", "cost.wasm", "-O3", "--runtime=stub", "--initialMemory=8"],
    {
      readFile: name => (name === "cost.ts" ? source : null),
      writeFile: (name, contents) => {
        if (name === "cost.wasm") binary = contents;
      },
    },
  );
  if (error) throw new Error(`${stderr}`);
  return (await WebAssembly.instantiate(binary, {})).instance.exports;
}

const exports = await kernels();
const bytes = new Uint8Array(exports.memory.buffer);
let state = 1;
const fill = (from, words) => {
  for (let at = from; at < from + 8 * words; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = at % 8 < 6 ? state >>> 24 : 0;
  }
};
fill(CODES, TILE);
fill(ASKED, QUERIES);
const names = Object.keys(STEPS);
const best = names.map(() => Number.POSITIVE_INFINITY);
for (let turn = 0; turn < TURNS; turn++) {
  for (const i of names.keys()) {
    const before = process.cpuUsage();
    for (let pass = 0; pass < PASSES; pass++) {
      for (let q = 0; q < QUERIES; q += 4) exports[`k${i}`](ASKED + 8 * q);
    }
    const { user, system } = process.cpuUsage(before);
    best[i] = Math.min(best[i], ((user + system) * 1000) / (PASSES * QUERIES * TILE));
  }
}
process.stdout.write("| 48 bits, one thread | ns a pair |\n| --- | ---: |\n");
for (const [i, name] of names.entries()) process.stdout.write(`| ${name} | ${best[i].toFixed(2)} |\n`);
