/** A program as statements, which declare each name once: any split of them into cells means what they mean in one file. */
export interface RandomProgram {
  statements: string[];
}

/** The name of the array to which programs tell what they see. */
export const LOG = "log";

type Pick = <T>(items: readonly T[]) => T;

/** What a program has declared so far, by how it can be used. */
interface Scope {
  numbers: string[];
  variables: string[];
  functions: string[];
  classes: string[];
  objects: string[];
  count: number;
}

/**
 * @param random whole numbers from 0 to below its argument
 * @param length number of statements
 */
export function randomProgram(random: (below: number) => number, length: number): RandomProgram {
  const pick: Pick = items => items[random(items.length)];
  const scope: Scope = { numbers: [], variables: [], functions: [], classes: [], objects: [], count: 0 };
  const statements = [`const ${LOG}: any[] = [];`, declareVariable(scope, pick), declareVariable(scope, pick)];
  const makers = [
    declareVariable,
    declareVariable,
    declareConstant,
    assign,
    assign,
    declareFunction,
    declareClass,
    declareObject,
    loop,
    shadow,
    tell,
    tell,
    wait,
    fail,
    exchange,
  ];
  while (statements.length < length) statements.push(pick(makers)(scope, pick));
  statements.push(`${LOG}.push(${[...scope.numbers, ...scope.variables].join(", ")});`);
  return { statements };
}

const fresh = (scope: Scope, prefix: string): string => `${prefix}${scope.count++}`;

/** A number out of what is known; `locals` are names that only hold where the expression stands. */
function number(scope: Scope, pick: Pick, locals: string[] = []): string {
  const known = [...scope.numbers, ...scope.variables, ...locals];
  const simple = (): string => pick([...known, "1", "2", "7"]);
  const forms = [
    simple,
    simple,
    () => `(${simple()} + ${simple()})`,
    () => `(${simple()} * 3 % 11)`,
    () => `(${simple()} > 3 ? ${simple()} : ${simple()})`,
  ];
  const { functions, classes, objects } = scope;
  if (functions.length > 0)
    forms.push(
      () => `${pick(functions)}(${simple()})`,
      () => `(${pick(functions)} as any)(${simple()})`,
      () => `[${simple()}].map(x => ${pick(functions)}(x))[0]`,
    );
  if (classes.length > 0) forms.push(() => `new ${pick(classes)}(${simple()}).sum()`);
  if (objects.length > 0)
    forms.push(
      () => `(${pick(objects)}.a ?? 0)`,
      () => `((o: any) => o.a)({ ...${pick(objects)} })`,
    );
  if (scope.variables.length > 0) forms.push(() => shorthand(pick(scope.variables)));
  return pick(forms)();
}

const shorthand = (name: string): string => `((o: any) => o.${name})({ ${name} })`;

function declareVariable(scope: Scope, pick: Pick): string {
  const value = number(scope, pick);
  const name = fresh(scope, "v");
  scope.variables.push(name);
  return `${pick(["let", "let", "var"])} ${name}: any = ${value};`;
}

function declareConstant(scope: Scope, pick: Pick): string {
  const [a, b, c] = [number(scope, pick), number(scope, pick), number(scope, pick)];
  const [p, q, r] = [fresh(scope, "c"), fresh(scope, "c"), fresh(scope, "c")];
  const forms = [
    { text: `const ${p}: any = ${a};`, names: [p] },
    { text: `const [${p}, ${q} = ${a}]: any[] = [${b}];`, names: [p, q] },
    { text: `const { x: ${p}, ${q} = ${c}, ...${r} }: any = { x: ${a}, y: ${b} };`, names: [p, q, `${r}.y`] },
    { text: `enum ${p} { A = 2, B }; `, names: [`${p}.B`] },
    { text: `namespace ${p} { export const inner: any = ${a}; }`, names: [`${p}.inner`] },
  ];
  const { text, names } = pick(forms);
  scope.numbers.push(...names);
  return text;
}

function assign(scope: Scope, pick: Pick): string {
  const [name, other, value] = [pick(scope.variables), pick(scope.variables), number(scope, pick)];
  return pick([
    `${name} = ${value};`,
    `${name} += ${value};`,
    `${name}++;`,
    `--${name};`,
    `${name} ??= ${value};`,
    `${name} = ${other} = ${value};`,
    `(${name} as any) = ${value};`,
  ]);
}

function exchange(scope: Scope, pick: Pick): string {
  const [name, other, value] = [pick(scope.variables), pick(scope.variables), number(scope, pick)];
  return pick([
    `[${name}, ${other}] = [${other}, ${value}];`,
    `({ ${name}, z: ${other} = ${value} } = { ${name}: ${value} } as any);`,
    `({ ${name} = ${value} } = {} as any);`,
    `[, ...[${name} = ${value}]] = [1];`,
  ]);
}

function declareFunction(scope: Scope, pick: Pick): string {
  const variable = pick(scope.variables);
  const value = number(scope, pick, ["p"]);
  const name = fresh(scope, "f");
  const text = pick([
    `function ${name}(this: any, p: any): any { ${variable} = (${variable} + p) % 97; return this === undefined ? ${value} : -1; }`,
    `const ${name} = (p: any): any => { ${variable}++; return ${value}; };`,
    `const ${name} = function (p: any, ${variable}: any = 5): any { return ${variable} + ${value}; };`,
    `const ${name} = (p: any): any => [...(function* () { yield ${value}; yield ${variable}++; })()].length;`,
  ]);
  scope.functions.push(name);
  return text;
}

function declareClass(scope: Scope, pick: Pick): string {
  const [value, more] = [number(scope, pick), number(scope, pick)];
  const name = fresh(scope, "K");
  const base = scope.classes.length > 0 ? pick(["", ` extends ${pick(scope.classes)}`]) : "";
  const text = `class ${name}${base} { field: any = ${value}; static shared: any = ${more}; constructor(readonly given: any) { ${base === "" ? "" : "super(given);"} } sum(): any { return (this.field + this.given + ${name}.shared) % 101; } }`;
  scope.classes.push(name);
  return text;
}

function declareObject(scope: Scope, pick: Pick): string {
  const [value, variable] = [number(scope, pick), pick(scope.variables)];
  const name = fresh(scope, "o");
  scope.objects.push(name);
  return `const ${name}: any = { a: ${value}, ${variable}, get twice() { return ${variable} * 2; }, [\`k\${${variable}}\`]: 1 };`;
}

function loop(scope: Scope, pick: Pick): string {
  const [name, value] = [pick(scope.variables), number(scope, pick, ["i"])];
  return pick([
    `for (const i of [1, 2, 3]) { if (i === 2) continue; ${name} = (${name} + ${value}) % 89; }`,
    `for (${name} of [4, 5]) ${LOG}.push(${name});`,
    `for (let i = 0; i < 3; i++) { setTimeout(() => i); ${name} = ${value}; }`,
    `outer: for (const i of [1, 2]) { for (;;) { ${name} = ${value}; continue outer; } }`,
    `switch (${name} % 2) { case 0: { const i = 3; ${LOG}.push(${value}); break; } default: ${LOG}.push(${name}); }`,
  ]);
}

function shadow(scope: Scope, pick: Pick): string {
  const name = pick([...scope.variables, ...scope.functions]);
  return pick([
    `{ const ${name} = 5; ${LOG}.push({ ${name} }.${name}); }`,
    `${LOG}.push(((${name}: any) => ({ ${name} }))(3));`,
    `try { throw 4; } catch (${name}) { ${LOG}.push(${name}); }`,
  ]);
}

function tell(scope: Scope, pick: Pick): string {
  const [value, variable] = [number(scope, pick), pick(scope.variables)];
  return pick([
    `${LOG}.push(${value});`,
    `${LOG}.push(typeof ${variable}, \`\${${value}}\`);`,
    `${LOG}.push({ ${variable}, x: ${value} });`,
  ]);
}

function wait(scope: Scope, pick: Pick): string {
  const [name, value] = [pick(scope.variables), number(scope, pick)];
  return pick([
    `${name} = await (async () => ${value})();`,
    `await (Promise.resolve().then(() => { ${name} = ${value}; }));`,
    `for await (const i of [Promise.resolve(${value})]) ${name} = i;`,
    `${LOG}.push(...(await Promise.all([${value}, ${name}])));`,
  ]);
}

function fail(scope: Scope, pick: Pick): string {
  const [name, value] = [pick(scope.variables), number(scope, pick)];
  return `try { ${name} = ${value}; throw new Error(String(${name})); } catch (error: any) { ${LOG}.push(error.message); } finally { ${name}++; }`;
}
