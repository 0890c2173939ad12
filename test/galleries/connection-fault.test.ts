import { expect, it } from "vitest";
import { connectionFault } from "../../src/galleries/connection-fault.js";

it.each([
  [
    "No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:19530\nResolution note:",
    "nothing that listens there (ECONNREFUSED): start it",
  ],
  ["connect ECONNREFUSED ::1:8123", "nothing that listens there (ECONNREFUSED): start it"],
  [
    "No connection established. Last error: Error: self-signed certificate. Resolution note: ",
    '"self-signed certificate"',
  ],
  [
    "Name resolution failed for target dns:nowhere.invalid:19530",
    '"Name resolution failed for target dns:nowhere.invalid:19530"',
  ],
])("of %j says %s", (said, found) => {
  expect(connectionFault(said, "start it")).toBe(found);
});
