// What benchmarks share that put what they measured into a page: between `<!-- measured -->` and `<!-- end -->`.
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";

/** The machine that something is measured on: processor, cores, Node. */
export function machineText() {
  return `${cpus()[0].model.trim()}, ${cpus().length} cores, Node ${process.version}`;
}

/** Today, as pages have it: 2026-11-26. */
export function dayText() {
  return new Date().toISOString().slice(0, 10);
}

/** Puts a table into a page, in place of the one before. */
export function writeMeasured(file, table) {
  const page = readFileSync(file, "utf8");
  const place = /(?<=<!-- measured -->\n)[\s\S]*(?=<!-- end -->)/;
  if (!place.test(page)) throw new Error(`${file} has no place for what is measured: <!-- measured --> … <!-- end -->`);
  writeFileSync(
    file,
    page.replace(place, () => `${table}\n`),
  );
}
