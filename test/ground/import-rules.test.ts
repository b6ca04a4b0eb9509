import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cruise, type ICruiseOptions, type ICruiseResult } from 'dependency-cruiser';
import { afterAll, expect, expectTypeOf, test } from 'vitest';
import type { Google, GoogleReader } from '../../src/core/ports.ts';
import type { DiffReader } from '../../src/engine/diff.ts';

const root = join(import.meta.dirname, '..', '..');
const rules = createRequire(import.meta.url)(join(root, '.dependency-cruiser.cjs')) as {
  readonly forbidden: NonNullable<ICruiseOptions['ruleSet']>['forbidden'];
  readonly options: ICruiseOptions;
}; // what the file says
const trees: string[] = [];

afterAll(() => {
  for (const tree of trees) rmSync(tree, { recursive: true });
});

async function cruised(baseDir: string): Promise<ICruiseResult> {
  const ruleSet = { forbidden: rules.forbidden ?? [] };
  const { output } = await cruise(
    ['src'],
    { ...rules.options, ruleSet, validate: true, baseDir },
    rules.options.enhancedResolveOptions,
  );
  if (typeof output === 'string') throw new Error('a result as text');
  return output;
}

/** The rules that a tree of files breaks: paths, and what each imports. */
async function brokenBy(files: Readonly<Record<string, readonly string[]>>): Promise<readonly string[]> {
  const tree = mkdtempSync(join(tmpdir(), 'calsync-rules-'));
  trees.push(tree);
  writeFileSync(
    join(tree, 'package.json'),
    JSON.stringify({ type: 'module', dependencies: { kysely: '*', '@googleapis/calendar': '*' } }),
  );
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
  for (const [path, imports] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    const lines = imports.map(
      (from, index) => `import { x as x${index} } from '${from}';\nexport const y${index} = x${index};`,
    );
    writeFileSync(join(tree, path), [...lines, 'export const x = 1;'].join('\n'));
  }
  const { summary } = await cruised(tree);
  return [...new Set(summary.violations.map(({ rule }) => rule.name))].sort();
}

test('every import of calsync keeps the rules', async () => {
  const { modules, summary } = await cruised(root);
  const ours = modules.filter(({ source }) => source.startsWith('src/'));
  expect(ours.length, 'the parser has to see the modules').toBeGreaterThan(50);
  const imports = ours.flatMap(({ dependencies }) => dependencies);
  expect(imports.length).toBeGreaterThan(ours.length);
  expect(
    imports.some(({ dependencyTypes }) => dependencyTypes.includes('type-only')),
    'type imports count',
  ).toBe(true);
  expect(summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} imports ${to}`)).toEqual([]);
});

test('a tree that keeps the rules breaks none', async () => {
  expect(
    await brokenBy({
      'src/core/plan.ts': ['node:crypto'],
      'src/store/binding.ts': ['../core/plan.ts', 'kysely'],
      'src/google/events.ts': ['../core/plan.ts', '@googleapis/calendar'],
      'src/write/put.ts': ['../store/binding.ts'],
      'src/engine/turn.ts': ['../write/put.ts', '../google/events.ts', './diff.ts'],
      'src/engine/diff.ts': ['../store/binding.ts'],
      'src/server/push.ts': ['../store/binding.ts', '../write/put.ts'],
      'src/daemon/timer.ts': ['../server/push.ts', '../engine/turn.ts'],
      'src/config.ts': ['../src/core/plan.ts'],
      'src/app.ts': ['./config.ts', './daemon/timer.ts'],
      'src/cli/main.ts': ['../app.ts', '../index.ts', '../emulator/index.ts'],
      'src/index.ts': ['./write/put.ts'],
      'src/emulator/index.ts': ['./state.ts'],
      'src/emulator/state.ts': [],
    }),
  ).toEqual([]);
});

const store = { 'src/store/binding.ts': [] };

test.each<[string, string, Readonly<Record<string, readonly string[]>>]>([
  ['core imports the store', 'rank-0-core', { ...store, 'src/core/plan.ts': ['../store/binding.ts'] }],
  ['two of one rank meet', 'rank-1-mail', { ...store, 'src/mail/report.ts': ['../store/binding.ts'] }],
  [
    'the write path imports the engine',
    'rank-2-write',
    { 'src/write/put.ts': ['../engine/turn.ts'], 'src/engine/turn.ts': [] },
  ],
  ['the engine imports the app', 'rank-3-engine', { 'src/engine/turn.ts': ['../app.ts'], 'src/app.ts': [] }],
  [
    'the server imports the daemon',
    'rank-4-server',
    { 'src/server/push.ts': ['../daemon/timer.ts'], 'src/daemon/timer.ts': [] },
  ],
  [
    'the daemon imports the command line',
    'rank-5-daemon',
    { 'src/daemon/timer.ts': ['../cli/main.ts'], 'src/cli/main.ts': [] },
  ],
  ['the app imports the command line', 'rank-6-app', { 'src/app.ts': ['./cli/main.ts'], 'src/cli/main.ts': [] }],
  ['a circle', 'no-circles', { 'src/core/a.ts': ['./b.ts'], 'src/core/b.ts': ['./a.ts'] }],
  ['a folder without a rank', 'known-folders', { ...store, 'src/util/text.ts': ['../store/binding.ts'] }],
  [
    'a push that can reconcile',
    'server-cannot-reconcile',
    { 'src/server/push.ts': ['../engine/turn.ts'], 'src/engine/turn.ts': [] },
  ],
  [
    'a diff that reaches the write path',
    'diff-cannot-write',
    {
      'src/engine/diff.ts': ['./plan-round.ts'],
      'src/engine/plan-round.ts': ['../write/put.ts'],
      'src/write/put.ts': [],
    },
  ],
  [
    'an emulator that borrows',
    'emulator-knows-nothing',
    { 'src/emulator/index.ts': ['../core/plan.ts'], 'src/core/plan.ts': [] },
  ],
  [
    'a way round its door',
    'emulator-by-its-door',
    { 'src/cli/demo.ts': ['../emulator/state.ts'], 'src/emulator/state.ts': [] },
  ],
  [
    'an engine that knows the emulator',
    'emulator-apart',
    { 'src/engine/turn.ts': ['../emulator/index.ts'], 'src/emulator/index.ts': [] },
  ],
  ['SQL outside the store', 'sql-in-store', { 'src/engine/turn.ts': ['kysely'] }],
  ['a second Google client', 'google-in-google', { 'src/engine/turn.ts': ['@googleapis/calendar'] }],
  ['a core that reads files', 'core-is-pure', { 'src/core/plan.ts': ['node:fs'] }],
  ['code that needs a test', 'no-test-code', { 'src/core/plan.ts': ['../../test/rows.ts'], 'test/rows.ts': [] }],
  ['a package that users do not get', 'no-development-package', { 'src/core/plan.ts': ['fast-check'] }],
  ['an import of nothing', 'resolvable', { 'src/core/plan.ts': ['./gone.ts'] }],
])('%s: caught', async (_situation, rule, files) => {
  expect(await brokenBy(files)).toContain(rule);
});

test('what a diff is given has no write in it (judged by the type checker)', () => {
  expectTypeOf<ReturnType<DiffReader['google']>>().resolves.toEqualTypeOf<GoogleReader>();
  expectTypeOf<keyof DiffReader['db']>().toEqualTypeOf<'transaction'>();
  expectTypeOf<keyof GoogleReader>().exclude<'listEvents' | 'getEvent' | 'getCalendar'>().toEqualTypeOf<never>();
  expectTypeOf<Google>().toExtend<GoogleReader>();
});
