/** A promise that is resolved from outside. */
export interface OpenPromise<Value = void> {
  readonly promise: Promise<Value>;
  resolve(value: Value): void;
}

export function openPromise<Value = void>(): OpenPromise<Value> {
  let resolve!: (value: Value) => void;
  const promise = new Promise<Value>(settle => {
    resolve = settle;
  });
  return { promise, resolve };
}
