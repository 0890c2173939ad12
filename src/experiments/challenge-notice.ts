import { digixFolder } from "../datasets/digix.js";
import { digixCounts } from "../datasets/digix-counts.js";
import type { ChallengeStudy } from "./challenge-study.js";

/** What of a study is said first. */
type NoticedStudy = Pick<
  ChallengeStudy,
  "dataset" | "synthetic" | "engine" | "testDataset" | "unreadable" | "root" | "test"
>;

/** What a notebook has to say first: which images these are, and how many of them could not be read. */
export function challengeNotice(
  study: Pick<ChallengeStudy, "dataset" | "synthetic" | "engine" | "testDataset" | "unreadable" | "root" | "test">,
): string {
  const { dataset, synthetic, root } = study;
  const where = root === digixFolder() ? "`data/digix`" : "the folder given";
  if (!synthetic) return `${officialTitle(study)} in ${where}: ${countsText(study, numbersOf(study))}`;
  const why = dataset.name.startsWith("digix-sample")
    ? "The DIGIX images are not here (`data/digix` is missing), so this run uses `digix-sample`"
    : `The DIGIX images are not here: ${where} holds a sample`;
  return (
    `**Synthetic images.** ${why}: drawings of devices that do not exist, in the layout of DIGIX. Scores on them say ` +
    `nothing of the challenge. ${countsText(study, [])}`
  );
}

/** Images of a side: those here, and those of DIGIX 2020. */
type Numbers = readonly [here: number, published: number];

/** Of the labelled images and of the test part. */
function numbersOf({ dataset, unreadable, testDataset }: NoticedStudy): readonly Numbers[] {
  const labelled = digixCounts({ ...dataset, name: "digix" }).find(({ what }) => what === "images");
  const test = digixCounts(testDataset);
  return [
    [dataset.ids.length + unreadable.labelled.length, labelled?.published ?? 0],
    [testDataset.ids.length, test.reduce((sum, one) => sum + one.published, 0)],
  ];
}

function officialTitle(study: NoticedStudy): string {
  const isWhole = numbersOf(study).every(([here, there]) => here === there);
  return isWhole ? "**DIGIX 2020**, as found" : "**Images in the layout of DIGIX 2020, but not as many**, as found";
}

function countsText(
  { dataset, engine, testDataset, unreadable, test }: NoticedStudy,
  numbers: readonly Numbers[],
): string {
  const part = `test part ${testDataset.name.slice(-1).toUpperCase()}`; // digix-test-a
  const [labelled = "", asked = ""] = numbers.map(([here, there]) => (here === there ? "" : ` (DIGIX has ${there})`));
  const known = test.labels.queries.some(label => label >= 0) ? "" : ", whose labels are not known";
  const counts = `${dataset.ids.length} labelled images${labelled}, ${testDataset.ids.length} in ${part}${asked}${known}`;
  return `${counts}; engine ${engine.name}.${unreadableText(unreadable, part)}`;
}

function unreadableText({ labelled, test }: ChallengeStudy["unreadable"], part: string): string {
  const parts = [
    ...(labelled.length === 0 ? [] : [`${labelled.length} labelled, left out`]),
    ...(test.length === 0 ? [] : [`${test.length} of ${part}, given the mean feature`]),
  ];
  return parts.length === 0 ? "" : ` Images that could not be read: ${parts.join("; ")}.`;
}
