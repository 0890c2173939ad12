// Files and folders that the tasks of a command read and write: those of Kubernetes have to lie in volumes.
import type { Command } from "commander";
import { datasetNames } from "../catalogue/open-dataset.js";
import type { NamedPath } from "../cluster/array-work.js";
import { isMethodFile } from "../methods/load-method.js";
import { isMetricFile } from "../metrics/metric-file.js";
import { findProtocol } from "../protocols/known-protocols.js";
import type { SweepDefinition } from "../sweeps/sweep-options.js";
import type { SweepDataFlags } from "./sweep-data.js";

/** Whether a dataset goes by this name, which is no path then. */
export function isKnownDataset(name: string): boolean {
  return datasetNames.includes(name) || findProtocol(name) !== undefined;
}

/** The values of some options of a command, where they were given. @param names as commander has them: "classNames" */
export function pathsOfFlags(command: Command, names: readonly string[]): readonly NamedPath[] {
  return names.flatMap(name => {
    const values = [command.getOptionValue(name) ?? []].flat();
    const what = command.options.find(option => option.attributeName() === name)?.long ?? `--${name}`;
    return textPaths(what, values);
  });
}

/** Options of a study whose values are paths, beside those of its data. */
const OF_STUDIES: readonly string[] = ["file", "latex", "markdown", "csv", "figures"];

/** Paths of a study: of its options, its data, and the files that its methods and metrics are. */
export function pathsOfStudy(
  command: Command,
  data: SweepDataFlags,
  { methods }: Pick<SweepDefinition, "methods">,
): readonly NamedPath[] {
  const { metric = [] } = command.opts<{ readonly metric?: readonly string[] }>();
  return [
    ...pathsOfFlags(command, OF_STUDIES),
    ...textPaths(
      "a method of -m or --file",
      methods.filter(method => typeof method === "string" && isMethodFile(method)),
    ),
    ...textPaths("--metric", metric.filter(isMetricFile)),
    ...pathsOfData(data),
  ];
}

/** Of values that may be paths those that are texts: the others are none. */
function textPaths(what: string, values: readonly unknown[]): readonly NamedPath[] {
  return values.flatMap(path => (typeof path === "string" ? [{ what, path }] : []));
}

function pathsOfData({ data, opened, ...flags }: SweepDataFlags): readonly NamedPath[] {
  const { dataset, backbone, root, images, lists, classNames } = opened ?? flags;
  const given = {
    "--data": data,
    "--dataset": dataset !== undefined && isKnownDataset(dataset) ? undefined : dataset,
    "--backbone": backbone?.endsWith(".onnx") ? backbone : undefined,
    ...{ "--root": root, "--images": images, "--lists": lists, "--class-names": classNames },
  };
  return Object.entries(given).flatMap(([what, path]) => textPaths(what, [path]));
}
