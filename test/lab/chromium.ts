import { existsSync } from "node:fs";

/** Debian's Chromium, or the browser `HASHBOOK_TEST_CHROMIUM` names. */
export const CHROMIUM: string = process.env.HASHBOOK_TEST_CHROMIUM ?? "/usr/bin/chromium";

/** Why tests that need a browser are skipped; undefined where there is one. */
export const NO_CHROMIUM: string | undefined = existsSync(CHROMIUM)
  ? undefined
  : `there is no ${CHROMIUM}, and HASHBOOK_TEST_CHROMIUM names no other`;
