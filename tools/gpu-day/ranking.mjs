// Milliseconds a query of the 100 nearest: node ranking.mjs BACKEND COUNT. The codes are made there, from a seed. "gallery"
// keeps them in the memory that is searched, on the processor; to the backends of ranking they go in each call.
import { packedCodes } from "../../lib/codes/packed-codes.js";
import { chooseRanking } from "../../lib/ranking/choose-ranking.js";
import { openCodesGallery } from "../../lib/ranking/open-codes-gallery.js";
import { mixedCodes } from "./mixed.mjs";
import { attempt, SETTINGS, time } from "./part.mjs";

const [BITS, NEAREST] = [64, 100];
const [backendName, count] = process.argv.slice(2);

const codes = packedCodes(mixedCodes(Number(count), 0), BITS);

/** @returns what finds the nearest of the codes, and what ends it */
async function opened() {
  if (backendName === "gallery") return openCodesGallery(codes);
  const { backend } = await chooseRanking({ backend: backendName });
  const nearest = (queries, options) => backend.nearest({ queries: { codes: queries }, database: { codes } }, options);
  return { nearest, close: () => backend.close() };
}

const database = await opened();
for (const queries of SETTINGS.small ? [5, 1] : [100, 1]) {
  const asked = packedCodes(mixedCodes(queries, 0x9e3779b9), BITS);
  const work = `10^${Math.log10(Number(count))} codes, ${queries} ${queries === 1 ? "query" : "queries"} a call`;
  await attempt({ table: "ranking", work, candidate: `hashbook ${backendName}` }, async () => {
    let sum = 0;
    const { median } = await time(async () => {
      const { distances } = await database.nearest(asked, { k: NEAREST });
      sum = distances.data.reduce((a, b) => a + b, 0);
    });
    return {
      value: median / queries,
      unit: "ms/query",
      note: `distances sum to ${sum}`,
    };
  });
}
await database.close();
