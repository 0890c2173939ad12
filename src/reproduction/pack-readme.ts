import { shownNumber } from "../core/shown-number.js";
import type { Run } from "../records/run-record.js";
import type { StudyRecord } from "../records/study-record.js";

/** README.md of a pack: what it is, and how a reviewer runs it again. */
export function packReadme(
  { id, date, data, protocol }: StudyRecord,
  runs: readonly Run[],
  { withData }: { readonly withData: boolean },
): string {
  const { environment } = runs[0].record;
  const { hashbook, commit, node, platform, processor, cores } = environment;
  const needed = withData
    ? "The features are in `data/`: nothing else is needed."
    : `The data is not in it: \`reproduce\` opens ${data.dataset} as \`study/study.json\` says, or the folder after \`--data\`.`;
  const rows = runs.map(({ record, result, validationMAP }) => {
    const mAP = result?.evaluation.mAP.all.tieAware;
    return `| ${record.name} | ${figure(mAP)} | ${figure(validationMAP)} | ${record.trainSeconds.toFixed(1)} |`;
  });
  return `# ${id}

Runs of hashbook over ${data.dataset} (${data.rows} items), first of ${date.slice(0, 10)}. ${protocol.words}.

    hashbook reproduce ${id}.tar.gz

(the name of this archive; in a checkout of hashbook: \`npm ci\`, then \`npm run -s hashbook -- reproduce …\`) runs every one
again from its settings and says of each whether its codes and weights are bit-equal, its measures within 0.003 of the
recorded ones or as near as another seed's would be (another processor rounds otherwise), or what has changed. ${needed} Made with hashbook ${hashbook}${commit === null ? "" : ` (commit ${commit})`}, Node ${node}, ${platform}, ${processor}, ${cores} cores.

| run | mAP | validation mAP | seconds of training |
| --- | --- | --- | --- |
${rows.join("\n")}

\`study/\` holds records, codes and models, \`methods/\` the files of methods of one's own, which \`reproduce\` runs: read them first.
`;
}

function figure(value: number | undefined): string {
  return value === undefined ? "–" : shownNumber(value, 4);
}
