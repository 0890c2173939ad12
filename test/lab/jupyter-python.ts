import { existsSync } from "node:fs";

/**
 * A Python with what jupyter/requirements.txt and requirements-test.txt list and jupyter/papermill, for the tests of front
 * ends: `HASHBOOK_TEST_JUPYTER`, a path. .ci/run makes one.
 */
export const JUPYTER_PYTHON: string | undefined = process.env.HASHBOOK_TEST_JUPYTER;

/** Why tests that need it are skipped; undefined where it is there. */
export const NO_JUPYTER: string | undefined = whyNot();

function whyNot(): string | undefined {
  if (JUPYTER_PYTHON === undefined) return "HASHBOOK_TEST_JUPYTER names no Python with Jupyter";
  // A path that is wrong is a fault of the one who set it, not a reason to skip.
  if (!existsSync(JUPYTER_PYTHON)) throw new Error(`HASHBOOK_TEST_JUPYTER: there is no ${JUPYTER_PYTHON}`);
  return undefined;
}
