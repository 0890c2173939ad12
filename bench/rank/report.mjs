// What bench/rank/run.mjs measured, as a page.

const sorted = values => [...values].sort((a, b) => a - b);
export const at = (values, share) => sorted(values)[Math.round(share * (values.length - 1))];
export const median = values => at(values, 0.5);

/** Seconds with the unit that suits them. */
export function time(seconds) {
  if (seconds >= 1) return `${seconds.toPrecision(3)} s`;
  return seconds >= 1e-3 ? `${(seconds * 1e3).toPrecision(3)} ms` : `${(seconds * 1e6).toPrecision(3)} µs`;
}

/** "51 ms (50 ms–53 ms)": median, least and most. */
function spread(times) {
  return `${time(median(times))} (${time(Math.min(...times))}–${time(Math.max(...times))})`;
}

const perQuery = (times, count) => times.map(t => t / count);
export const power = size =>
  `10${{ 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸" }[Math.round(Math.log10(size))] ?? `^${Math.log10(size)}`}`;

function evaluationTable(evaluations) {
  const lines = evaluations.map(({ count, size, bits, sample, difference, times, processor, memory }) => {
    const work = median(processor.numpy) / median(processor.hashbook);
    const ratio = median(times.numpy) / median(times.hashbook);
    const cells = [
      `${count} × ${size} × ${bits} bits`,
      spread(times.hashbook),
      `${spread(times.numpy)} from ${sample} queries`,
      `**${ratio.toFixed(0)}**`,
      `${time(median(processor.hashbook))}, ${time(median(processor.numpy))}: ${work.toFixed(0)}`,
      memoryOf(memory),
      difference.toExponential(0),
      ...(times.gpu === undefined ? [] : [spread(times.gpu)]),
    ];
    return `| ${cells.join(" | ")} |`;
  });
  const onGpu = evaluations[0].times.gpu === undefined ? ["", ""] : [" hashbook on the GPU |", " ---: |"];
  const head = `| queries × database | hashbook, all its metrics | NumPy, mAP@all only | times faster | processor time of both: ratio | memory: codes + more | difference in mAP |${onGpu[0]}`;
  return [head, `| --- | ---: | ---: | ---: | ---: | ---: | ---: |${onGpu[1]}`, ...lines].join("\n");
}

function memoryOf({ codes, beyond }) {
  const mebibytes = bytes => (bytes / 2 ** 20).toFixed(bytes < 2 ** 24 ? 1 : 0);
  return beyond === undefined ? "not measured here" : `${mebibytes(codes)} + ${mebibytes(beyond)} MiB`;
}

function searchTable(searches) {
  const onGpu = searches[0].times.gpu !== undefined;
  const names = ["hashbook", "hashbook multi-index", "faiss flat", "faiss multihash", "faiss hash", "usearch"];
  if (onGpu) names.splice(1, 0, "gpu");
  const titles = [
    "hashbook scan",
    ...(onGpu ? ["hashbook on the GPU"] : []),
    "hashbook multi-index",
    "FAISS `IndexBinaryFlat`",
    "FAISS `IndexBinaryMultiHash`*",
    "FAISS `IndexBinaryHash`*",
    "usearch exact",
  ];
  const lines = searches.map(({ size, count, times }) => {
    const cells = names.map(name => spread(perQuery(times[name], count)));
    const ratio = median(times["faiss flat"]) / median(times.hashbook);
    return `| ${power(size)} | ${cells.join(" | ")} | **${ratio.toFixed(1)}** |`;
  });
  return [
    `| database | ${titles.join(" | ")} | flat ÷ scan |`,
    `| --- |${" ---: |".repeat(titles.length + 1)}`,
    ...lines,
  ].join("\n");
}

function growthTable(title, rows, of) {
  const lines = rows.map(row => {
    const each = median(perQuery(row.times.hashbook, row.count));
    return `| ${of(row)} | ${time(each)} | ${(row.size / each / 1e9).toFixed(2)} |`;
  });
  return [`| ${title} | a query | 10⁹ codes/s |`, "| ---: | ---: | ---: |", ...lines].join("\n");
}

function lookUpTable(lookUps) {
  const lines = lookUps.map(({ size, count, tenth, times }) => {
    const [scan, look] = [times.scan, times.lookUps].map(taken => perQuery(taken, count));
    const ratio = median(scan) / median(look);
    return `| ${power(size)} | ${tenth} | ${spread(scan)} | ${spread(look)} | **${ratio.toPrecision(2)}** |`;
  });
  return [
    "| database | distance of the tenth | scan | multi-index | scan ÷ multi-index |",
    "| --- | ---: | ---: | ---: | ---: |",
    ...lines,
  ].join("\n");
}

function startTable(starts) {
  const lines = starts.map(({ pairs, times }) => {
    const cells = ["one", "two", "oneCold", "twoCold"].map(name => time(median(times[name])));
    return `| ${pairs
      .toExponential(0)
      .replace("e+", "·10")
      .replace(/\d$/, digit => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit])} | ${cells.join(" | ")} |`;
  });
  return [
    "| codes compared | 1 thread | 2 threads, both there | 1 thread, new memory | 2 threads, one to be started |",
    "| ---: | ---: | ---: | ---: | ---: |",
    ...lines,
  ].join("\n");
}

export function conditions({ versions, environment, loadBefore, gpu }) {
  const { processor, cores, memory, platform, node, commit } = environment;
  const busy =
    loadBefore > 0.5 * cores
      ? ": **others were using this machine, so times are longer and wider than they would be alone**"
      : "";
  return `${processor}, ${cores} cores, ${memory} GiB, ${platform}, Node ${node}${gpu === undefined ? "" : `, ${gpu}`}; Python ${versions.python}, NumPy ${versions.numpy}, FAISS ${versions.faiss}, usearch ${versions.usearch};
${new Date().toISOString().slice(0, 10)}, commit ${commit ?? "unknown"}; load before the run ${loadBefore.toFixed(1)}${busy}.`;
}

/** The rows that bench/README.md shows. */
export function mainTable(measured) {
  const evaluated = measured.evaluations.map(({ count, size, bits, times, memory }) => {
    const ratio = median(times.numpy) / median(times.hashbook);
    const cells = [time(median(times.hashbook)), `NumPy ${time(median(times.numpy))}`, `**${ratio.toFixed(0)}**`];
    return `| full evaluation, ${count} × ${size} × ${bits} bits | ${cells.join(" | ")} | ${memoryOf(memory)} |`;
  });
  const searched = measured.searches.map(({ size, count, times }) => {
    const [ours, theirs] = [times.hashbook, times["faiss flat"]].map(taken => median(taken) / count);
    const cells = [`${time(ours)} a query`, `FAISS flat ${time(theirs)}`, `**${(theirs / ours).toFixed(1)}**`];
    return `| 100 nearest in ${power(size)} codes of 64 bits | ${cells.join(" | ")} | |`;
  });
  return [
    "| work, 2 threads each | hashbook | peer | times faster | memory: codes + more |",
    "| --- | ---: | ---: | ---: | ---: |",
    ...evaluated,
    ...searched,
    "",
    conditions(measured),
  ].join("\n");
}

export function report(measured) {
  const { evaluations, lookUps, searches, widths, counts, threads, limits, starts } = measured;
  return `# Ranking and search

\`HASHBOOK_PYTHON=… node bench/rank/run.mjs\` measures and writes this page. All candidates get the same codes
and two threads, and take their turns in one run; what they compute is compared first, and a difference stops the run.
hashbook keeps its threads from one call to the next, as the others do.
A cell gives the median, the least and the most.

## Full evaluation

NumPy runs what published Python evaluations share: for each query a matrix product, an argsort of the whole
database, cumulative sums; only mAP@all. hashbook computes that, tie-aware mAP, mAP@10, P@N, R@N, both PR curves and the
balls of radius 2. Codes of ten classes. Memory: how much higher a process' peak is that evaluates with two threads than
that of one that only loads the codes.

${evaluationTable(evaluations)}

## The 100 nearest of 64 bits, a query

Codes around 10,000 centres, each bit flipped with the chance 0.12. hashbook's scan copies the database into its memory
in every call (FAISS and usearch have it there already).

${searchTable(searches)}

\\* Not exact with the settings used (one flipped bit): they find fewer than 100 for most queries. The others are exact.

A gallery that stays in memory, one query at a time, up to 10⁸ codes: [galleries.md](galleries.md).

## Where multi-index hashing overtakes the scan

Substrings pay when the neighbours are near: the number of look-ups grows with the binomial of their distance. Ten nearest
of 64 bits, one thread, codes around one centre for 100 items, with less noise or more; the distance is the median over the
queries. Where look-ups would take longer than a scan, the query is answered by a scan, after what was spent on looking.

${lookUpTable(lookUps)}

## Growth of the scan

${power(widths[0].size)} codes, ${widths[0].count} queries, two threads:

${growthTable("bits", widths, row => row.bits)}

${power(counts[0].size)} codes of 64 bits, two threads. A call copies the database, which many queries share:

${growthTable("queries a call", counts, row => row.count)}

${power(threads[0].size)} codes of 64 bits, ${threads[0].count} queries:

${growthTable("threads", threads, row => row.threads)}

One thread reads ${(limits.bandwidth / 1e9).toFixed(1)} GB/s here, which is ${(limits.bandwidth / 8e9).toFixed(2)}·10⁹ codes of 64 bits a second if each query read the database once; queries
in blocks of 8 share the reading. Comparing codes that lie in the cache and keeping nothing of it, one thread of WebAssembly
does ${(limits.popcount / 1e9).toFixed(2)}·10⁹ a second. The first bounds a scan for one query, the second one for many.

## When another thread is worth it

Full rankings of 200 queries by the number of codes compared. From 10⁶ codes on hashbook uses a second thread that is
there already, from 4·10⁷ on it starts one (src/ranking/scan-threads.ts):

${startTable(starts)}

${conditions(measured)}
`;
}
