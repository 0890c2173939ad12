import { basename } from "node:path";
import { UsageError } from "../core/errors.js";
import type { ArrayWork } from "./array-work.js";
import { SOME_FAILED } from "./array-work.js";
import type { ClusterSettings, VolumeMount } from "./cluster-settings.js";
import { DEFAULT_CPUS, DEFAULT_TRIES, secondsOfTime } from "./cluster-settings.js";
import { isInVolume } from "./kubernetes-paths.js";
import type { Word } from "./shell-text.js";
import { shellCommand } from "./shell-text.js";

/** Exit code that stays so. */
const BAD_USAGE = 2;

/** An object of Kubernetes, as its manifests have it. */
export type KubernetesObject = Readonly<Record<string, unknown>>;

/**
 * The same tasks as an Indexed Job of Kubernetes, and what comes after them as a second Job, which is suspended: Kubernetes
 * knows no dependency, so `kubectl wait` and `kubectl patch` let it go ({@link kubernetesSteps}).
 * @throws {UsageError} without an image
 */
export function kubernetesJobs(work: ArrayWork, settings: ClusterSettings): KubernetesObject[] {
  const { container, parallel, tries = DEFAULT_TRIES } = settings;
  if (container === undefined) {
    throw new UsageError("a Job of Kubernetes needs an image that has hashbook", {
      expected: '--container IMAGE, or "container" in the file of --cluster',
    });
  }
  const name = kubernetesName(work);
  const tasks = {
    completions: work.tasks,
    parallelism: parallel ?? work.tasks,
    completionMode: "Indexed",
    backoffLimitPerIndex: tries - 1,
    podFailurePolicy: policy("FailIndex", [BAD_USAGE]),
    template: template(work, settings, {
      command: work.task,
      variables: ["i=$((JOB_COMPLETION_INDEX + 1)) n=$SHARDS"],
      environment: { SHARDS: String(work.tasks) },
    }),
  };
  const after = {
    suspend: true,
    backoffLimit: tries - 1,
    podFailurePolicy: policy("FailJob", work.after.needsAll ? [BAD_USAGE] : [BAD_USAGE, SOME_FAILED]),
    template: template(work, settings, { command: work.after.command, variables: [], environment: {} }),
  };
  return [job(name, tasks), job(`${name}-${work.after.name}`, after)];
}

/**
 * What to do with the manifest, a line a step. `kubectl wait` knows one condition at a time and would wait for ever where
 * the other comes, so that a loop looks for both.
 */
export function kubernetesSteps(work: ArrayWork): string[] {
  const name = kubernetesName(work);
  const ends = `kubectl get job/${name} -o 'jsonpath={.status.conditions[*].type}' | grep -wE 'Complete|Failed'`;
  const go = `kubectl patch job/${name}-${work.after.name} --type=strategic -p '{"spec":{"suspend":false}}'`;
  const isWhole = `kubectl wait --for=condition=complete --timeout=1s job/${name}`;
  return [
    "kubectl apply -f FILE",
    `until ${ends}; do sleep 10; done`,
    work.after.needsAll ? `${isWhole} && ${go}` : go,
    `kubectl get jobs,pods -l app=hashbook # what failed; kubectl logs POD says why`,
  ];
}

function job(name: string, spec: KubernetesObject): KubernetesObject {
  return { apiVersion: "batch/v1", kind: "Job", metadata: { name, labels: { app: "hashbook" } }, spec };
}

/** Some exit codes end it; a machine that is drained counts for nothing. */
function policy(action: "FailIndex" | "FailJob", values: readonly number[]): KubernetesObject {
  return {
    rules: [
      { action, onExitCodes: { containerName: "hashbook", operator: "In", values } },
      { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
    ],
  };
}

interface Command {
  readonly command: readonly Word[];
  /** Lines of shell that set what the command needs. */
  readonly variables: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

function template(work: ArrayWork, settings: ClusterSettings, command: Command): KubernetesObject {
  const { container: image, time, cpus = DEFAULT_CPUS, volumes = [], setup = [], program = ["hashbook"] } = settings;
  const environment = Object.entries({ ...work.environment, ...command.environment });
  const script = [
    ...command.variables,
    `cores=${cpus}`,
    ...setup,
    `exec ${shellCommand([...program, ...command.command])}`,
  ].join("\n");
  return {
    metadata: { labels: { app: "hashbook" } },
    spec: {
      restartPolicy: "Never",
      ...(time === undefined ? {} : { activeDeadlineSeconds: secondsOfTime(time) }),
      containers: [
        {
          name: "hashbook",
          image,
          ...(volumes.some(one => isInVolume(work.cwd, one)) ? { workingDir: work.cwd } : {}),
          command: ["bash", "-c", script],
          ...(environment.length === 0 ? {} : { env: environment.map(([name, value]) => ({ name, value })) }),
          resources: resources(settings),
          ...(volumes.length === 0
            ? {}
            : { volumeMounts: volumes.map(({ path }, i) => ({ name: volumeName(i), mountPath: path })) }),
        },
      ],
      ...(volumes.length === 0 ? {} : { volumes: volumes.map(volume) }),
    },
  };
}

function resources({ cpus = DEFAULT_CPUS, memory }: ClusterSettings): KubernetesObject {
  const size = memory === undefined ? {} : { memory: memoryQuantity(memory) };
  return { requests: { cpu: String(cpus), ...size }, limits: { cpu: String(cpus), ...size } };
}

/** Slurm's units are of 1024; a number alone is of MiB. */
function memoryQuantity(memory: string): string {
  return /\d$/.test(memory) ? `${memory}Mi` : `${memory}i`;
}

function volumeName(index: number): string {
  return `volume-${index + 1}`;
}

function volume({ claim }: VolumeMount, index: number): KubernetesObject {
  return { name: volumeName(index), persistentVolumeClaim: { claimName: claim } };
}

/** A name of Kubernetes: up to 63 letters, digits and "-"; room is left for what comes after. */
function kubernetesName({ name, after, place }: ArrayWork): string {
  const own = basename(place)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  return `hashbook-${name}-${own}`.slice(0, 62 - after.name.length).replace(/-+$/, "");
}
