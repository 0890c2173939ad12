import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import type { ArrayWork } from "../../src/cluster/array-work.js";
import type { ClusterSettings } from "../../src/cluster/cluster-settings.js";
import { secondsOfTime } from "../../src/cluster/cluster-settings.js";
import { kubernetesJobs, kubernetesSteps } from "../../src/cluster/kubernetes-jobs.js";
import { checkKubernetesPaths } from "../../src/cluster/kubernetes-paths.js";
import { yamlText } from "../../src/records/yaml-text.js";
import { workIn } from "./work.js";

const SETTINGS: ClusterSettings = {
  container: "registry.example/hashbook:1",
  volumes: [{ claim: "pictures", path: "/data" }],
  memory: "8G",
  time: "1-12",
  cpus: 2,
  tries: 4,
  setup: ["export A=1"],
};
const work = workIn("/data/It's mine.", { environment: { HASHBOOK_HOME: "/data/home" } });

const python = process.env.HASHBOOK_TEST_PYTHON ?? "python3";
const missing = spawnSync(python, ["-c", "import kubernetes_validate"]).status !== 0;
if (missing)
  console.warn(
    `manifests are not held against Kubernetes' schema: ${python} has no kubernetes_validate (HASHBOOK_TEST_PYTHON)`,
  );

interface Job {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly completions?: number;
    readonly suspend?: boolean;
    readonly backoffLimitPerIndex?: number;
    readonly template: {
      readonly spec: {
        readonly activeDeadlineSeconds: number;
        readonly containers: readonly { readonly command: readonly string[]; readonly resources: object }[];
      };
    };
  };
}

describe("kubernetesJobs", () => {
  const [tasks, after] = kubernetesJobs(work, SETTINGS) as unknown as readonly [Job, Job];

  it("is an Indexed Job, and one that is suspended", () => {
    expect(tasks.metadata.name).toBe("hashbook-extract-it-s-mine");
    expect(tasks.spec).toMatchObject({ completions: 3, completionMode: "Indexed", backoffLimitPerIndex: 3 });
    expect([after.metadata.name, after.spec.suspend]).toEqual(["hashbook-extract-it-s-mine-merge", true]);
    const { activeDeadlineSeconds, containers } = tasks.spec.template.spec;
    expect(activeDeadlineSeconds).toBe(36 * 3600);
    expect(containers[0].resources).toMatchObject({ limits: { cpu: "2", memory: "8Gi" } });
    expect(kubernetesSteps(work)[2]).toMatch(
      /^kubectl wait --for=condition=complete .* job\/hashbook-extract-it-s-mine && kubectl patch job\/.*-merge /,
    );
  });

  it("gives a task the number of all tasks, and its own from 1 on", () => {
    const [, , script] = tasks.spec.template.spec.containers[0].command;
    const shown = script.replace("exec hashbook", "printf '%s|' $A");
    const env = { ...process.env, JOB_COMPLETION_INDEX: "1", SHARDS: "3" };
    const words = execFileSync("bash", ["-c", shown], { encoding: "utf8", env, stdio: ["ignore", "pipe", "inherit"] });
    expect(words).toBe("1|extract|--dataset|it's here|--shard|2/3|");
  });

  it("works where it was called only where that is in a volume", () => {
    const dir = (volume: string): unknown => {
      const [job] = kubernetesJobs(work, {
        ...SETTINGS,
        volumes: [{ claim: "c", path: volume }],
      }) as unknown as readonly Job[];
      return (job.spec.template.spec.containers[0] as { workingDir?: string }).workingDir;
    };
    expect([dir("/data/"), dir("/"), dir("/dat")]).toEqual([work.cwd, work.cwd, undefined]);
  });

  it("ends its wait when the Job is complete and when it failed; what takes tasks as they are goes on then", () => {
    const loop = kubernetesSteps(work)[1];
    const ended = (conditions: string): number | null =>
      spawnSync("bash", ["-c", `kubectl() { echo "${conditions}"; }; sleep() { exit 9; }; ${loop}`]).status;
    expect(["Complete", "FailureTarget Failed", "", "FailureTarget"].map(ended)).toEqual([0, 0, 9, 9]);
    const collecting = workIn("/data/s", { after: { name: "collect", command: [], needsAll: false } });
    expect(kubernetesSteps(collecting)[2]).toMatch(/^kubectl patch job\/hashbook-extract-s-collect /);
    const [, collect] = kubernetesJobs(collecting, SETTINGS) as unknown as readonly unknown[];
    expect(JSON.stringify(collect)).toContain('"values":[2,3]');
  });

  it("takes only paths that are in a volume, and for a study a HASHBOOK_HOME that is", () => {
    const check = (more: Partial<ArrayWork>, settings: ClusterSettings = SETTINGS) => {
      return () => checkKubernetesPaths(workIn("/data/work", { environment: {}, ...more }), settings);
    };
    const out = (path: string) => ({ paths: [{ what: "--out", path }] });
    expect(check(out("/data/out"))).not.toThrow();
    expect(check(out("out"))).not.toThrow();
    expect(check(out("/database"))).toThrow(
      "--out is in no volume of the pods; expected a path below a --volume; volumes: pictures:/data; found /database",
    );
    expect(check(out("../../out"))).toThrow(/found \/out$/);
    expect(check(out("/data/out"), {})).toThrow(
      /volumes: none, for example --volume pictures:\/data; found \/data\/out/,
    );
    const elsewhere = { cwd: "/home/me", environment: { HASHBOOK_HOME: "../../data/home" }, needsHome: true };
    expect(check(elsewhere)).toThrow(
      /HASHBOOK_HOME is relative to a folder that is in no volume.*found \.\.\/\.\.\/data\/home, in \/home\/me/,
    );
    expect(check({ needsHome: true })).toThrow(/HASHBOOK_HOME is not set.*expected HASHBOOK_HOME=\/data\/…/);
    expect(check({ needsHome: true, environment: { HASHBOOK_HOME: "/home/me" } })).toThrow(
      /HASHBOOK_HOME is in no volume.*found \/home\/me/,
    );
    expect(check({ needsHome: true, environment: { HASHBOOK_HOME: "/data/home" } })).not.toThrow();
  });

  it("needs an image", () => {
    expect(() => kubernetesJobs(work, {})).toThrow(/needs an image that has hashbook; expected --container IMAGE/);
  });

  it.skipIf(missing).each(["1.31", "1.33"])("is what Kubernetes %s takes, as YAML", version => {
    const code = `import sys, yaml, kubernetes_validate
for document in yaml.safe_load_all(sys.stdin):
    print(kubernetes_validate.validate(document, "${version}", strict=True), document["kind"])`;
    const input = kubernetesJobs(work, SETTINGS).map(yamlText).join("---\n");
    const { stdout, stderr } = spawnSync(python, ["-c", code], { input, encoding: "utf8" });
    expect([stdout.split("\n").length, stderr]).toEqual([3, ""]);
  });
});

it("reads times as Slurm does", () => {
  expect(["90", "1:30", "4:00:00", "1-12", "1-12:30", "0-0:0:5"].map(secondsOfTime)).toEqual([
    5400, 90, 14400, 129600, 131400, 5,
  ]);
});
