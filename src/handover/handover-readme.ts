// README.md of a hand-over: what someone needs who has Python, the folder and nothing of ours.
import type { Backbone } from "../backbone/backbone.js";
import type { Labels } from "../core/labels.js";
import { countText } from "../core/size-text.js";
import { version } from "../core/version.js";
import type { ModelNames } from "../methods/model-names.js";
import type { HandoverGallery } from "./handover-gallery.js";
import type { PreprocessDocument } from "./preprocess-file.js";
import { OWN_ROW_LINE, pythonLines } from "./python-lines.js";

/** What README.md is written of. */
export interface ReadmeFacts {
  readonly names: ModelNames;
  readonly backbone: Pick<Backbone, "name" | "layer" | "weightsHash" | "quantization">;
  readonly preprocess: PreprocessDocument;
  /** Absent: only the model is handed over. */
  readonly gallery?: HandoverGallery;
}

/** In every README.md of ours, so that it is told from others'. */
export const WRITTEN_BY = "Written by hashbook";

/** The text of README.md. */
export function handoverReadme(facts: ReadmeFacts): string {
  const { names, backbone, preprocess, gallery } = facts;
  const { output } = names;
  const int8 = backbone.quantization !== undefined;
  const isSearch = gallery !== undefined;
  const code = pythonLines({ preprocess, output, int8, gallery: isSearch });
  const what = { codes: `Hash codes of ${names.bits} bits`, embedding: `Embeddings of ${names.bits} real values` }[
    output
  ];
  const parts = [
    `# ${names.title}, ${names.bits} ${{ codes: "bits", embedding: "values" }[output]}, for Python`,
    `${what}, learned by ${names.title}, of pictures${gallery === undefined ? "" : `, and those of ${shownGallery(gallery)}`}. ${WRITTEN_BY} ${version}.`,
    filesTable(facts),
    isSearch ? "## The ten nearest pictures" : "## The code of a picture",
    `\`pip install numpy onnxruntime pillow\` (NumPy 2 or newer), these lines as \`search.py\` in this folder, and \`python search.py picture.jpg\`:`,
    `\`\`\`python\n${code.join("\n")}\n\`\`\``,
    ...(isSearch ? [SEARCHED] : []),
    "## What is the same, and what is not",
    sameness(facts)
      .map(sentence => `- ${sentence}`)
      .join("\n"),
  ];
  return `${parts.join("\n\n")}\n`;
}

const SEARCHED =
  "It prints Hamming distance and id, nearest first, ties in the order of the rows: what `hashbook search --model MODEL " +
  "--database CODES --query picture.jpg` finds. A program that answers many queries keeps session and codes.";

function shownGallery({ count, unread, dataset }: HandoverGallery): string {
  return `${countText(count - unread.length)} pictures${dataset === undefined ? "" : ` (dataset \`${dataset}\`)`}`;
}

function filesTable({ names, backbone, preprocess, gallery }: ReadmeFacts): string {
  const { name, layer, weightsHash, quantization } = backbone;
  const network = `${name}${layer === undefined ? "" : `, ${layer}`} (weights SHA-256 \`${weightsHash}\`)`;
  const inputs = preprocess.inputs.map(one => `\`${one.name}\` (${one.shape.join(", ")})`).join(", ");
  const out = { codes: `\`code\` (1, ${names.bits}) of -1 and +1`, embedding: `\`embedding\` (1, ${names.bits})` };
  const precision = quantization === undefined ? "" : ", in 8-bit integers";
  const rows = [
    [
      "`model.onnx`",
      `${network} and what makes codes of its features${precision}. In: ${inputs}, float32, red green blue from 0 to 255. Out: ${out[names.output]}`,
    ],
    ["`preprocess.json`", "how a picture becomes that input"],
    ...(gallery === undefined ? [] : galleryRows(gallery)),
  ];
  return ["| file | |", "| --- | --- |", ...rows.map(([file, text]) => `| ${file} | ${text} |`)].join("\n");
}

function galleryRows({ count, unread, bits, labels, classNames }: HandoverGallery): string[][] {
  const rows = count - unread.length;
  return [
    [
      "`codes.npy`",
      `(${rows}, ${Math.ceil(bits / 8)}) uint8: the code of a picture a row, as \`numpy.packbits\` packs it`,
    ],
    ["`ids.txt`", "what the rows are called, a line each, UTF-8"],
    ...(labels === undefined ? [] : [["`labels.npy`", labelsText(labels, rows)]]),
    ...(labels === undefined || classNames === undefined ? [] : [["`classes.json`", "names of the classes, by label"]]),
  ];
}

function labelsText(labels: Labels, rows: number): string {
  return labels instanceof Int32Array
    ? `(${rows},) int32: the class of each row, below 0 where nobody knows it`
    : `(${rows}, ${labels.classes}) of 0 and 1: the classes of each row`;
}

function sameness({ preprocess, gallery, names }: ReadmeFacts): string[] {
  const own = { codes: "codes", embedding: "embeddings" }[names.output];
  return [
    `Of the same pixels, \`model.onnx\` gives the ${own} that hashbook gives: the normalisation is in it. hashbook's \`bench/handover.md\` has the count of differing bits.`,
    `From files: plain JPEGs are decoded and pictures smaller than ${preprocess.resize} pixels enlarged to the same values. Larger ones are shrunk in the steps of hashbook's library (libvips), with other rounding: some pixels differ by a level or two of 255, at the very edge of a picture by a few more, and a bit of a code may where its value lies next to 0.`,
    ...(gallery === undefined || names.output === "embedding"
      ? []
      : [
          `How many bits that is for your pictures: with the line \`${OWN_ROW_LINE}\` at the end of \`search.py\`, \`python search.py picture.jpg ID\` says for a picture and its own line of \`ids.txt\` how many bits differ, whatever else lies as near.`,
        ]),
    "Colours by ICC profile, CMYK and 16 bits a channel are read otherwise by PIL.",
    ...(gallery === undefined || gallery.unread.length === 0
      ? []
      : [`${countText(gallery.unread.length)} pictures that could not be read were left out.`]),
  ];
}
