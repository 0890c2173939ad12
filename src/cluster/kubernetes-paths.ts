import { isAbsolute, resolve } from "node:path";
import { UsageError } from "../core/errors.js";
import type { ArrayWork, NamedPath } from "./array-work.js";
import type { ClusterSettings, VolumeMount } from "./cluster-settings.js";
import { volumeText } from "./cluster-settings.js";

/**
 * Checks that what the pods read and write is in a volume: what a container writes elsewhere ends with it, and what lies
 * elsewhere here is not in it.
 * @throws {UsageError} naming the path and the volumes
 */
export function checkKubernetesPaths(work: ArrayWork, { volumes = [] }: ClusterSettings): void {
  if (work.needsHome && work.environment.HASHBOOK_HOME === undefined) {
    throw new UsageError(
      "HASHBOOK_HOME is not set: each pod would write its runs into its own container, and they would be lost",
      {
        expected: `HASHBOOK_HOME=${volumes[0]?.path ?? "/data"}/… before the command, a folder in a volume; volumes: ${volumesText(volumes)}`,
      },
    );
  }
  const home = { what: "HASHBOOK_HOME", path: work.environment.HASHBOOK_HOME };
  const paths = [...work.paths, ...(work.needsHome ? [home as NamedPath] : [])];
  checkNoneRelative(work, paths, volumes);
  const out = paths.find(({ path }) => !volumes.some(volume => isInVolume(resolve(work.cwd, path), volume)));
  if (out === undefined) return;
  throw new UsageError(`${out.what} is in no volume of the pods`, {
    expected: `a path below a --volume; volumes: ${volumesText(volumes)}`,
    actual: resolve(work.cwd, out.path),
  });
}

/** Pods work where the command is called only where that is in a volume: elsewhere a relative path is another one there. */
function checkNoneRelative({ cwd }: ArrayWork, paths: readonly NamedPath[], volumes: readonly VolumeMount[]): void {
  if (volumes.some(volume => isInVolume(cwd, volume))) return;
  const relative = paths.find(({ path }) => !isAbsolute(path));
  if (relative === undefined) return;
  throw new UsageError(`${relative.what} is relative to a folder that is in no volume of the pods`, {
    expected: `an absolute path below a --volume; volumes: ${volumesText(volumes)}`,
    actual: `${relative.path}, in ${cwd}`,
  });
}

/** Whether a path is in a volume. */
export function isInVolume(path: string, { path: mount }: VolumeMount): boolean {
  return `${path}/`.startsWith(`${mount.replace(/\/+$/, "")}/`);
}

function volumesText(volumes: readonly VolumeMount[]): string {
  return volumes.map(volumeText).join(", ") || "none, for example --volume pictures:/data";
}
