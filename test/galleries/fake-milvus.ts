// A Milvus of a few calls in this process, for what a real one does not do when it is told to: answer late, refuse, go away.
// Searches compare all codes; ties come in descending row, which is never ours.
import grpc from "@grpc/grpc-js";
import loader from "@grpc/proto-loader";
import { CALLS, messageCodec } from "../../src/galleries/milvus/milvus-messages.js";

const codec = messageCodec(loader);
const OK = { error_code: 0, code: 0, reason: "" };

interface Column {
  readonly field_name: string;
  readonly scalars: {
    readonly long_data: { readonly data: number[] } | null;
    readonly string_data: { readonly data: string[] } | null;
    readonly array_data: { readonly data: { readonly int_data: { readonly data: number[] } }[] } | null;
  } | null;
  readonly vectors: { readonly dim: number; readonly binary_vector: Buffer } | null;
}

interface Item {
  readonly row: number;
  readonly code: Buffer;
  readonly id?: string;
  readonly labels: readonly number[];
}

interface Collection {
  readonly schema: object;
  readonly items: Item[];
  index: Readonly<Record<string, string>>;
}

/** What it does out of the ordinary. */
export interface FakeBehaviour {
  /** The value of `authorization` that it wants. */
  authorization?: string;
  /** Calls that get no answer. */
  silent?: string;
  /** Calls that are refused as coming too fast: so many times. */
  tooFast?: { call: string; times: number };
  /** Inserts that are answered; at the next one it goes away, without adding anything. */
  insertsToLive?: number;
  /** Calls that are answered when something else has happened. */
  held?: { call: string; until: Promise<void> };
  /** Calls that a killed push does not come to: they end the connection. */
  endsAt?: string;
  /** Certificate and key. */
  tls?: { cert: Buffer; key: Buffer };
}

/** A Milvus that can be told what to do. */
export class FakeMilvus {
  readonly collections: Map<string, Collection> = new Map();
  /** Names of the calls, in order. */
  readonly calls: string[] = [];
  private constructor(
    private readonly server: grpc.Server,
    readonly port: number,
    readonly behaviour: FakeBehaviour,
  ) {}

  static async start(behaviour: FakeBehaviour = {}): Promise<FakeMilvus> {
    const server = new grpc.Server({ "grpc.max_receive_message_length": -1 });
    let fake: FakeMilvus | undefined;
    const { tls } = behaviour;
    server.addService(
      Object.fromEntries(
        Object.entries(CALLS).map(([name, [asked, answered]]) => [name, definition(name, asked, answered)]),
      ),
      Object.fromEntries(
        Object.keys(CALLS).map(name => [
          name,
          (call: grpc.ServerUnaryCall<object, object>, answer: grpc.sendUnaryData<object>) =>
            fake!.receive(name, call, answer),
        ]),
      ),
    );
    const credentials =
      tls === undefined
        ? grpc.ServerCredentials.createInsecure()
        : grpc.ServerCredentials.createSsl(null, [{ cert_chain: tls.cert, private_key: tls.key }]);
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync("127.0.0.1:0", credentials, (error, bound) => (error === null ? resolve(bound) : reject(error))),
    );
    fake = new FakeMilvus(server, port, behaviour);
    return fake;
  }

  stop(): void {
    this.server.forceShutdown();
  }

  private receive(name: string, call: grpc.ServerUnaryCall<object, object>, answer: grpc.sendUnaryData<object>): void {
    const { authorization, silent, tooFast } = this.behaviour;
    this.calls.push(name);
    if (authorization !== undefined && call.metadata.get("authorization")[0] !== authorization) {
      answer({ code: grpc.status.UNAUTHENTICATED, details: "auth check failure" });
      return;
    }
    if (silent === name) return;
    if (this.behaviour.endsAt === name) {
      this.stop();
      return;
    }
    const indexed = ["DescribeIndex", "LoadCollection"];
    if (indexed.includes(name) && !this.hasIndex(call.request as Named)) {
      answer(null, this.refusal(name, 700, "index not found[collection=shoes]"));
      return;
    }
    if (name === "Insert" && this.behaviour.insertsToLive !== undefined && this.behaviour.insertsToLive-- <= 0) {
      this.stop();
      return;
    }
    if (tooFast?.call === name && tooFast.times-- > 0) {
      answer(null, this.refusal(name, 8, "request is rejected by limiter"));
      return;
    }
    const { held } = this.behaviour;
    if (held?.call === name) void held.until.then(() => this.answer(name, call, answer));
    else this.answer(name, call, answer);
  }

  private answer(name: string, call: grpc.ServerUnaryCall<object, object>, answer: grpc.sendUnaryData<object>): void {
    const request = call.request as never;
    const response = this[name as "Insert"]?.(request) ?? {};
    answer(null, CALLS[name][1] === "Status" ? { ...OK, ...response } : { status: OK, ...response });
  }

  private refusal(name: string, code: number, reason: string): object {
    const status = { error_code: 1, code, reason };
    return CALLS[name][1] === "Status" ? status : { status };
  }

  private hasIndex({ collection_name }: Named): boolean {
    return Object.keys(this.collections.get(collection_name)!.index).length > 0;
  }

  HasCollection({ collection_name }: Named): object {
    return { value: this.collections.has(collection_name) };
  }

  DescribeCollection({ collection_name }: Named): object {
    return { schema: this.collections.get(collection_name)!.schema };
  }

  CreateCollection({ collection_name, schema }: Named & { schema: Buffer }): object {
    this.collections.set(collection_name, { schema: codec.decode("CollectionSchema", schema), items: [], index: {} });
    return {};
  }

  DropCollection({ collection_name }: Named): object {
    this.collections.delete(collection_name);
    return {};
  }

  CreateIndex({ collection_name, extra_params }: Named & { extra_params: { key: string; value: string }[] }): object {
    this.collections.get(collection_name)!.index = Object.fromEntries(
      extra_params.map(({ key, value }) => [key, value]),
    );
    return {};
  }

  DescribeIndex({ collection_name }: Named): object {
    const rows = this.collections.get(collection_name)!.items.length;
    return { index_descriptions: [{ indexed_rows: rows, total_rows: rows, pending_index_rows: 0, state: 3 }] };
  }

  Flush(): object {
    return { coll_segIDs: [{ key: "shoes", value: { data: [1] } }] };
  }

  GetLoadState(): object {
    return { state: 2 };
  }

  GetLoadingProgress(): object {
    return { progress: 100 };
  }

  Insert({ collection_name, fields_data }: Named & { fields_data: Column[] }): object {
    const column = (name: string) => fields_data.find(({ field_name }) => field_name === name);
    const rows = column("row")!.scalars!.long_data!.data;
    const { dim, binary_vector } = column("code")!.vectors!;
    const label = column("label")?.scalars;
    const items = rows.map((row, i) => ({
      row,
      code: binary_vector.subarray((i * dim) / 8, ((i + 1) * dim) / 8),
      id: column("id")?.scalars?.string_data?.data[i],
      labels: label?.long_data ? [label.long_data.data[i]] : (label?.array_data?.data[i].int_data.data ?? []),
    }));
    this.collections.get(collection_name)!.items.push(...items);
    return { insert_cnt: rows.length };
  }

  Query({ collection_name, expr, output_fields }: Named & { expr: string; output_fields: string[] }): object {
    const found = this.collections.get(collection_name)!.items.filter(filterOf(expr));
    if (output_fields[0] === "count(*)") {
      return { fields_data: [{ type: 5, field_name: "count(*)", scalars: { long_data: { data: [found.length] } } }] };
    }
    return {
      fields_data: [
        { type: 21, field_name: "id", scalars: { string_data: { data: found.map(({ id }) => id) } } },
        { type: 5, field_name: "row", scalars: { long_data: { data: found.map(({ row }) => row) } } },
      ],
    };
  }

  Search(request: Named & { dsl: string; placeholder_group: Buffer; search_params: { key: string; value: string }[] }) {
    type Group = { placeholders: { values: Buffer[] }[] };
    const [{ values }] = (codec.decode("PlaceholderGroup", request.placeholder_group) as Group).placeholders;
    const k = Number(request.search_params.find(({ key }) => key === "topk")!.value);
    const items = this.collections.get(request.collection_name)!.items.filter(filterOf(request.dsl));
    const lists = values.map(query =>
      items
        .map(({ row, code }) => ({ row, distance: distanceOf(query, code) }))
        .sort((a, b) => a.distance - b.distance || b.row - a.row)
        .slice(0, k),
    );
    const all = lists.flat();
    return {
      results: {
        topks: lists.map(({ length }) => length),
        scores: all.map(({ distance }) => distance),
        ids: { int_id: { data: all.map(({ row }) => row) } },
      },
    };
  }
}

interface Named {
  readonly collection_name: string;
}

function definition(
  name: string,
  asked: (typeof CALLS)[string][0],
  answered: (typeof CALLS)[string][1],
): grpc.MethodDefinition<object, object> {
  return {
    path: `/milvus.proto.milvus.MilvusService/${name}`,
    requestStream: false,
    responseStream: false,
    requestSerialize: message => codec.encode(asked, message),
    requestDeserialize: bytes => codec.decode(asked, bytes),
    responseSerialize: message => codec.encode(answered, message),
    responseDeserialize: bytes => codec.decode(answered, bytes),
  };
}

/** The few expressions that are sent. */
function filterOf(text: string): (item: Item) => boolean {
  const parts = text === "" ? [] : text.split(" and ");
  const tests = parts.map(part => {
    const [, name, sign, list, end] = /^(?:array_contains_any\()?(\w+),? ?(>=|<|in|)? ?(?:\[([\d,]*)\]\)?|(\d+))$/.exec(
      part,
    )!;
    const numbers = new Set(list?.split(",").map(Number));
    if (name === "label") return ({ labels }: Item) => labels.some(label => numbers.has(label));
    if (sign === "in") return ({ row }: Item) => numbers.has(row);
    return ({ row }: Item) => (sign === "<" ? row < Number(end) : row >= Number(end));
  });
  return item => tests.every(test => test(item));
}

function distanceOf(a: Buffer, b: Buffer): number {
  let distance = 0;
  for (let i = 0; i < a.length; i++) for (let bits = a[i] ^ b[i]; bits !== 0; bits &= bits - 1) distance++;
  return distance;
}
