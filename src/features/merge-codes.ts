import type { Abortable } from "../core/abort.js";
import { checkAborted } from "../core/abort.js";
import type { TypedArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import type { NpyRows, RowBlock } from "../core/npy-rows.js";
import { openNpyRows } from "../core/npy-rows.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import type { CodesSidecar } from "./codes-sidecar.js";
import { checkOneModel, readCodesIds, readCodesSidecar, writeCodes } from "./codes-sidecar.js";
import { DistinctIds } from "./distinct-ids.js";
import { hashOfIds } from "./items-identity.js";

/** Bytes copied at a time. */
const CHUNK_BYTES = 16 << 20;

/** Codes of a part of a dataset. */
interface CodesPart {
  readonly file: string;
  readonly sidecar: CodesSidecar & { readonly data: NonNullable<CodesSidecar["data"]> };
  readonly ids: readonly string[];
  readonly npy: NpyRows;
}

/** Settings of {@link mergeCodes}. */
export interface MergeCodesOptions extends Abortable {
  readonly onProgress?: ProgressListener;
}

/**
 * Joins codes of parts of one dataset, each as `encode` wrote it of a shard, in the order of their rows. Memory is that of
 * the ids.
 * @param files .npy, with what they are beside them
 * @returns what the joined codes are
 * @throws {InputError} when one says not what it is, or is of another model, other data, another form, or out of order
 */
export async function mergeCodes(
  files: readonly string[],
  out: string,
  { signal, onProgress }: MergeCodesOptions = {},
): Promise<Omit<CodesSidecar, "codes">> {
  const parts: CodesPart[] = [];
  for (const file of files) {
    checkAborted(signal);
    parts.push(await openPart(file));
  }
  const [first] = parts;
  for (const [i, part] of parts.entries()) checkFollows(part, parts[i - 1] ?? part, i === 0);
  const ids = parts.flatMap(part => part.ids);
  checkUnique(parts);
  const rows = ids.length;
  const { codes: _, ...described } = first.sidecar;
  const sidecar = { ...described, rows, data: { ...described.data, rows, ids: hashOfIds(ids) } };
  const { descr, shape } = first.npy.layout;
  const meter = new ProgressMeter("codes", rows, "items", onProgress);
  const values = async function* (): AsyncGenerator<TypedArray> {
    let done = 0;
    for await (const block of valuesOf(parts)) {
      checkAborted(signal);
      yield block.data;
      done += block.shape[0];
      meter.report(done);
    }
  };
  await writeCodes(out, { descr, shape: [rows, shape[1]], values: values() }, sidecar, ids);
  return sidecar;
}

async function* valuesOf(parts: readonly CodesPart[]): AsyncGenerator<RowBlock> {
  for (const { npy } of parts) yield* npy.rows();
}

async function openPart(file: string): Promise<CodesPart> {
  const sidecar = await readCodesSidecar(file);
  const ids = sidecar === undefined ? undefined : await readCodesIds(file, sidecar);
  if (sidecar?.data === undefined || ids === undefined) {
    throw new InputError("nothing beside these codes says of which items they are", {
      file,
      expected: "codes of `hashbook encode --data`, with their .json and .ids.txt",
    });
  }
  return { file, sidecar: { ...sidecar, data: sidecar.data }, ids, npy: await openNpyRows(file, CHUNK_BYTES) };
}

/** @throws {InputError} unless a part continues the one before it */
function checkFollows(part: CodesPart, before: CodesPart, isFirst: boolean): void {
  if (isFirst) return;
  const { file, sidecar } = part;
  checkOneModel(before, part);
  const what = ({ sidecar: { form, bits, data } }: CodesPart): string =>
    `${form} of ${bits} bits of ${data.dataset}, content hash ${data.contentHash}`;
  if (what(part) !== what(before)) {
    throw new InputError("these codes are of another kind or other data", {
      file,
      expected: `${what(before)}, as ${before.file}`,
      actual: what(part),
    });
  }
  const next = (before.sidecar.from ?? 0) + before.sidecar.rows;
  if (sidecar.from === next) return;
  throw new InputError("these codes do not follow those before them", {
    file,
    expected: `codes from row ${next} on, behind ${before.file}`,
    actual: `from row ${sidecar.from ?? 0} on`,
  });
}

/** @throws {InputError} when two parts have an item in common */
function checkUnique(parts: readonly CodesPart[]): void {
  const places = new DistinctIds<string>();
  for (const { file, ids } of parts) {
    for (const id of ids) {
      const other = places.add(id, file);
      if (other === undefined) continue;
      throw new InputError("has an item of another part", { file, actual: `${id}, which is in ${other} too` });
    }
  }
}
