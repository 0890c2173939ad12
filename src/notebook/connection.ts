import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { makeTemporaryFolder } from "../core/temporary-folder.js";
import { writing } from "../core/write-fault.js";

/** What a kernel reads from its connection file. */
export interface ConnectionInfo {
  transport: "ipc" | "tcp";
  ip: string;
  shell_port: number;
  iopub_port: number;
  stdin_port: number;
  control_port: number;
  hb_port: number;
  signature_scheme: "hmac-sha256";
  key: string;
}

/** Where a channel is, as Jupyter writes it; tslab writes a colon where Jupyter has a dash. @param port one of `info` */
export function channelAddress({ transport, ip }: ConnectionInfo, port: number): string {
  return transport === "ipc" ? `ipc://${ip}-${port}` : `tcp://${ip}:${port}`;
}

/** Where kernel and client meet; the folder is gone after `remove`. */
export interface Connection {
  info: ConnectionInfo;
  /** Path of the connection file. */
  file: string;
  remove(): Promise<void>;
}

/** The exit code of a kernel that found its address taken. */
export const ADDRESS_TAKEN = 98;

/** The longest path of a Unix socket, with room for the port that is appended. */
const socketPathLimit = 95;

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<Server>((resolve, reject) => {
          const server = createServer();
          server.once("error", reject);
          server.listen(0, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  const ports = servers.map(server => (server.address() as { port: number }).port);
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))));
  return ports;
}

/**
 * Prepares a meeting place in a private temporary folder. Sockets of the file system where there are any:
 * nobody else can take them between choosing and binding, as it happens with TCP ports.
 */
export async function prepareConnection(): Promise<Connection> {
  const { folder, remove } = await makeTemporaryFolder("kernel");
  const socket = join(folder, "k");
  const tcp = process.platform === "win32" || socket.length > socketPathLimit;
  const ports = tcp ? await freePorts(5) : [1, 2, 3, 4, 5];
  const info: ConnectionInfo = {
    transport: tcp ? "tcp" : "ipc",
    ip: tcp ? "127.0.0.1" : socket,
    shell_port: ports[0],
    iopub_port: ports[1],
    stdin_port: ports[2],
    control_port: ports[3],
    hb_port: ports[4],
    signature_scheme: "hmac-sha256",
    key: randomBytes(32).toString("hex"),
  };
  const file = join(folder, "connection.json");
  await writing(file, () => writeFile(file, JSON.stringify(info), { mode: 0o600 }));
  return { info, file, remove };
}
