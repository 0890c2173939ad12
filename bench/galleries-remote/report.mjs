// What bench/galleries-remote/run.mjs measured, as a page.
import { at, median, power, time } from "../rank/report.mjs";

const table = (titles, lines) =>
  [
    `| ${titles.join(" | ")} |`,
    `| --- |${" ---: |".repeat(titles.length - 1)}`,
    ...lines.map(cells => `| ${cells.join(" | ")} |`),
  ].join("\n");

const rateOf = rate => Math.round(rate / 1000).toLocaleString("en");

export function remoteReport(measured) {
  const { size, bits, queries, k, rows, times, ivf, recalls, start } = measured;
  const [resident, ...others] = times;
  const pushes = rows.map(({ name, found, wrong, rate, indexing }) => [
    name,
    rateOf(rate),
    time(indexing),
    found.toLocaleString("en"),
    `${wrong.distances}, ${wrong.rows}`,
  ]);
  const line = (name, { single, many }) => [
    name,
    time(median(single)),
    time(at(single, 0.99)),
    `**${(median(single) / median(resident.single)).toFixed(1)}**`,
    time(median(many)),
    `**${(median(many) / median(resident.many)).toFixed(1)}**`,
  ];
  return `# Galleries in Milvus and ClickHouse

\`HASHBOOK_MILVUS=… HASHBOOK_CLICKHOUSE=… node bench/galleries-remote/run.mjs\` measures and writes this page: ${power(size)} codes of
${bits} bits around ${(size / 100).toLocaleString("en")} centres, each bit flipped with the chance 0.12, with ids and labels; the ${k} nearest of
${queries.toLocaleString("en")} queries. Milvus is the standalone server of PyPI's \`milvus\` 2.3.5 (it answered after ${start.toFixed(0)} s), ClickHouse that of
\`chdb-core\` behind a bridge in Python (\`test/galleries/clickhouse_bridge.py\`), which costs it something. All on this machine, on two
cores: what an engine brings is room beyond one machine, which is not measured here.

## Pushing

A push by the command was ended with SIGKILL when a third was there, and gone on with; its lists were then held against those of the
resident gallery, results one by one, ties by ascending row. The rate is that of a push that was left alone.

${table(["engine", "thousand codes a second", "then, until the index is there", "rows that were found when it went on", "distances that differ, rows that differ"], pushes)}

## Searching

${table(["gallery", "one query a call, p50", "p99", "÷ resident", "200 a call, each", "÷ resident"], [line("resident, 2 threads", resident), ...others.map((other, i) => line(rows[i].name, other))])}

## The inverted file

\`--index ivf\`: BIN_IVF_FLAT of ${Math.round(Math.sqrt(size)).toLocaleString("en")} lists, built in ${time(ivf.indexing)} after the push. Recall is the share of the ${k} results that are as near
as the ${k} nearest of all; \`?probes=\` behind the address says how many lists are looked into (a tenth by default). A query whose lists hold fewer than ${k}
codes is searched in all of them: with one list that is so more often, which raises its recall.

${table(
  ["lists looked into", "recall", "one query a call, p50", "p99", "÷ resident", "200 a call, each", "÷ resident"],
  recalls.map(({ probes, recall, ...took }) => [probes, recall.toFixed(3), ...line("", took).slice(1)]),
)}

${conditions(measured)}
`;
}

function conditions({ environment, loadBefore }) {
  const { processor, cores, memory, platform, node, commit } = environment;
  const busy =
    loadBefore > 0.5 * cores
      ? ": **others were using this machine, so times are longer and wider than they would be alone**"
      : "";
  return `${processor}, ${cores} cores, ${memory} GiB, ${platform}, Node ${node}; ${new Date().toISOString().slice(0, 10)}, commit ${commit ?? "unknown"}; load before the run ${loadBefore.toFixed(1)}${busy}.`;
}
