// docs/scale.md: what each stage costs for 10^5, 10^7 and 10^9 pictures, from what bench/*.md say was measured.
//
//   node tools/scale-page.mjs [--write]      prints the page; --write puts it into docs/scale.md
//
// Every constant is a cell of a table in bench/, found by the names of its row and column: when a bench is run again, so is
// this. A cell that is not found ends the script with its name. What is computed of them are products and quotients alone.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const ROOT = new URL("../", import.meta.url);
const PAGE = fileURLToPath(new URL("docs/scale.md", ROOT));
const SIZES = [1e5, 1e7, 1e9];
const DIM = 2048;
const BITS = 64;
/** Letters of an id and the end of its line, as bench/memory.mjs and bench/scale.mjs have them. */
const ID_BYTES = 37;

const BENCH = "bench/README.md";
const GALLERIES = "bench/galleries.md";
const MEMORY = "bench/memory.md";
const NAMES = "bench/scale.md";

/** Tables of a Markdown file: names of columns, and rows of cells. */
function tablesOf(file) {
  const path = fileURLToPath(new URL(file, ROOT));
  if (!existsSync(path)) return [];
  const plain = text => text.replaceAll(/[*`|]/g, "").trim();
  const tables = [];
  let lines = [];
  for (const line of [...readFileSync(path, "utf8").split("\n"), ""]) {
    if (line.startsWith("|")) {
      lines.push(line.slice(1, -1).split("|").map(plain));
      continue;
    }
    if (lines.length > 2) tables.push({ columns: lines[0], rows: lines.slice(2) });
    lines = [];
  }
  return tables;
}

/** The cell of a row and a column, by their names or how these begin. */
function cellOf(file, row, column) {
  const at = (names, name) =>
    names.includes(name) ? names.indexOf(name) : names.findIndex(one => one.startsWith(name));
  for (const { columns, rows } of tablesOf(file)) {
    const [x, y] = [
      at(columns, column),
      at(
        rows.map(([name]) => name),
        row,
      ),
    ];
    if (x >= 0 && y >= 0 && /\d/.test(rows[y][x] ?? "")) return rows[y][x];
  }
  throw new Error(`${file}: no table has a number in a row "${row}" of a column "${column}"`);
}

const UNITS = { µs: 1e-6, ms: 1e-3, s: 1 };

/** The first number of a text; a time in seconds. */
function numberIn(text) {
  const [, number, unit] = /(-?[\d,]*\.?\d+(?:e[+-]?\d+)?)\s*(µs|ms|s)?\b/.exec(text);
  return Number(number.replaceAll(",", "")) * (UNITS[unit] ?? 1);
}

/** Of the two sizes of a row of bench/memory.md the items of the larger, the seconds it took, and bytes that each adds. */
function memoryOf(row, file = MEMORY) {
  const larger = text => numberIn(text.split(" / ")[1]);
  const [items, seconds] = [cellOf(file, row, "sizes"), cellOf(file, row, "s")].map(larger);
  return { seconds: seconds / items, bytes: numberIn(cellOf(file, row, "grows by")), file, row, items, took: seconds };
}

const link = file => `[${file}](../${file})`;
const count = number => number.toLocaleString("en");

/** Two figures that matter. */
const figures = value => (value >= 100 ? count(Math.round(value)) : String(Number(value.toPrecision(2))));

function timeText(seconds) {
  const units = [
    [86400 * 365, "years"],
    [2 * 86400, "days", 86400],
    [7200, "h", 3600],
    [120, "min", 60],
    [1, "s"],
    [1e-3, "ms"],
    [0, "µs", 1e-6],
  ];
  const [least, name, unit = least] = units.find(([from]) => seconds >= from);
  return `${figures(seconds / unit)} ${name}`;
}

function sizeText(bytes) {
  const units = [
    [1e12, "TB"],
    [1e9, "GB"],
    [1e6, "MB"],
    [0, "kB", 1e3],
  ];
  const [least, name, unit = least] = units.find(([from]) => bytes >= from);
  return `${figures(bytes / unit)} ${name}`;
}

/** A row of a table: what, what was measured, and the three sizes. */
const row = (what, measured, amount, text) => [what, measured, ...SIZES.map(size => text(amount(size)))];
const tableOf = rows =>
  [
    "| | measured | 10⁵ | 10⁷ | 10⁹ |",
    "| --- | --- | ---: | ---: | ---: |",
    ...rows.map(cells => `| ${cells.join(" | ")} |`),
  ].join("\n");

function extraction() {
  const rates = ["hashbook fp32", "hashbook int8"].map(name => numberIn(cellOf(BENCH, name, "images/s")));
  const opened = numberIn(cellOf(BENCH, "hashbook, the first time", "seconds"));
  const hours = (name, rate, machines) =>
    row(
      `ResNet-50 ${name}, ${machines === 1 ? "one machine" : `${machines} of them`} of 2 cores`,
      `${rate} images/s: ${link(BENCH)}`,
      size => size / rate / machines,
      timeText,
    );
  const [fp32, int8] = rates;
  const codes = memoryOf("extract --model");
  return tableOf([
    hours("fp32", fp32, 1),
    hours("int8", int8, 1),
    hours("int8", int8, 16),
    hours("int8", int8, 256),
    row(
      "opening the files of a folder the first time, one process",
      `100,000 in ${opened} s: ${link(BENCH)}`,
      size => (size * opened) / 1e5,
      timeText,
    ),
    row(`disk: features, ${DIM} float32`, `${count(DIM * 4)} bytes each`, size => size * DIM * 4, sizeText),
    row(`disk: codes of ${BITS} bits, no features kept`, `${BITS / 8} bytes each`, size => (size * BITS) / 8, sizeText),
    row("disk: ids of 36 letters, twice", `${2 * ID_BYTES} bytes each`, size => size * 2 * ID_BYTES, sizeText),
    row(
      "memory of one process over all, beside the network",
      `at most ${codes.bytes} bytes an image: ${link(MEMORY)}`,
      size => size * codes.bytes,
      sizeText,
    ),
  ]);
}

function learning() {
  const [train, itq, encode, merge] = ["train", "train --method itq", "encode --data", "codes merge"].map(name =>
    memoryOf(name),
  );
  const time = (name, one, more = "") =>
    row(
      `${name}`,
      `${count(one.items)} in ${one.took} s${more}: ${link(one.file)}`,
      size => size * one.seconds,
      timeText,
    );
  const memory = one => row(`memory of it`, `${one.bytes} bytes an item`, size => size * one.bytes, sizeText);
  const whole = numberIn(cellOf(BENCH, "HashNet, validated: every 5th", "hashbook, s"));
  return tableOf([
    ["`train` on 5,000 rows, 30 epochs, in memory", `${whole} s: ${link(BENCH)}`, ...SIZES.map(() => timeText(whole))],
    time("reading what `train` needs of a data folder", train, ", 5,000 of them trained on"),
    memory(train),
    time("the same of `train --method itq`", itq, ", 5,000 of them fitted to"),
    time("`encode --data`, only where features were kept", encode),
    memory(encode),
    time("`codes merge`", merge),
    memory(merge),
  ]);
}

function judging() {
  const evaluate = memoryOf("evaluate");
  return tableOf([
    row(
      "`evaluate`, 1,000 queries",
      `${count(evaluate.items)} in ${evaluate.took} s: ${link(MEMORY)}`,
      size => size * evaluate.seconds,
      timeText,
    ),
    row("memory of it", `${evaluate.bytes} bytes an item`, size => size * evaluate.bytes, sizeText),
  ]);
}

/** A column of bench/galleries.md at each size: measured up to 10^8, from there on by the size. */
function galleryRow(what, column) {
  const at = power => numberIn(cellOf(GALLERIES, power, column));
  const [five, seven, eight] = ["10⁵", "10⁷", "10⁸"].map(at);
  return [
    what,
    `at 10⁸ ${timeText(eight)}: ${link(GALLERIES)}`,
    ...[five, seven].map(timeText),
    `${timeText(10 * eight)}`,
  ];
}

function searching() {
  const names = memoryOf("gallery with names", NAMES);
  const bare = memoryOf("gallery without names", NAMES);
  return tableOf([
    row("memory: codes of 64 bits", `${bare.bytes} bytes each: ${link(NAMES)}`, size => size * bare.bytes, sizeText),
    row(
      "memory: with the ids of the rows",
      `${names.bytes} bytes each: ${link(NAMES)}`,
      size => size * names.bytes,
      sizeText,
    ),
    galleryRow("opening from .npy, threads included", "opening"),
    galleryRow("the 100 nearest, one query a call, median", "gallery, p50"),
    galleryRow("the 100 nearest, many queries a call, each", "many queries"),
  ]);
}

/** Where pictures of an extraction lie twice as much as they do is decided by what is kept. */
function page() {
  return `# How far

What each stage costs for 10⁵, 10⁷ and 10⁹ pictures, and which engine takes over where. \`node tools/scale-page.mjs --write\` makes
this page: *measured* names the table in \`bench/\` that a constant stands in, with its machine and date; the other columns are that
constant times the number of pictures, and nothing else. **Nothing of 10⁹ was run, and of 10⁷ only what its table says**: they
say what to expect where cost grows with the number, which memory, disk and files of one folder need not do at that size.

## Which engine

| | 10⁵ pictures | 10⁷ | 10⁹ |
| --- | --- | --- | --- |
| codes of pictures | one machine | Slurm, an array of shards | Slurm, codes only |
| features | kept | of a part, to learn from | of a part, to learn from |
| learning | \`train\` on some thousand rows | the same | the same |
| search | \`search\`, \`serve\`, \`openGallery\`: codes and names in memory | the same | an engine that holds names and labels: \`--gallery milvus://…\` |

## Pictures to codes

JPEGs of 800 × 600 pixels, features of ResNet-50, codes of ${BITS} bits.

${extraction()}

*Several machines*: shards share nothing but the file system that pictures lie on; that it keeps up is assumed. With lists in place of a
folder no task looks at files that are not its own.

One machine, features kept, or codes alone by a model that is there:

\`\`\`
hashbook extract --dataset pictures --backbone resnet50 --precision int8 --out work
hashbook extract --dataset pictures --model model --out gallery
\`\`\`

Several:

\`\`\`
hashbook extract --dataset pictures --model model --out gallery --shards 64 --on slurm
\`\`\`

## Learning, encoding

A head learns from some thousand rows, whatever the number of pictures: take a part (\`split\`, or a folder of its own), keep its
features, train, and send the others straight to codes (\`extract --model\`), which needs no \`encode\`.

${learning()}

\`\`\`
hashbook train --data work --method hashnet --bits ${BITS} --out model
hashbook encode --model model --data work --packed --out codes.npy
hashbook codes merge gallery
\`\`\`

## Judging

Queries and database have labels, so a part of the pictures judges as well as all: the interval that \`evaluate\` gives is one over queries.

${judging()}

## Searching

${searching()}

\`\`\`
hashbook search --model model --database gallery/codes.npy --query picture.jpg
hashbook serve --model model --data gallery --codes gallery/codes.npy
\`\`\`
`;
}

const { values } = parseArgs({ options: { write: { type: "boolean", default: false } } });
const text = page();
if (values.write) writeFileSync(PAGE, text);
else process.stdout.write(text);
