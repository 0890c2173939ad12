import type { RankingWork } from "./choose-ranking.js";
import { chooseRanking } from "./choose-ranking.js";
import type { RankingBackend } from "./ranking-backend.js";
import type { RankingRequest } from "./ranking-request.js";

/**
 * Works with the backend that is given, or with the one asked for by name or by HASHBOOK_RANKING, or chosen for the work;
 * one that is opened here is closed.
 * @throws {UsageError} for an unknown name
 * @throws {UnavailableError|EngineError} when the backend asked for cannot run here
 */
export async function withRanking<T>(
  asked: RankingBackend | RankingRequest | undefined,
  work: RankingWork,
  use: (backend: RankingBackend) => Promise<T>,
): Promise<T> {
  if (typeof asked === "object") return use(asked);
  const { backend } = await chooseRanking({ backend: asked, work });
  try {
    return await use(backend);
  } finally {
    backend.close();
  }
}
