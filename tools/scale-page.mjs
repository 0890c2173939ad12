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
const ENGINES = "bench/milvus.md";
const GALLERIES = "bench/galleries.md";
const MEMORY = "bench/memory.md";
const NAMES = "bench/scale.md";
const RANK = "bench/rank.md";
const SERVICE = "bench/service.md";

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

/** The cell of a row and a column, by their names or how these begin; of rows of one name the one with a cell in another column. */
function cellOf(file, row, column, [other, cell] = []) {
  const at = (names, name) =>
    names.includes(name) ? names.indexOf(name) : names.findIndex(one => one.startsWith(name));
  for (const { columns, rows } of tablesOf(file)) {
    const x = at(columns, column);
    const z = other === undefined ? -1 : at(columns, other);
    if (x < 0 || (other !== undefined && z < 0)) continue;
    const some = other === undefined ? rows : rows.filter(cells => cells[z] === cell);
    const y = at(
      some.map(([name]) => name),
      row,
    );
    if (y >= 0 && /\d/.test(some[y][x] ?? "")) return some[y][x];
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

/** What a number of machines needs for a rate of one. */
function hours(name, rate, machines) {
  const one = machines === 1 ? "one machine of 2 cores" : `${machines} of them (${2 * machines} cores)`;
  return row(`ResNet-50 ${name}, ${one}`, `${rate} images/s: ${link(BENCH)}`, size => size / rate / machines, timeText);
}

const memoryRow = (what, { bytes, file }) =>
  row(what, `${bytes} bytes an item: ${link(file)}`, size => size * bytes, sizeText);

const timeRow = (what, { seconds, items, took, file }) =>
  row(what, `${count(items)} in ${took} s: ${link(file)}`, size => size * seconds, timeText);

/** Codes at once, beside features first. */
function straightRows() {
  return ifMeasured(() => {
    const [features, codes] = ["to features", "to codes"].map(name => numberIn(cellOf(NAMES, name, "processor ms")));
    const measured = `${codes} and ${features} ms of a processor an image, EfficientNet-Lite0: ${link(NAMES)}`;
    return [["straight to codes, and to features", measured, ...SIZES.map(() => "the same hours")]];
  });
}

function extraction() {
  const [fp32, int8] = ["hashbook fp32", "hashbook int8"].map(name => numberIn(cellOf(BENCH, name, "images/s")));
  const opened = numberIn(cellOf(BENCH, "hashbook, the first time", "seconds"));
  return tableOf([
    hours("fp32", fp32, 1),
    hours("int8", int8, 1),
    hours("fp32", fp32, 16),
    hours("int8", int8, 16),
    hours("int8", int8, 256),
    ...straightRows(),
    row(
      "opening a folder the first time, one process",
      `100,000 files in ${opened} s: ${link(BENCH)}`,
      size => (size * opened) / 1e5,
      timeText,
    ),
    memoryRow("memory of the process that opens it", memoryOf("dataset")),
    row(`disk: features of ${DIM} float32`, `${count(DIM * 4)} bytes each`, size => size * DIM * 4, sizeText),
    row(`disk: codes of ${BITS} bits`, `${BITS / 8} bytes each`, size => (size * BITS) / 8, sizeText),
    row(
      "disk: ids of 36 letters, beside codes and data",
      `${2 * ID_BYTES} bytes each`,
      size => size * 2 * ID_BYTES,
      sizeText,
    ),
  ]);
}

function learning() {
  const [train, encode, merge] = ["train", "encode --data", "codes merge"].map(name => memoryOf(name));
  const whole = numberIn(cellOf(BENCH, "HashNet, validated: every 5th", "hashbook, s"));
  return tableOf([
    ["`train`: 30 epochs of 5,000 rows", `${whole} s: ${link(BENCH)}`, ...SIZES.map(() => timeText(whole))],
    timeRow("`train` on 5,000 rows of a data folder of so many, with opening it", train),
    memoryRow("memory of it", train),
    timeRow("`encode --data`, where features were kept", encode),
    memoryRow("memory of it", encode),
    timeRow("`codes merge` of shards", merge),
    memoryRow("memory of it", merge),
  ]);
}

function judging() {
  const evaluate = memoryOf("evaluate");
  return tableOf([timeRow("`evaluate`, 1,000 queries", evaluate), memoryRow("memory of it", evaluate)]);
}

/** A column of bench/galleries.md at each size: measured up to 10^8, from there on by the size. */
function galleryRow(what, column) {
  const [five, seven, eight] = ["10⁵", "10⁷", "10⁸"].map(power => numberIn(cellOf(GALLERIES, power, column)));
  return [what, `at 10⁸ ${timeText(eight)}: ${link(GALLERIES)}`, ...[five, seven, 10 * eight].map(timeText)];
}

function searching() {
  const near = power => timeText(numberIn(cellOf(RANK, power, "multi-index", ["distance of the tenth", "2"])));
  return tableOf([
    memoryRow("memory: codes of 64 bits", memoryOf("gallery without names", NAMES)),
    memoryRow("memory: with the ids of the rows", memoryOf("gallery with names", NAMES)),
    timeRow("opening with the ids of the rows", memoryOf("gallery with names", NAMES)),
    galleryRow("opening without them", "opening"),
    galleryRow("the 100 nearest, one query a call, median", "gallery, p50"),
    galleryRow("the 100 nearest, many queries a call, each", "many queries"),
    [
      "multi-index hashing, ten nearest at distance 2, one thread",
      link(RANK),
      near("10⁵"),
      near("10⁷"),
      "not measured",
    ],
    ...engineRows(),
    ...serviceRows(),
  ]);
}

/** Rows of what not every checkout has measured: none where the table is not there. */
function ifMeasured(rows) {
  try {
    return rows();
  } catch {
    return [];
  }
}

/** Engines, measured with 10^6 codes on one machine; from there on by the number of codes that are compared. */
function engineRows() {
  const at = (name, size) => numberIn(cellOf(ENGINES, name, "one query a call, p50")) * (size / 1e6);
  const rate = name => 1000 * numberIn(cellOf(ENGINES, name, "thousand codes a second"));
  return ["Milvus", "ClickHouse"].flatMap(name =>
    ifMeasured(() => [
      row(`pushing to ${name}`, `${count(rate(name))} codes/s: ${link(ENGINES)}`, size => size / rate(name), timeText),
      [
        `the 100 nearest in ${name}, one query a call, one machine`,
        `at 10⁶ ${timeText(at(name, 1e6))}: ${link(ENGINES)}`,
        ...["not measured", timeText(at(name, 1e7)), timeText(at(name, 1e9))],
      ],
    ]),
  );
}

/** What `serve` answers a second: at 10^7 a scan is a small part of it, at 10^9 it is not. */
function serviceRows() {
  return ifMeasured(() => {
    const [rate, slow] = ["answers/s", "p99"].map(column => numberIn(cellOf(SERVICE, "8", column)));
    const measured = `8 clients, EfficientNet-Lite0, one machine: ${link(SERVICE)}`;
    return [
      [
        "`serve`: answers a second, and p99",
        measured,
        ...[`${figures(rate)}, ${figures(slow)} ms`, "as many", "the scan first"],
      ],
    ];
  });
}

function page() {
  return `# How far

What each stage costs for 10⁵, 10⁷ and 10⁹ pictures, and which engine takes over where. \`node tools/scale-page.mjs --write\` makes
this page. *Measured* names the table in \`bench/\` that a constant stands in, with its machine, date and load; the other columns are that
constant times the number of pictures, and nothing else. **Nothing of 10⁹ was run, and of 10⁷ what those tables say**: what grows with
the number is told so, and where memory or a file system ends first, nobody has seen.

## Which engine

| | 10⁵ pictures | 10⁷ | 10⁹ |
| --- | --- | --- | --- |
| pictures to codes | one machine | Slurm, an array of shards | Slurm, an array for each folder of some 10⁷ |
| features | kept | kept of a part to learn from, else straight to codes | the same |
| learning | \`train\` on some thousand rows | the same | the same |
| judging | \`evaluate\` on all | on all, or a part | on a part |
| searching | a gallery in memory: \`search\`, \`serve\`, \`openGallery\` | the same | codes alone in memory, or Milvus or ClickHouse, which keep names and labels |

## Pictures to codes

JPEGs of 800 × 600 pixels, features of ResNet-50, codes of ${BITS} bits.

${extraction()}

That several machines are as many times as fast is computed, not measured: shards share nothing but the file system that the pictures lie
on. The submission opens the dataset once and gives each task a list, so no task looks at files that are not its own; at 10⁹ that
process ends in memory, so the pictures have to lie in folders that are a dataset each.

\`\`\`
mkdir part && (cd pictures && find . -type f | shuf -n 5000 | xargs -d '\\n' cp --parents -l -t ../part)
hashbook extract --dataset part --backbone resnet50 --precision int8 --out work
hashbook train --data work --method hashnet --bits ${BITS} --out model
hashbook extract --dataset pictures --model model --out gallery
hashbook extract --dataset pictures --model model --out gallery --on slurm --shards 64 --time 4:00:00
\`\`\`

Links to 5,000 pictures in folders of their classes are the part to learn from; its features are kept. All pictures go to codes
alone, on one machine or on a cluster with the merge after it ([docs/cluster.md](cluster.md)). What a model learns from in int8 gives codes in int8.

## Learning, encoding, merging

A head learns from some thousand rows, whatever the number of pictures. So: features of a part (a folder of its own), \`train\`, and
all others straight to codes, which needs no \`encode\`.

${learning()}

\`\`\`
hashbook encode --model model --data work --packed --out codes.npy
hashbook codes merge gallery
\`\`\`

What grows are ids, labels and roles, never features or codes. At 10⁷ opening the folder of pictures takes the most of it; 10⁹ need a
machine of their own, or stay apart, as the folders that they came from.

## Judging

${judging()}

Queries are drawn, and the interval that \`evaluate\` gives says what another draw would change; a part of the database says nothing of
the rest of it, since more pictures are more that can come first.

\`\`\`
hashbook evaluate --data work --codes codes.npy --cutoff 1000
\`\`\`

## Searching

${searching()}

A scan reads every code, so its time grows with their number; what stands under 10⁵ and 10⁷ was measured at these sizes. Codes lie in as many memories of 4 GiB as they need; names
are the first that does not fit. An engine holds them, and labels to filter by, on other machines:

\`\`\`
hashbook search --model model --database gallery/codes.npy --query picture.jpg
hashbook serve --model model --data gallery --codes gallery/codes.npy
hashbook gallery push gallery/codes.npy --to milvus://localhost:19530/pictures
hashbook serve --model model --data gallery --gallery milvus://localhost:19530/pictures
hashbook export --model model --data gallery --out for-python
\`\`\`
`;
}

const { values } = parseArgs({ options: { write: { type: "boolean", default: false } } });
const text = page();
if (values.write) writeFileSync(PAGE, text);
else process.stdout.write(text);
