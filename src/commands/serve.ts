import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { availableCores } from "../core/cores.js";
import { InputError, UsageError } from "../core/errors.js";
import { isLoopbackHost } from "../service/access.js";
import type { OpenedSources } from "../service/opened-sources.js";
import { DEFAULT_LIMITS, LARGEST_LIMITS } from "../service/service-limits.js";
import type { RunningService } from "../service/start-service.js";
import { stopOnSignal } from "./abort-on-signal.js";
import type { ListFlags } from "./list-options.js";
import { addListOptions } from "./list-options.js";
import { numberAbove, wholeNumber } from "./numbers.js";

interface ServeFlags extends ListFlags {
  model?: string[];
  data?: string;
  codes?: string[];
  gallery?: string[];
  dataset?: string;
  root?: string;
  port: number;
  host: string;
  token?: string;
  tokenFile?: string;
  queue: number;
  maxBytes: number;
  maxPixels: number;
  timeout: number;
  threads?: number;
  json: boolean;
}

const { bytes, pixels, queue, seconds } = DEFAULT_LIMITS;

const EXAMPLES = `
Examples:
  $ hashbook serve                                   fashion-mnist-10k; features and a model are made once: three minutes
  $ hashbook serve --model model/ --data work/ --dataset pictures/
  $ hashbook serve --model hashnet/ --model dch/ --data work/ --dataset pictures/      side by side
  $ hashbook serve --model model/ --data gallery/ --codes gallery/codes.npy
  $ hashbook serve --model model/ --data gallery/ --gallery milvus://127.0.0.1:19530/shoes --dataset pictures/
  $ curl -s --data-binary @shoe.jpg -H 'content-type: image/jpeg' 'http://127.0.0.1:8080/api/search?k=5'

Opens a page and an HTTP interface (/openapi.json describes it) to search a gallery by a picture. --data is a data folder of
\`extract\`, whose pictures --dataset names, or a dataset by name or path; then features are made once and kept below data/.
Codes are made of the features unless --codes names them. Without --model a HashNet of 48 bits is trained on the dataset, once.

It listens at 127.0.0.1, which programs of this machine alone can reach. --host 0.0.0.0 opens it to all who reach this
machine: give it a token then, and put a proxy with TLS before it. A token on the command line can be seen by other users of
the machine; --token-file is read instead.

Each core works on one picture at a time; --queue more may wait, others are told 503 and when to come again. Files are looked
at before they are decoded: --max-bytes, --max-pixels. --timeout bounds how long a request may take to arrive, and to wait; the
work on a picture that takes twice as long is given up, and so is the thread that does it.
SIGHUP (\`kill -HUP PID\`, the PID is told at the start; npm does not pass it on) opens models, codes and data anew while
requests go on; what cannot be opened is told, and the old stays. A changed gallery: \`extract\` it to another folder, move that
to the old one's place, then SIGHUP. SIGTERM and Ctrl-C finish the requests under way. /healthz, /metrics (Prometheus). It
computes on the processor.`;

/** `hashbook serve`: a search service and its page. */
export function serveCommand(): Command {
  return addListOptions(new Command("serve"))
    .description("search by pictures over HTTP, with a page")
    .option("--model <folder>", "what `train` wrote; may come again; default: one trained on the dataset", several)
    .option("--data <data>", "data folder of `extract`, or a dataset by name or path; default: fashion-mnist-10k")
    .option(
      "--codes <file>",
      "codes of the data, one file a model in their order; default: made of the features",
      several,
    )
    .option(
      "--gallery <address>",
      "engine that `gallery push` has put the codes into, one a model: milvus://host/collection, clickhouse://host/table",
      several,
    )
    .option("--dataset <name>", "name or path of the dataset whose pictures a data folder is of")
    .option("--root <path>", "where the dataset is, when not at its usual place")
    .option("--port <n>", "port to listen at; 0 takes any that is free", wholeNumber(0, 65535), 8080)
    .option("--host <address>", "address to listen at; 0.0.0.0 is reached from other machines", "127.0.0.1")
    .option("--token <token>", "what has to be known to search")
    .option("--token-file <file>", "the same, as the first line of a file")
    .option("--queue <n>", "searches that may wait", wholeNumber(0, LARGEST_LIMITS.queue), queue)
    .option("--max-bytes <n>", "bytes of a picture, at most", wholeNumber(1, LARGEST_LIMITS.bytes), bytes)
    .option("--max-pixels <n>", "pixels of a picture, at most", wholeNumber(1, LARGEST_LIMITS.pixels), pixels)
    .option(
      "--timeout <seconds>",
      "for a request to arrive, and to wait for its turn",
      numberAbove(0, LARGEST_LIMITS.seconds),
      seconds,
    )
    .option("--threads <n>", "pictures worked on at a time; default: all cores", wholeNumber(1, 256))
    .option("--json", "print one JSON document when it listens", false)
    .addHelpText("after", EXAMPLES)
    .action(serve);
}

const several = (text: string, earlier: readonly string[] = []): string[] => [...earlier, text];

const log = (line: string): void => void process.stderr.write(`hashbook: ${line}\n`);

async function serve(flags: ServeFlags): Promise<void> {
  const token = await tokenOf(flags);
  const { startService } = await import("../service/start-service.js");
  const { host, port, threads = availableCores() } = flags;
  const limits = {
    ...DEFAULT_LIMITS,
    queue: flags.queue,
    bytes: flags.maxBytes,
    pixels: flags.maxPixels,
    seconds: flags.timeout,
  };
  const start = (signal: AbortSignal): Promise<RunningService> =>
    startService({
      open: ending => open(flags, AbortSignal.any([signal, ending])),
      limits,
      threads,
      host,
      port,
      token,
      log,
    });
  const service = await stopOnSignal(start, "what was computed is kept, and the same command goes on with it");
  if (service === undefined) return;
  warnOfHost(flags, token, service);
  announce(service, flags.json);
  const name = await untilSignal(service);
  log(`${name}: finishing the requests under way`);
  await service.stop();
  process.exitCode = { SIGINT: 130, SIGTERM: 0 }[name];
}

async function open(
  { model = [], data, codes = [], gallery = [], dataset, ...places }: ServeFlags,
  signal: AbortSignal,
): Promise<OpenedSources> {
  const { openSources } = await import("../service/open-sources.js");
  const { terminalProgress } = await import("../notebook/progress.js");
  const { root, images, lists, stripPrefix, classNames } = places;
  const sources = {
    models: model,
    data,
    codes,
    galleries: gallery,
    dataset,
    places: { root, images, lists, stripPrefix, classNames },
  };
  const opened = await openSources(sources, { onProgress: terminalProgress(), onLongWork: log, signal });
  for (const note of opened.notes) log(note);
  return opened;
}

/** @throws {UsageError} for two tokens, or one that no header can hold */
async function tokenOf({ token, tokenFile }: ServeFlags): Promise<string | undefined> {
  if (token !== undefined && tokenFile !== undefined) {
    throw new UsageError("--token and --token-file both give the token", { expected: "one of them" });
  }
  const given = tokenFile === undefined ? token : await firstLine(tokenFile);
  if (given === undefined || /^[\x21-\x7e]+$/.test(given)) return given;
  throw new UsageError("this token cannot be", {
    ...(tokenFile === undefined ? {} : { file: tokenFile }),
    expected: "at least one letter, digit or sign of ASCII, no blanks",
  });
}

async function firstLine(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((cause: Error) => {
    throw new InputError("cannot be read", {
      file,
      expected: "a token as its first line",
      actual: cause.message,
      cause,
    });
  });
  return text.split(/\r?\n/)[0];
}

function warnOfHost({ host }: ServeFlags, token: string | undefined, { url }: RunningService): void {
  if (isLoopbackHost(host)) return;
  const who =
    token === undefined ? "all who reach this machine can search and see the pictures; --token asks for one" : "";
  log(`${url} is reached from other machines${who === "" ? "" : `: ${who}`}`);
}

function announce({ url, gallery }: RunningService, json: boolean): void {
  const { items, models } = gallery();
  const named = models.map(({ id, title }) => ({ id, title }));
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ url, pid: process.pid, dataset: items.title, items: items.count, models: named })}\n`,
    );
    return;
  }
  const titles = named.map(({ title }) => title).join(" and ");
  process.stdout.write(
    `${items.title}, ${items.count} pictures, ${titles}: ${url}\nCtrl-C ends it; kill -HUP ${process.pid} opens its files anew\n`,
  );
}

/** Serves until it is told to end; a hangup reloads. A second signal to end ends at once. */
function untilSignal(service: RunningService): Promise<"SIGINT" | "SIGTERM"> {
  return new Promise(resolve => {
    process.on("SIGHUP", () => void service.reload());
    for (const name of ["SIGINT", "SIGTERM"] as const) {
      let times = 0;
      process.on(name, () => {
        times++;
        if (times > 1) process.exit(130);
        resolve(name);
      });
    }
  });
}
