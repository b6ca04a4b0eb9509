import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Controlled, handlersOf } from '../../src/emulator/control.ts';
import { faultShape, limitsShape, switchesShape } from '../../src/emulator/control-shapes.ts';
import { faultErrors } from '../../src/emulator/faults.ts';
import { routes } from '../../src/emulator/routes.ts';
import { defaultLimits, defaultSwitches } from '../../src/emulator/switches.ts';
import { dataDirectory, discoveryMethods, schemaProblems } from './discovery.ts';
import { start } from './harness.ts';

const document = readFileSync(new URL('../../docs/emulator.md', import.meta.url), 'utf8');

describe('docs/emulator.md', () => {
  test.each(Object.entries(defaultSwitches))('names the switch %s with its default', (name, value) => {
    const row = document.split('\n').find((line) => line.startsWith(`| \`${name}\``)) ?? '';
    const shown = typeof value === 'object' ? JSON.stringify(value) : String(value);
    expect(row.split('|')[2]?.trim().startsWith(`\`${shown}\``)).toBe(true);
  });

  test.each([...Object.keys(defaultLimits), ...faultErrors])('names %s', (name) => {
    expect(document).toMatch(new RegExp(`\\b${name}\\b`));
  });
});

const endpoints = [...handlersOf({} as Controlled).keys()];
test.each(endpoints)('docs/emulator.md names the control endpoint %s', (endpoint) => {
  const [method = '', path = ''] = endpoint.split(' ');
  const rows = document.split('\n').filter((line) => line.startsWith('| ') && line.includes('/control/'));
  const name = path.split('/').at(-1) ?? '';
  expect(rows.some((row) => row.includes(method) && new RegExp(`[/\`]${name}\\b`).test(row))).toBe(true);
});

const actions = faultShape.shape.action.options.map(({ shape }) => [...shape.kind.values][0] ?? '');
test.each(actions)('docs/emulator.md names the fault %s', (kind) => {
  expect(document).toContain(`'${kind}'`);
});

test.each(routes)('docs/emulator.md names $operation', ({ operation }) => {
  const [, resource = '', method = ''] = operation.split('.');
  const row = document.split('\n').find((line) => line.startsWith(`| \`${resource}\``)) ?? '';
  expect(row).toMatch(new RegExp(`\\b${method}\\b`));
});

test('the control door takes every switch and every limit', () => {
  expect(Object.keys(switchesShape.shape).sort()).toEqual(Object.keys(defaultSwitches).sort());
  expect(Object.keys(limitsShape.shape).sort()).toEqual(Object.keys(defaultLimits).sort());
});

describe.skipIf(dataDirectory === undefined)('the discovery document (needs CALSYNC_TEST_DATA)', () => {
  test.each(routes)('has $operation with that method, path and scopes', ({ operation, method, path, scopes }) => {
    const described = discoveryMethods()[operation];
    expect(described?.httpMethod).toBe(method);
    expect(described?.path.replaceAll(/\{(\w+)\}/g, ':$1')).toBe(path);
    const full = 'https://www.googleapis.com/auth/calendar';
    expect([...scopes].sort()).toEqual(described?.scopes.filter((scope) => scope !== full).sort());
  });

  test('a method of it that is not emulated is answered 501', async () => {
    const { call } = await start();
    expect((await call('POST', 'calendars/primary/events/quickAdd?text=Lunch')).status).toBe(501);
  });

  test('the check of answers finds an unknown field, a wrong type and a wrong format', () => {
    const wrong = { kind: 'calendar#event', colour: 'red', sequence: '1', start: { date: '7.9.2026' } };
    expect(schemaProblems(wrong)).toEqual([
      'Event.colour: unknown field',
      'Event.sequence: not an integer',
      'Event.start.date: not a date',
    ]);
  });
});
