import { type JsonFileKind, readJsonFile } from "../core/json-file.js";
import { COUNT, objectOf, TEXT } from "../core/json-schema.js";
import type { ConnectionInfo } from "../notebook/connection.js";

const CONNECTION_FILE: JsonFileKind<ConnectionInfo> = {
  what: "a connection file of Jupyter",
  remedy: "a front end writes it and starts the kernel with it",
  schema: objectOf({
    transport: { enum: ["tcp", "ipc"] },
    ip: TEXT,
    shell_port: COUNT,
    iopub_port: COUNT,
    stdin_port: COUNT,
    control_port: COUNT,
    hb_port: COUNT,
    signature_scheme: { const: "hmac-sha256" },
    key: TEXT,
  }),
};

/**
 * What a kernel is told by whoever starts it: where to listen and how to sign.
 * @throws {InputError} when the file cannot be read or is none
 */
export function readConnectionFile(file: string): Promise<ConnectionInfo> {
  return readJsonFile(file, CONNECTION_FILE);
}
