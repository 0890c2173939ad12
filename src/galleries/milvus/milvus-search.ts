import type { PackedCodes } from "../../codes/packed-codes.js";
import type { Neighbourhood } from "../../ranking/hamming-search.js";
import type { GalleryAddress } from "../gallery-address.js";
import type { GalleryRecord } from "../gallery-record.js";
import type { RowWindow, StoreSearch } from "../gallery-store.js";
import type { TopLists } from "../whole-ties.js";
import type { MilvusConnection } from "./milvus-connection.js";
import type { SearchResultData } from "./milvus-messages.js";
import { CONSISTENCY, DATA_TYPE } from "./milvus-messages.js";
import { filterText } from "./milvus-rows.js";
import { pairs } from "./pairs.js";

/** Milvus gives no more results a query. */
export const MOST_RESULTS = 16384;
/** Queries of a request, of which Milvus answers few quicker each than many; results of all of them. */
const MOST_QUERIES = 64;
const MOST_IN_ALL = 1 << 19;
/** Expressions of Milvus: the newer of two languages. */
const BOOLEAN_EXPRESSION = 1;

/** Nearest items by Milvus' own search, ties as they come. */
export class MilvusSearch {
  constructor(
    private readonly connection: MilvusConnection,
    private readonly address: GalleryAddress,
    private readonly record: GalleryRecord,
  ) {}

  /** @param probes lists of an inverted file to look into. Default: as the address says, or a tenth */
  topLists(codes: PackedCodes, search: StoreSearch, probes?: number): TopLists {
    return async (queries, limit, window) => {
      const step = Math.max(1, Math.min(MOST_QUERIES, Math.floor(MOST_IN_ALL / limit)));
      const lists: Neighbourhood[] = [];
      for (let from = 0; from < queries.length; from += step) {
        const some = queries.slice(from, from + step);
        const request = this.request(codes, some, { limit, window, probes, classes: search.classes });
        type Answer = { results: SearchResultData | null };
        const { results } = await this.connection.call<Answer>("Search", request, { signal: search.signal });
        lists.push(...listsOf(results, some.length));
      }
      return lists;
    };
  }

  private request(codes: PackedCodes, queries: readonly number[], asked: Asked): object {
    const { collection, database = "" } = this.address;
    const { bytesPerCode, data } = codes;
    const values = queries.map(query => data.subarray(query * bytesPerCode, (query + 1) * bytesPerCode));
    const group = { placeholders: [{ tag: "$0", type: DATA_TYPE.binaryVector, values }] };
    return {
      db_name: database,
      collection_name: collection,
      dsl: filterText(asked, this.record),
      dsl_type: BOOLEAN_EXPRESSION,
      placeholder_group: this.connection.codec.encode("PlaceholderGroup", group),
      search_params: pairs({
        anns_field: "code",
        topk: asked.limit,
        metric_type: "HAMMING",
        params: this.parameters(asked.probes),
        round_decimal: -1,
      }),
      nq: queries.length,
      consistency_level: CONSISTENCY.bounded,
    };
  }

  private parameters(probes: number | undefined): string {
    const { lists } = this.record;
    if (lists === undefined) return "{}";
    const usual = this.address.probes ?? Math.ceil(lists / 10);
    return JSON.stringify({ nprobe: Math.min(lists, probes ?? usual) });
  }
}

interface Asked {
  readonly limit: number;
  readonly window?: RowWindow;
  readonly probes?: number;
  readonly classes?: readonly number[];
}

function listsOf(results: SearchResultData | null, queries: number): Neighbourhood[] {
  const rows = results?.ids?.int_id?.data ?? [];
  const { scores = [], topks = [] } = results ?? {};
  let at = 0;
  return Array.from({ length: queries }, (_, query) => {
    const end = at + (topks[query] ?? 0);
    const list = { indices: Int32Array.from(rows.slice(at, end)), distances: Uint16Array.from(scores.slice(at, end)) };
    at = end;
    return list;
  });
}
