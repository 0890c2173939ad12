import type { QueryRanking, RankingsOptions } from "./query-ranking.js";
import type { Sides, SideWith } from "./side.js";
import { withGains } from "./with-gains.js";
import { withoutSelf } from "./without-self.js";

/** Rankings by Hamming distance with what was asked for beside; as they are, and as fast, where nothing was. */
export function asAsked(
  rankings: AsyncIterable<QueryRanking>,
  sides: Sides<SideWith<"codes" | "labels">>,
  { self, gains = false }: RankingsOptions,
): AsyncIterable<QueryRanking> {
  const others = self === undefined ? rankings : withoutSelf(rankings, sides, self);
  return gains ? withGains(others, sides, self) : others;
}
