// The results of a day as Markdown, for bench/.

const TITLES = {
  agreement: "Whether engines agree",
  images: "Images a second",
  training: "Training steps",
  ranking: "The 100 nearest of 64 bits",
};

/** @param {{rows: object[], parts: object[], machine: string, seconds: number}} day */
export function dayTable({ rows, parts, machine, seconds }) {
  const tables = Object.entries(TITLES).map(([table, title]) => {
    const own = rows.filter(row => row.table === table);
    return own.length === 0 ? "" : `## ${title}\n\n${tableOf(own)}\n`;
  });
  const failed = parts.filter(({ fault }) => fault !== undefined);
  const missing = failed.map(({ name, fault, seconds }) => `| ${name} | ${cell(fault)} | ${seconds.toFixed(0)} s |`);
  const faults =
    missing.length === 0 ? "" : `## Parts that did not end well\n\n${[HEAD_OF_FAULTS, ...missing].join("\n")}\n`;
  return [`# A day on a GPU\n\n${machine}; ${seconds.toFixed(0)} s in all.\n`, ...tables, faults]
    .filter(Boolean)
    .join("\n");
}

const HEAD_OF_FAULTS = "| part | what | after |\n| --- | --- | ---: |";

/** A line a piece of work, a column a candidate; what went wrong stands below. */
function tableOf(rows) {
  const candidates = [...new Set(rows.map(({ candidate }) => candidate))];
  const works = [...new Set(rows.map(({ work }) => work))];
  const result = (work, candidate) => {
    const row = rows.find(one => one.work === work && one.candidate === candidate);
    if (row === undefined) return "";
    const text = row.value === undefined ? "–" : `${shown(row.value)} ${row.unit}`;
    return row.fault === undefined ? text : `**${text}**`;
  };
  const lines = works.map(work => lineOf([work, ...candidates.map(candidate => result(work, candidate))]));
  const head = [lineOf(["", ...candidates]), `| --- |${" ---: |".repeat(candidates.length)}`];
  const faults = rows.filter(({ fault }) => fault !== undefined);
  const notes = faults.map(({ work, candidate, fault }) => `- ${candidate}, ${work}: ${cell(fault)}`);
  return [...head, ...lines, ...(notes.length === 0 ? [] : ["", ...notes])].join("\n");
}

const lineOf = cells => `| ${cells.map(cell).join(" | ")} |`;
const shown = value => {
  if (value === 0) return "0";
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return Math.abs(value) < 1e-3 ? value.toExponential(1) : value.toPrecision(3);
};
const cell = text => String(text).replaceAll("|", "\\|").replaceAll("\n", " ");
