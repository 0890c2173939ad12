import type { CourseRow } from "./course-rows.js";
import { flatSettings } from "./differing-settings.js";
import type { MlflowServer } from "./mlflow-client.js";
import { askMlflow } from "./mlflow-client.js";
import type { RunRecord } from "./run-record.js";

/** Sends a run to a tracking server beside what is written. Nothing waits for the server but `end`, and nothing fails. */
export interface MlflowRun {
  /** @param rows all so far: what the server has not got yet is sent */
  follow(rows: readonly CourseRow[]): void;
  /** The run is another from its first step on: the server gets it as a new one. */
  restart(rows: readonly CourseRow[]): void;
  finish(record: Omit<RunRecord, "format" | "files">, step: number, metrics: Readonly<Record<string, number>>): void;
  fail(message: string): void;
  /** Waits until all is sent, or given up. */
  end(): Promise<void>;
}

/** Bounds of runs/log-batch. */
const METRICS_A_BATCH = 1000;
const PARAMS_A_BATCH = 100;

/**
 * A run of an experiment of the study's name. One that the server has of that name is gone on with.
 * @param onFault told once, when the server takes nothing: nothing more is sent to it then
 */
export function openMlflowRun(
  server: MlflowServer,
  options: { readonly study: string; readonly name: string; readonly onFault: (sentence: string) => void },
): MlflowRun {
  const { study, name, onFault } = options;
  let place: Promise<MlflowPlace> | undefined;
  let sent = Promise.resolve();
  let isBroken = false;
  const send = (work: (place: MlflowPlace) => Promise<unknown>): void => {
    sent = sent.then(async () => {
      if (isBroken) return;
      try {
        place ??= findPlace(server, study, name);
        await work(await place);
      } catch (cause) {
        isBroken = true;
        onFault(`${(cause as Error).message}. Runs go on; ${name} is not sent there any more.`);
      }
    });
  };
  const update = (status: "FINISHED" | "FAILED") => (to: MlflowPlace) =>
    post(server, "runs/update", { run_id: to.run, status, end_time: Date.now() });
  return {
    follow: rows => send(to => sendRows(server, to, rows)),
    restart(rows) {
      send(async () => {
        place = findExperiment(server, study).then(experiment => createRun(server, experiment, name));
      });
      send(to => sendRows(server, to, rows));
    },
    finish(record, step, metrics) {
      send(to => sendDescription(server, to, record));
      send(to => sendMetrics(server, to.run, entriesOf(step, metrics)));
      send(update("FINISHED"));
    },
    fail(message) {
      send(to =>
        post(server, "runs/set-tag", {
          run_id: to.run,
          key: "hashbook.failure",
          value: message.slice(0, 5000),
        }),
      );
      send(update("FAILED"));
    },
    end: () => sent,
  };
}

/** A run on a server, and how far it is. */
interface MlflowPlace {
  readonly run: string;
  /** The first step that it has not got. */
  next: number;
}

/** The last run of that name; a new one where there is none. */
async function findPlace(server: MlflowServer, study: string, name: string): Promise<MlflowPlace> {
  const experiment = await findExperiment(server, study);
  const quote = name.includes("'") ? '"' : "'"; // filters know no escapes
  const { runs = [] } = await post<{ runs?: readonly MlflowRunDocument[] }>(server, "runs/search", {
    experiment_ids: [experiment],
    filter: `tags.\`hashbook.run\` = ${quote}${name}${quote}`,
    max_results: 1,
  });
  if (runs.length === 0) return createRun(server, experiment, name);
  await post(server, "runs/update", { run_id: runs[0].info.run_id, status: "RUNNING" });
  const last = runs[0].data.metrics?.find(({ key }) => key === "train/loss")?.step;
  return { run: runs[0].info.run_id, next: last === undefined ? 0 : Number(last) + 1 };
}

/** A run as the server gives it; of its metrics the last values. */
interface MlflowRunDocument {
  readonly info: { readonly run_id: string };
  readonly data: { readonly metrics?: readonly { readonly key: string; readonly step: number | string }[] };
}

/** The id of an experiment of that name, which is made where there is none. */
async function findExperiment(server: MlflowServer, name: string): Promise<string> {
  const readId = async (): Promise<string> => {
    const path = `experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`;
    const { experiment } = await askMlflow<{ experiment: { experiment_id: string } }>(server, { path });
    return experiment.experiment_id;
  };
  try {
    return await readId();
  } catch (cause) {
    if (!String(cause).includes("RESOURCE_DOES_NOT_EXIST")) throw cause;
  }
  try {
    return (await post<{ experiment_id: string }>(server, "experiments/create", { name })).experiment_id;
  } catch (cause) {
    if (!String(cause).includes("RESOURCE_ALREADY_EXISTS")) throw cause;
    return readId(); // another run that begins now has made it
  }
}

function post<T>(server: MlflowServer, path: string, body: object): Promise<T> {
  return askMlflow<T>(server, { path, body });
}

async function createRun(server: MlflowServer, experiment: string, name: string): Promise<MlflowPlace> {
  const { run } = await post<{ run: MlflowRunDocument }>(server, "runs/create", {
    experiment_id: experiment,
    run_name: name,
    start_time: Date.now(),
    tags: [{ key: "hashbook.run", value: name }],
  });
  return { run: run.info.run_id, next: 0 };
}

interface MlflowMetric {
  readonly key: string;
  readonly value: number | string;
  readonly timestamp: number;
  readonly step: number;
}

async function sendRows(server: MlflowServer, to: MlflowPlace, rows: readonly CourseRow[]): Promise<void> {
  const missing = rows.filter(({ step }) => step >= to.next);
  await sendMetrics(
    server,
    to.run,
    missing.flatMap(({ step, values }) => entriesOf(step, values)),
  );
  to.next = Math.max(to.next, (rows.at(-1)?.step ?? -1) + 1);
}

async function sendMetrics(server: MlflowServer, run: string, metrics: readonly MlflowMetric[]): Promise<void> {
  for (let at = 0; at < metrics.length; at += METRICS_A_BATCH) {
    const part = metrics.slice(at, at + METRICS_A_BATCH);
    await post(server, "runs/log-batch", { run_id: run, metrics: part });
  }
}

function entriesOf(step: number, values: Readonly<Record<string, number>>): MlflowMetric[] {
  const timestamp = Date.now();
  return Object.entries(values).map(([name, value]) => {
    // As protocol buffers have it in JSON: "NaN", "Infinity".
    return { key: mlflowName(name), value: Number.isFinite(value) ? value : String(value), timestamp, step };
  });
}

/** MLflow takes letters, digits and `_-. :/` only: "mAP at 1000", "P within radius 2". */
function mlflowName(name: string): string {
  return name
    .replace("@H≤", " within radius ")
    .replaceAll("@", " at ")
    .replaceAll(/[^\w\-. :/]/g, "_");
}

async function sendDescription(
  server: MlflowServer,
  to: MlflowPlace,
  record: Parameters<MlflowRun["finish"]>[0],
): Promise<void> {
  const { config, data, environment, key, title } = record;
  const described = {
    method: config.method,
    bits: config.bits,
    seed: config.seed,
    ...Object.fromEntries(flatSettings(config)),
  };
  const params = Object.entries(described).map(([name, value]) => ({ key: mlflowName(name), value: String(value) }));
  const tags = Object.entries({
    "hashbook.title": title,
    "hashbook.key": key,
    "hashbook.version": environment.hashbook,
    "hashbook.features": data.features,
    ...(environment.commit === null ? {} : { "mlflow.source.git.commit": environment.commit }),
  }).map(([tag, value]) => ({ key: tag, value }));
  for (let at = 0; at < params.length; at += PARAMS_A_BATCH) {
    const part = params.slice(at, at + PARAMS_A_BATCH);
    await post(server, "runs/log-batch", { run_id: to.run, params: part, tags: at === 0 ? tags : [] });
  }
}
