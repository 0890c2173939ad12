import type { RankingChoice, RankingRequest, RankingWork } from "../ranking/choose-ranking.js";
import { chooseRanking } from "../ranking/choose-ranking.js";
import type { RankingBackend } from "../ranking/ranking-backend.js";

/** Chooses what ranks, matrix products on CUDA included. */
export function openRanking(backend?: RankingRequest, work?: RankingWork): Promise<RankingChoice> {
  return chooseRanking({ backend, work, matmul });
}

async function matmul(): Promise<RankingBackend> {
  const { cudaTensorFlowEngine } = await import("../compute/eager-engine.js");
  await cudaTensorFlowEngine();
  const tf = await import("@tensorflow/tfjs");
  const { matmulRanking } = await import("../ranking/matmul-ranking.js");
  return matmulRanking<import("@tensorflow/tfjs").Tensor2D>(tf);
}
