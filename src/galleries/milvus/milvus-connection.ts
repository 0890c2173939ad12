import type { Client, Metadata, ServiceError } from "@grpc/grpc-js";
import type { Abortable } from "../../core/abort.js";
import { checkAborted, onAbort } from "../../core/abort.js";
import { InputError, UnavailableError } from "../../core/errors.js";
import { connectionFault } from "../connection-fault.js";
import type { GalleryAddress } from "../gallery-address.js";
import { SECRET_VARIABLE } from "../gallery-address.js";
import type { MessageCodec, MilvusStatus } from "./milvus-messages.js";
import { CALLS, messageCodec } from "./milvus-messages.js";

type Grpc = typeof import("@grpc/grpc-js");

/** Packages that speak Milvus' protocol, an optional part of hashbook. */
export const MILVUS_PACKAGES: readonly string[] = ["@grpc/grpc-js@1.14.7", "@grpc/proto-loader@0.8.1"];

/** Milvus' numbers for a request that comes too soon after others: of 2.3 on, and before. */
const TOO_FAST = { code: 8, legacy: 49 } as const;
/** Seconds to wait before such a request is sent again, at first and at most. */
const FIRST_PAUSE = 0.5;
const LONGEST_PAUSE = 8;

/**
 * Opens a connection; it is made by the first call.
 * @throws {UnavailableError} when the packages are not installed
 */
export async function openMilvusConnection(address: GalleryAddress): Promise<MilvusConnection> {
  const [grpc, loader] = await driver();
  return new MilvusConnection(grpc, messageCodec(loader), address);
}

async function driver(): Promise<[Grpc, typeof import("@grpc/proto-loader")]> {
  try {
    const [grpc, loader] = await Promise.all([import("@grpc/grpc-js"), import("@grpc/proto-loader")]);
    return [grpc.default as Grpc, loader.default as typeof import("@grpc/proto-loader")];
  } catch (cause) {
    throw new UnavailableError("galleries in Milvus need two packages that are not installed", {
      expected: `npm install --save-exact ${MILVUS_PACKAGES.join(" ")}`,
      cause,
    });
  }
}

/** Calls of one Milvus. */
export class MilvusConnection {
  private readonly client: Client;
  private readonly metadata: Metadata;

  constructor(
    private readonly grpc: Grpc,
    readonly codec: MessageCodec,
    private readonly address: GalleryAddress,
  ) {
    const { host, port, tls, secret, database } = address;
    const target = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
    const credentials = tls ? grpc.credentials.createSsl() : grpc.credentials.createInsecure();
    this.client = new grpc.Client(target, credentials, {
      "grpc.max_receive_message_length": -1,
      "grpc.max_send_message_length": -1,
      "grpc.use_local_subchannel_pool": 1, // one that is closed is not found again by the next
      "grpc.enable_http_proxy": 0, // as Node's fetch: the address is where it is
      "grpc.service_config_disable_resolution": 1, // a look-up of more than the host
    });
    this.metadata = new grpc.Metadata();
    if (secret !== undefined) this.metadata.set("authorization", Buffer.from(secret).toString("base64"));
    if (database !== undefined) this.metadata.set("dbname", database);
  }

  /**
   * Calls Milvus, again and again where it says that requests come too fast.
   * @throws {UnavailableError} when it does not answer, or not in time, or to this secret
   * @throws {InputError} when it refuses what is asked
   */
  async call<Response extends object>(name: string, request: object, options: Abortable = {}): Promise<Response> {
    for (let pause = FIRST_PAUSE; ; pause = Math.min(LONGEST_PAUSE, 2 * pause)) {
      checkAborted(options.signal);
      const response = await this.send(name, request, options);
      const status = "error_code" in response ? response : (response as { status: object | null }).status;
      const { error_code = 0, code = 0, reason = "" } = (status ?? {}) as Partial<MilvusStatus>;
      if (error_code === 0 && code === 0) return response as Response;
      if (code !== TOO_FAST.code && error_code !== TOO_FAST.legacy) throw this.refusal(name, reason);
      await new Promise(resolve => setTimeout(resolve, 1000 * pause));
    }
  }

  close(): void {
    this.client.close();
  }

  private send(name: string, request: object, { signal }: Abortable): Promise<object> {
    const [asked, answered] = CALLS[name];
    const { codec, metadata } = this;
    const deadline = Date.now() + 1000 * this.address.timeout;
    return new Promise((resolve, reject) => {
      const call = this.client.makeUnaryRequest(
        `/milvus.proto.milvus.MilvusService/${name}`,
        (message: object) => codec.encode(asked, message),
        (bytes: Buffer) => codec.decode(answered, bytes),
        request,
        metadata,
        { deadline },
        (error, response) => {
          forget();
          if (error === null && response !== undefined) resolve(response);
          else reject(abortReason(signal) ?? this.fault(error as ServiceError));
        },
      );
      const forget = onAbort(signal, () => call.cancel());
    });
  }

  /** What to say of a call that came back without an answer. */
  private fault(cause: ServiceError): Error {
    const { status } = this.grpc;
    const { text: file, timeout, tls, host, port } = this.address;
    const actual = cause.details.split("\n")[0].replace(/\W*Resolution note:\s*$/, "");
    switch (cause.code) {
      case status.DEADLINE_EXCEEDED:
        return new UnavailableError("Milvus did not answer in time", {
          file,
          expected: `an answer within ${timeout} s; ?timeout=300 behind the address gives it more`,
          actual,
          cause,
        });
      case status.UNAUTHENTICATED:
      case status.PERMISSION_DENIED:
        return new UnavailableError("Milvus refuses these credentials", {
          file,
          expected: `user:password or a key that may do this, in ${SECRET_VARIABLE} or before the host`,
          actual,
          cause,
        });
      case status.CANCELLED: // by who went away
      case status.UNAVAILABLE: {
        const how = tls ? "with TLS" : "without TLS (milvuss:// is with it)";
        const expected = `one at ${host}, port ${port}, ${how}`;
        const found = connectionFault(cause.details, "start it; README.md says how, for a try");
        return new UnavailableError("no Milvus answers", { file, expected, actual: found, cause });
      }
      default:
        return new UnavailableError("Milvus could not do this", { file, actual: `${cause.code} ${actual}`, cause });
    }
  }

  private refusal(name: string, reason: string): InputError {
    return new InputError(`Milvus refuses ${name}`, { file: this.address.text, actual: reason.split("\n")[0] });
  }
}

/** Why a call was ended by who asked for it; undefined where nobody did. */
function abortReason(signal: AbortSignal | undefined): Error | undefined {
  try {
    checkAborted(signal);
    return undefined;
  } catch (reason) {
    return reason as Error;
  }
}
