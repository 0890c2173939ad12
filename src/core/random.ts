import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";

/** Spreads neighbouring seeds over the whole 32-bit range (the finaliser of MurmurHash3). */
function mixSeed(seed: number): number {
  let h = seed | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** A seeded stream of random numbers (xoroshiro128+). The same seed gives the same stream on every machine. */
export class Random {
  private readonly generator: RandomGenerator;

  /** @param seed any integer; only its low 32 bits count */
  constructor(readonly seed: number) {
    this.generator = xoroshiro128plus(mixSeed(seed));
  }

  /** An independent stream for one purpose, so that a draw added in one place moves nothing in another. */
  stream(purpose: string): Random {
    let h = mixSeed(this.seed ^ 0x9e3779b9);
    for (let i = 0; i < purpose.length; i++) h = mixSeed(h ^ purpose.charCodeAt(i));
    return new Random(h);
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    return uniformFloat64(this.generator);
  }

  /** Uniform integer in 0..bound-1. */
  integer(bound: number): number {
    return uniformInt(this.generator, 0, bound - 1);
  }

  /** `count` draws of a normal distribution with mean 0 (Box-Muller). */
  normals(count: number, standardDeviation = 1): Float32Array {
    const values = new Float32Array(count);
    for (let i = 0; i < count; i += 2) {
      const radius = standardDeviation * Math.sqrt(-2 * Math.log(1 - this.uniform()));
      const angle = 2 * Math.PI * this.uniform();
      values[i] = radius * Math.cos(angle);
      if (i + 1 < count) values[i + 1] = radius * Math.sin(angle);
    }
    return values;
  }

  /** `count` draws uniform in [low, high). */
  uniforms(count: number, low = 0, high = 1): Float32Array {
    return Float32Array.from({ length: count }, () => low + (high - low) * this.uniform());
  }

  /** 0..n-1 in random order (Fisher-Yates). */
  permutation(n: number): Int32Array {
    const order = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }
}
