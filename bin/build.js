// npm run build: lib/ from src/, whether it is stale or not.
import { buildAlways } from "./build-if-stale.js";

try {
  buildAlways();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
