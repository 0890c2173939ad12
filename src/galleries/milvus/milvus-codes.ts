import { setTimeout as pause } from "node:timers/promises";
import type { PackedCodes } from "../../codes/packed-codes.js";
import type { Abortable } from "../../core/abort.js";
import { checkAborted } from "../../core/abort.js";
import { InputError, UnavailableError } from "../../core/errors.js";
import type { Neighbourhood } from "../../ranking/hamming-search.js";
import type { GalleryAddress } from "../gallery-address.js";
import type { GalleryRecord } from "../gallery-record.js";
import { rowsHeld } from "../gallery-record.js";
import type { GalleryRows, RowFilter, StoredCodes, StoreSearch } from "../gallery-store.js";
import { nearestInOrder, withinInOrder } from "../whole-ties.js";
import type { MilvusConnection } from "./milvus-connection.js";
import type { FieldData, FlushResponse, IndexDescription } from "./milvus-messages.js";
import { CONSISTENCY, INDEX_STATE, LOADED } from "./milvus-messages.js";
import { columnsOf, filterText } from "./milvus-rows.js";
import { MilvusSearch, MOST_RESULTS } from "./milvus-search.js";

/** Bytes of rows in a request, about. */
const REQUEST_BYTES = 2 << 20;
const MOST_ROWS = 50_000;
/** Names asked for at once. */
const MOST_NAMES = 4096;
/** Seconds between two questions how far it is. */
const PAUSE = 0.2;

/** The codes of a collection. */
export class MilvusCodes implements StoredCodes {
  readonly batch: number;
  private readonly named: { readonly db_name: string; readonly collection_name: string };
  private readonly search: MilvusSearch;

  constructor(
    private readonly connection: MilvusConnection,
    private readonly address: GalleryAddress,
    private readonly record: GalleryRecord,
  ) {
    const { bits, ids, labels } = record;
    const rowBytes = Math.ceil(bits / 8) + 8 + (ids?.longest ?? 0) + (labels === undefined ? 0 : 16);
    this.batch = Math.max(1, Math.min(MOST_ROWS, Math.floor(REQUEST_BYTES / rowBytes)));
    this.named = { db_name: address.database ?? "", collection_name: address.collection };
    this.search = new MilvusSearch(connection, address, record);
  }

  async count(filter: RowFilter = {}, options: Abortable = {}): Promise<number> {
    const [{ scalars }] = await this.query(filterText(filter, this.record), ["count(*)"], options);
    return scalars?.long_data?.data[0] ?? 0;
  }

  async add(rows: GalleryRows): Promise<void> {
    const { count } = rows.codes;
    const request = { ...this.named, fields_data: columnsOf(rows), num_rows: count };
    const { insert_cnt } = await this.connection.call<{ insert_cnt: number }>("Insert", request);
    if (insert_cnt === count) return;
    throw new InputError("Milvus did not take all rows", {
      file: this.address.text,
      expected: `${count} from row ${rows.rows[0]} on`,
      actual: `${insert_cnt}`,
    });
  }

  async finish(tell: (indexed: number) => void, { signal }: Abortable): Promise<void> {
    const rows = rowsHeld(this.record);
    const { db_name, collection_name } = this.named;
    const flush = { db_name, collection_names: [collection_name] };
    const written = await this.connection.call<FlushResponse>("Flush", flush, { signal });
    const segments = [...written.coll_segIDs, ...written.flush_coll_segIDs];
    // Milvus Lite keeps no segments, and has nothing to wait for.
    if (segments.every(({ value }) => (value?.data.length ?? 0) === 0)) return tell(rows);
    for (;;) {
      const { state, ...index } = await this.indexNow(signal);
      if (state === INDEX_STATE.failed) {
        const actual = index.index_state_fail_reason;
        throw new UnavailableError("Milvus could not build the index", { file: this.address.text, actual });
      }
      tell(Math.min(rows, index.indexed_rows));
      if (index.indexed_rows >= rows && index.pending_index_rows === 0) break;
      await waitFor(PAUSE, signal);
    }
    await this.connection.call("LoadCollection", { ...this.named, replica_number: 1, refresh: true }, { signal });
  }

  async load({ signal }: Abortable = {}): Promise<void> {
    const { db_name, collection_name } = this.named;
    const asked = { db_name, collection_name };
    const { state } = await this.connection.call<{ state: number }>("GetLoadState", asked, { signal });
    if (state === LOADED) return;
    await this.startLoading(signal);
    for (;;) {
      const { progress } = await this.connection.call<{ progress: number }>("GetLoadingProgress", asked, { signal });
      if (progress >= 100) return;
      await waitFor(PAUSE, signal);
    }
  }

  private async startLoading(signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.connection.call("LoadCollection", { ...this.named, replica_number: 1 }, { signal });
    } catch (cause) {
      if (!(cause instanceof InputError)) throw cause;
      throw new InputError("Milvus does not open this gallery", {
        file: this.address.text,
        expected: "one whose push has ended; push it again, which goes on where it stopped",
        actual: cause.message,
        cause,
      });
    }
  }

  async nearest(queries: PackedCodes, k: number, search: StoreSearch): Promise<Neighbourhood[]> {
    if (k > MOST_RESULTS) {
      throw new InputError("too many neighbours for Milvus", {
        file: this.address.text,
        expected: `at most ${MOST_RESULTS}; a search within a radius has no such limit`,
        actual: `${k}`,
      });
    }
    const { rows, lists } = this.record;
    const size = { queries: queries.count, rows, most: MOST_RESULTS };
    const found = await nearestInOrder(this.search.topLists(queries, search), k, size);
    if (lists === undefined) return found;
    // Lists of an inverted file that were looked into may hold fewer than k: then all are.
    const all = this.search.topLists(queries, search, lists);
    for (const [query, { indices }] of found.entries()) {
      if (indices.length >= k) continue;
      const one: typeof all = (_, limit, window) => all([query], limit, window);
      [found[query]] = await nearestInOrder(one, k, { ...size, queries: 1 });
    }
    return found;
  }

  within(queries: PackedCodes, radius: number, search: StoreSearch): Promise<Neighbourhood[]> {
    const { rows } = this.record;
    const size = { queries: queries.count, rows, most: MOST_RESULTS };
    return withinInOrder(this.search.topLists(queries, search), radius, size);
  }

  async names(rows: Int32Array, options: Abortable = {}): Promise<Map<number, string>> {
    const names = new Map<number, string>();
    for (let from = 0; from < rows.length; from += MOST_NAMES) {
      const some = `row in [${rows.subarray(from, from + MOST_NAMES).join()}]`;
      const columns = await this.query(some, ["row", "id"], options);
      const column = (name: string) => columns.find(({ field_name }) => field_name === name)?.scalars;
      const ids = column("id")?.string_data?.data ?? [];
      for (const [i, row] of (column("row")?.long_data?.data ?? []).entries()) names.set(row, ids[i]);
    }
    return names;
  }

  private async query(expr: string, output_fields: string[], { signal }: Abortable): Promise<readonly FieldData[]> {
    const request = { ...this.named, expr, output_fields, consistency_level: CONSISTENCY.strong };
    type Answer = { fields_data: readonly FieldData[] };
    return (await this.connection.call<Answer>("Query", request, { signal })).fields_data;
  }

  private async indexNow(signal: AbortSignal | undefined): Promise<IndexDescription> {
    const request = { ...this.named, field_name: "code", index_name: "code" };
    type Answer = { index_descriptions: readonly IndexDescription[] };
    return (await this.connection.call<Answer>("DescribeIndex", request, { signal })).index_descriptions[0];
  }
}

async function waitFor(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  checkAborted(signal);
  await pause(1000 * seconds);
}
