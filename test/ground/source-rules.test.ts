import { expect, test } from 'vitest';
import { nameOf, parsed, type SourceFile, type SyntaxNode, sourceFiles } from './source-tree.ts';

/** Gives what a node does against a rule, or null. */
type Offence = (node: SyntaxNode) => string | null;

const files = sourceFiles('src/**/*.ts');

function offences(from: readonly SourceFile[], offence: Offence, allowed: readonly string[] = []): readonly string[] {
  return from
    .filter(({ path }) => !allowed.includes(path))
    .flatMap(({ path, nodes }) =>
      nodes.flatMap((node) => {
        const found = offence(node);
        return found === null ? [] : [`${path}: ${found}`];
      }),
    );
}

/** What the rule finds in a piece of code. */
function foundIn(code: string, offence: Offence): number {
  return offences([parsed('code.ts', code)], offence).length;
}

const clocks = ['Date.now', 'performance.now', 'process.hrtime', 'process.uptime'];
const timers = ['setTimeout', 'setInterval', 'AbortSignal.timeout'];

const readsTime: Offence = (node) => {
  const name = nameOf(node);
  if (name !== null && clocks.includes(name)) return name;
  if (node.type === 'CallExpression' && timers.includes(nameOf(node.callee) ?? '')) return `${nameOf(node.callee)}()`;
  if (node.type === 'CallExpression' && nameOf(node.callee) === 'Date') return 'Date()';
  if (node.type === 'NewExpression' && nameOf(node.callee) === 'Date' && isEmpty(node.arguments)) return 'new Date()';
  return importOf(node, /^(node:)?timers/);
};

const readsChance: Offence = (node) => {
  const name = nameOf(node);
  if (name === 'Math.random' || name?.startsWith('crypto.random')) return name;
  const chance = ['randomBytes', 'randomUUID', 'randomInt', 'randomFillSync', 'getRandomValues'];
  const imported = node.type === 'ImportSpecifier' ? nameOf(node.imported ?? node.local) : null;
  return imported !== null && chance.includes(imported) ? imported : null;
};

const readsEnvironment: Offence = (node) => (nameOf(node) === 'process.env' ? 'process.env' : null);

const isAsynchronous: Offence = (node) => {
  // A method's function is a part of it without a type of its own.
  const { async = node.async } = (node.function ?? {}) as Partial<SyntaxNode>;
  if (async === true) return 'an async function';
  if (node.type === 'AwaitExpression') return 'await';
  return node.type === 'NewExpression' && nameOf(node.callee) === 'Promise' ? 'new Promise' : null;
};

const exportsDefault: Offence = (node) =>
  node.type === 'ExportDefaultExpression' || node.type === 'ExportDefaultDeclaration' ? 'a default export' : null;

const exportsEverything: Offence = (node) => (node.type === 'ExportAllDeclaration' ? 'export *' : null);

function isEmpty(list: unknown): boolean {
  return !Array.isArray(list) || list.length === 0;
}

function importOf(node: SyntaxNode, pattern: RegExp): string | null {
  if (node.type !== 'ImportDeclaration') return null;
  const { value } = node.source as { readonly value: string }; // every import has one
  return pattern.test(value) ? `imports ${value}` : null;
}

test('the sources are seen', () => {
  expect(files.length).toBeGreaterThan(50);
});

test('time comes from the clock port alone', () => {
  const allowed = [
    'src/sandbox/system-clock.ts', // the port's implementation
    'src/emulator/index.ts', // a Google of its own has a clock of its own
    'src/emulator/push.ts', // and gives up by itself on an address that does not answer
    'src/cli/main.ts', // how soon a person presses Ctrl-C again
  ];
  expect(offences(files, readsTime, allowed)).toEqual([]);
});

test('chance comes from the random port alone', () => {
  const allowed = [
    'src/app.ts', // the port's implementation
    'src/sandbox/kept-secret.ts', // processes that nobody hands a port to make their secret there
  ];
  expect(offences(files, readsChance, allowed)).toEqual([]);
});

test('the environment is read in one place', () => {
  expect(offences(files, readsEnvironment, ['src/config.ts'])).toEqual([]);
});

test('core is synchronous', () => {
  const core = files.filter(({ path }) => path.startsWith('src/core/'));
  expect(core.length).toBeGreaterThan(20);
  expect(offences(core, isAsynchronous)).toEqual([]);
});

test('nothing is exported as default', () => {
  expect(offences([...files, ...sourceFiles('test/**/*.ts')], exportsDefault)).toEqual([]);
});

test('only the two doors are barrels', () => {
  const doors = ['src/index.ts', 'src/emulator/index.ts'];
  expect(offences(files, exportsEverything)).toEqual([]);
  const indexes = files.filter(({ path }) => path.endsWith('/index.ts') && !doors.includes(path));
  const barrels = files.filter(({ path, statements }) => !doors.includes(path) && statements.every(isReexport));
  expect([...indexes, ...barrels].map(({ path }) => path)).toEqual([]);
});

function isReexport({ type, source }: SyntaxNode): boolean {
  return type === 'ExportNamedDeclaration' && source !== null;
}

test.each<[string, Offence]>([
  ['const at = Date.now();', readsTime],
  ['const now = Date.now;', readsTime],
  ['const at = new Date();', readsTime],
  ['const text = Date();', readsTime],
  ['setTimeout(() => 1, 5);', readsTime],
  ['const signal = AbortSignal.timeout(5);', readsTime],
  ["import { setTimeout as delay } from 'node:timers/promises';", readsTime],
  ['const x = Math.random();', readsChance],
  ["import { randomUUID as id } from 'node:crypto';", readsChance],
  ['const home = process.env.HOME;', readsEnvironment],
  ['const { env } = process.env;', readsEnvironment],
  ['export async function f() {}', isAsynchronous],
  ['export const f = async () => 1;', isAsynchronous],
  ['class A { async f() {} }', isAsynchronous],
  ['export const f = () => new Promise(() => 1);', isAsynchronous],
  ['export default 1;', exportsDefault],
  ['export default function f() {}', exportsDefault],
  ["export * from './plan.ts';", exportsEverything],
])('the rules find %s', (code, offence) => {
  expect(foundIn(code, offence)).toBeGreaterThan(0);
});

test.each<[string, Offence]>([
  ['const at = new Date(0); const day = new Date(Date.UTC(2026, 1, 1)); const clock = { now: () => 1 };', readsTime],
  ["import { createHash } from 'node:crypto'; const random = { fraction: () => 0.5 };", readsChance],
  ['export function f(env: { env: string }): Promise<void> | string { return env.env; }', isAsynchronous],
])('the rules let pass %s', (code, offence) => {
  expect(foundIn(code, offence)).toBe(0);
});
