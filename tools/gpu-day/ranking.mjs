// Milliseconds a query of the 100 nearest: node ranking.mjs BACKEND COUNT. The codes are made there, from a seed.
import { packedCodes } from "../../lib/codes/packed-codes.js";
import { chooseRanking } from "../../lib/ranking/choose-ranking.js";
import { mixedCodes } from "./mixed.mjs";
import { attempt, SETTINGS, time } from "./part.mjs";

const [BITS, NEAREST] = [64, 100];
const [backendName, count] = process.argv.slice(2);

const database = { codes: packedCodes(mixedCodes(Number(count), 0), BITS) };
const { backend } = await chooseRanking({ backend: backendName });
for (const queries of SETTINGS.small ? [5, 1] : [100, 1]) {
  const sides = { queries: { codes: packedCodes(mixedCodes(queries, 0x9e3779b9), BITS) }, database };
  const work = `10^${Math.log10(Number(count))} codes, ${queries} ${queries === 1 ? "query" : "queries"} a call`;
  await attempt({ table: "ranking", work, candidate: `hashbook ${backendName}` }, async () => {
    let sum = 0;
    const { median } = await time(async () => {
      const { distances } = await backend.nearest(sides, { k: NEAREST });
      sum = distances.data.reduce((a, b) => a + b, 0);
    });
    return {
      value: median / queries,
      unit: "ms/query",
      note: `distances sum to ${sum}; the database goes to it in each call`,
    };
  });
}
backend.close();
