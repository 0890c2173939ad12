import type { Agent, IncomingHttpHeaders } from "node:http";
import type sharp from "sharp";

/** A request as it is to be sent. */
export interface HostileRequest {
  readonly kind: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

export type Samples = Readonly<Record<string, Buffer>>;

export function soundPictures(library: typeof sharp): Promise<Samples>;
export function hostileRequest(random: { integer(bound: number): number }, samples: Samples): HostileRequest;
export function pngWithSides(png: Buffer, width: number, height: number): Buffer;
export function sendRequest(
  url: string,
  request: HostileRequest,
  agent?: Agent,
): Promise<{ readonly status: number; readonly text: string; readonly headers: IncomingHttpHeaders }>;
