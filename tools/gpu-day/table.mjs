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

function tableOf(rows) {
  const lines = rows.map(({ work, candidate, value, unit, note, fault }) => {
    const result = value === undefined ? "" : `${shown(value)} ${unit}`;
    const said = [fault === undefined ? "" : `**${fault}**`, note ?? ""].filter(Boolean).join("; ");
    return `| ${[work, candidate, result, said].map(cell).join(" | ")} |`;
  });
  return ["| work | by | | |\n| --- | --- | ---: | --- |", ...lines].join("\n");
}

const shown = value => {
  if (value === 0) return "0";
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return Math.abs(value) < 1e-3 ? value.toExponential(1) : value.toPrecision(3);
};
const cell = text => String(text).replaceAll("|", "\\|").replaceAll("\n", " ");
