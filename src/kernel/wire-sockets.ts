import { Reply, Router, type Socket, XPublisher } from "zeromq";
import { UnavailableError } from "../core/errors.js";
import { type ConnectionInfo, channelAddress } from "../notebook/connection.js";
import type { RequestChannel } from "./wire-request.js";

/**
 * Nothing we send is limited or put off: zeromq.js otherwise puts one send in 513 off and refuses those that come before
 * it is done. Messages that are still on their way when a socket closes have a second (`linger`, in ms).
 */
const SENDING = { sendHighWaterMark: 0, sendTimeout: 0, linger: 1000 };
const RECEIVING = { receiveHighWaterMark: 0 };

/** The address of a channel cannot be bound because somebody has it. */
export class AddressTakenError extends UnavailableError {}

/** Who takes what comes in. */
export interface SocketListener {
  /** A multipart message on a channel of requests. */
  receive(channel: RequestChannel, frames: Uint8Array[]): void;
  /** Somebody subscribed to topics that begin so. */
  subscribed(topic: Uint8Array): void;
}

/** The kernel's ends of its five channels. */
export interface WireSockets {
  /** Begins to take what comes in; what came before has waited. */
  listen(listener: SocketListener): void;
  send(channel: RequestChannel, frames: readonly Uint8Array[]): void;
  publish(frames: readonly Uint8Array[]): void;
  /** Closes them; what was sent is still delivered. */
  close(): void;
}

/** What libzmq refuses to send is for a client that is gone. */
const ignore = (): void => undefined;

async function bind(socket: Socket, info: ConnectionInfo, port: number): Promise<void> {
  const address = channelAddress(info, port);
  try {
    await socket.bind(address);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const Fault = code === "EADDRINUSE" ? AddressTakenError : UnavailableError;
    throw new Fault(`cannot listen at ${address}: ${message}`, { cause });
  }
}

/** Says back what it hears, which tells a front end that we live. */
async function beat(heart: Reply): Promise<void> {
  for await (const frames of heart) heart.send(frames).catch(ignore);
}

async function listen(socket: Router, take: (frames: Uint8Array[]) => void): Promise<void> {
  for await (const frames of socket) take(frames);
}

/** A subscription is a message on its own: the byte 1 and the topic; 0 takes it back. */
async function watchSubscriptions(iopub: XPublisher, subscribed: (topic: Uint8Array) => void): Promise<void> {
  for await (const [frame] of iopub) if (frame[0] === 1) subscribed(frame.subarray(1));
}

/**
 * Binds the channels of a kernel.
 * @throws {AddressTakenError} when another process has one of the addresses
 * @throws {UnavailableError} when the system does not let us have one
 */
export async function openSockets(info: ConnectionInfo): Promise<WireSockets> {
  const routers: Record<RequestChannel, Router> = {
    shell: new Router({ ...SENDING, ...RECEIVING }),
    control: new Router({ ...SENDING, ...RECEIVING }),
    stdin: new Router({ ...SENDING, ...RECEIVING }),
  };
  // Every subscriber is welcomed, not only the first of a topic.
  const iopub = new XPublisher({ ...SENDING, verbosity: "allSubs" });
  const heart = new Reply({ ...SENDING, ...RECEIVING });
  const close = (): void => {
    for (const socket of [...Object.values(routers), iopub, heart]) socket.close();
  };
  try {
    await bind(iopub, info, info.iopub_port);
    await bind(heart, info, info.hb_port);
    await bind(routers.stdin, info, info.stdin_port);
    await bind(routers.control, info, info.control_port);
    await bind(routers.shell, info, info.shell_port);
  } catch (error) {
    close();
    throw error;
  }
  const take = (listener: SocketListener): void => {
    void beat(heart);
    void watchSubscriptions(iopub, listener.subscribed);
    for (const [channel, router] of Object.entries(routers)) {
      void listen(router, frames => listener.receive(channel as RequestChannel, frames));
    }
  };
  return {
    listen: take,
    send: (channel, frames) => void routers[channel].send(frames as Uint8Array[]).catch(ignore),
    publish: frames => void iopub.send(frames as Uint8Array[]).catch(ignore),
    close,
  };
}
