import type { PreprocessingSettings } from "../images/preprocessing-settings.js";
import { findProtocol } from "./known-protocols.js";

const MODES = { center: "made square from its middle", squash: "squashed to a square" } as const;

/** How a protocol has images made squares, where they are not told to be made otherwise. */
export interface ProtocolPreprocessing {
  readonly settings: PreprocessingSettings;
  /** What came from the protocol, a sentence; absent: nothing did. */
  readonly assumption?: string;
}

/**
 * The settings that images of a dataset are preprocessed with: those given, and the protocol's for what they do not say.
 * @param dataset name of a protocol, or of anything else
 */
export function protocolPreprocessing(dataset: string, given: PreprocessingSettings): ProtocolPreprocessing {
  const protocol = findProtocol(dataset);
  if (protocol === undefined) return { settings: given };
  const { cropShare = 1, cropMode = "center" } = protocol.preprocessing;
  const settings = { ...protocol.preprocessing, ...given };
  const taken = [
    ...(given.cropMode === undefined ? [`${MODES[cropMode]} (--crop-mode)`] : []),
    ...(given.cropShare === undefined ? [`after resizing ${shareText(cropShare)} (--crop-share)`] : []),
  ];
  if (taken.length === 0) return { settings };
  return { settings, assumption: `the image ${taken.join(", ")}: as protocol ${dataset} has it` };
}

function shareText(share: number): string {
  return share === 1 ? "nothing cut off" : `cut to ${share} of its side`;
}
