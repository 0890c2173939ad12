// What bench/rank/galleries.mjs measured, as a page and a figure.
import { at, conditions, median, power, time } from "./report.mjs";

/** Bytes a second that this machine reads with all threads: the most that WebAssembly or NumPy was seen to do. */
const bandwidth = ({ reading, native }) => Math.max(native, at(reading, 0.9));
/** FAISS' times with the number of threads that suits it better. */
const best = ({ faiss }) => faiss.reduce((a, b) => (median(b) < median(a) ? b : a));
const p99 = values => at(values, 0.99);

/** Codes of other lengths, so many each. */
function widthTable(widths) {
  const lines = widths.map(row => {
    const [ours, faiss] = [median(row.ours), median(best(row))];
    const share = row.bytes / ours / bandwidth(row);
    const cells = [row.bits, time(ours), time(p99(row.ours)), time(faiss), `**${(faiss / ours).toFixed(1)}**`];
    return `| ${[...cells, share.toFixed(2)].join(" | ")} |`;
  });
  const titles = ["bits", "gallery, p50", "p99", "FAISS flat, p50", "FAISS ÷ gallery", "of memory read"];
  return [`| ${titles.join(" | ")} |`, `| ---: |${" ---: |".repeat(titles.length - 1)}`, ...lines].join("\n");
}

function queryTable(sizes) {
  const lines = sizes.map(row => {
    const [ours, faiss] = [median(row.ours), median(best(row))];
    const rate = row.bytes / ours;
    const cells = [
      power(row.size),
      time(ours),
      time(p99(row.ours)),
      time(faiss),
      time(p99(best(row))),
      `**${(faiss / ours).toFixed(1)}**`,
      `${(rate / 1e9).toFixed(1)} GB/s`,
      `${(bandwidth(row) / 1e9).toFixed(1)} GB/s`,
      `**${(rate / bandwidth(row)).toFixed(2)}**`,
      time(median(row.many)),
      time(row.opening),
    ];
    return `| ${cells.join(" | ")} |`;
  });
  const titles = [
    "codes",
    "gallery, p50",
    "p99",
    "FAISS flat, p50",
    "p99",
    "FAISS ÷ gallery",
    "codes read",
    "memory read",
    "of it",
    "many queries a call, each",
    "opening",
  ];
  return [`| ${titles.join(" | ")} |`, `| --- |${" ---: |".repeat(titles.length - 1)}`, ...lines].join("\n");
}

export function galleriesReport(measured) {
  const { sizes, widths, k } = measured;
  return `# Galleries

\`HASHBOOK_PYTHON=… node bench/rank/galleries.mjs\` measures and writes this page and the figure. The ${k} nearest of 64 bits, codes
around 10,000 centres, each bit flipped with the chance 0.12; one query a call unless said otherwise, two threads. hashbook's
gallery and FAISS' \`IndexBinaryFlat\` (with one thread or two, whichever is faster) have their codes in memory before; their distances are compared first, and a difference
stops the run. They take their turns with two threads that read as many bytes and compare nothing: *memory read* is the most
that WebAssembly or NumPy read, *codes read* what the gallery's median query read. Small galleries lie in caches, which read
faster than memory. Opening is from an .npy file, threads included. Evaluation, whole searches and where multi-index hashing
wins: [rank.md](rank.md).

${queryTable(sizes)}

![Time a query against the size of the gallery, with the limit of this machine](rank-growth.svg)

## Codes of other lengths

${power(widths[0].size)} of them, likewise.

${widthTable(widths)}

${conditions(measured)}
`;
}

/** Time of a query against the number of codes, both logarithmic, with the machine's limit. */
export function growthFigure({ sizes }) {
  const x = sizes.map(({ size }) => size);
  const line = (name, color, of, dash = "solid") => ({
    type: "scatter",
    mode: dash === "solid" ? "lines+markers" : "lines",
    name,
    line: { color, width: dash === "solid" ? 2 : 1.5, dash },
    marker: { size: 5, color },
    x,
    y: sizes.map(row => 1e3 * of(row)),
  });
  const data = [
    line("hashbook gallery, p50", "#0072B2", row => median(row.ours)),
    line("p99", "#0072B2", row => p99(row.ours), "dot"),
    line("FAISS flat, p50", "#D55E00", row => median(best(row))),
    line("p99", "#D55E00", row => p99(best(row)), "dot"),
    line("limit: reading memory, 2 threads", "#777777", row => row.bytes / bandwidth(row), "dash"),
  ];
  const axis = title => ({
    title: { text: title },
    type: "log",
    dtick: 1,
    exponentformat: "power",
    gridcolor: "#e5e5e5",
  });
  const layout = {
    width: 640,
    height: 460,
    margin: { l: 64, r: 8, t: 8, b: 130 },
    paper_bgcolor: "#ffffff",
    plot_bgcolor: "#ffffff",
    font: { family: "sans-serif", size: 12, color: "#222222" },
    legend: { orientation: "h", x: 0, y: -0.2 },
    xaxis: axis("codes of 64 bits in the gallery"),
    yaxis: axis("milliseconds a query, 100 nearest"),
  };
  return { data, layout };
}
