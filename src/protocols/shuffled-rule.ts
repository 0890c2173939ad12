import { InputError } from "../core/errors.js";
import { labelCount } from "../core/labels.js";
import { Random } from "../core/random.js";
import type { Split } from "../datasets/roles.js";
import type { Labelled } from "../datasets/split.js";
import { scaledCount } from "./class-rule.js";
import { drawnBy } from "./drawn-roles.js";
import type { ProtocolRule, RuleOptions } from "./protocol.js";

/**
 * A rule that shuffles all images, whatever their labels: the first are to train with, the next are queries, the rest is
 * the database.
 */
export function shuffledRule(
  name: string,
  { query, train, from, source }: { query: number; train: number; from: string; source: string },
): ProtocolRule {
  return {
    from,
    text: `of all images in random order ${train} train, ${query} query, the rest database (${source})`,
    draw(dataset: Labelled, options: RuleOptions = {}): Split {
      const { seed = 0 } = options;
      const counts = { query: scaledCount(query, options), train: scaledCount(train, options) };
      const images = labelCount(dataset.labels);
      if (images <= counts.train + counts.query) {
        throw new InputError(`protocol ${name} needs more images`, {
          expected: `more than ${counts.train} to train with and ${counts.query} queries`,
          actual: `${images}`,
        });
      }
      const order = new Random(seed).stream(`protocol ${name}`).permutation(images);
      const end = counts.train + counts.query;
      return {
        protocol: `${name}: of all images ${counts.train} train, ${counts.query} query, the rest database`,
        name,
        asPublished: drawnBy(source),
        seed,
        query: order.slice(counts.train, end).sort(),
        train: order.slice(0, counts.train).sort(),
        database: order.slice(end).sort(),
      };
    },
  };
}
