import { expect, test } from 'vitest';
import { eventIdFor, markAsProperties, markOf } from '../../src/core/identity.ts';
import { planKey } from '../../src/core/plan-key.ts';
import { aContext, aDesired, aKeyState, annex, here } from '../support/builders.ts';

test('[S08B] an event id is 32 characters of base32hex and the same whoever computes it', () => {
  expect(eventIdFor(here, 'class-42/slot-7', 0)).toMatch(/^[0-9a-v]{32}$/);
  // Fixed for ever: another derivation would make every event a second time.
  expect(eventIdFor('installation-here', 'class-42/slot-7', 0)).toBe('aj0b064c49qc5f2dq749id01flk2qov3');
});

test('100,000 keys have 100,000 ids, all in Google’s alphabet', () => {
  const ids = Array.from({ length: 100_000 }, (_, index) => eventIdFor(here, `key-${index}`, 0));
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every((id) => /^[0-9a-v]{32}$/.test(id))).toBe(true);
  // Every character takes every value: no bits are lost on the way.
  expect(new Set(ids.slice(0, 1_000).map((id) => id.slice(-1))).size).toBe(32);
});

test('[P18] incarnation, installation and key all tell ids apart, and cannot be mistaken for one another', () => {
  const ids = [
    eventIdFor(here, 'key', 0),
    eventIdFor(here, 'key', 1),
    eventIdFor('there', 'key', 0),
    eventIdFor(here, 'key","', 0),
    eventIdFor(`${here}","key`, '', 0),
    eventIdFor(here, 'key0', 0),
    eventIdFor(here, 'key', 10),
  ];
  expect(new Set(ids).size).toBe(ids.length);
});

test('[S05A] the id survives a move: the calendar is no part of it', () => {
  const idOn = (calendar: string) => planKey(aKeyState({ desired: aDesired({ calendar }) }), aContext()).call?.eventId;
  expect(idOn('home')).toBe(idOn(annex));
});

test('a mark reads as it was written', () => {
  const mark = { installation: here, key: 'ключ/7', revision: 42 };
  expect(markOf({ id: 'x', extendedProperties: { private: markAsProperties(mark) } })).toEqual(mark);
  expect(Object.keys(markAsProperties(mark)).every((name) => name.length <= 44)).toBe(true);
});

test('half a mark names nobody', () => {
  const whole = markAsProperties({ installation: here, key: 'key', revision: 1 });
  const without = (name: string) => Object.fromEntries(Object.entries(whole).filter(([property]) => property !== name));
  expect(markOf({ id: 'x' })).toBeNull();
  expect(markOf({ id: 'x', extendedProperties: { shared: whole } })).toBeNull();
  expect(markOf({ id: 'x', extendedProperties: { private: without('calsync.installation') } })).toBeNull();
  expect(markOf({ id: 'x', extendedProperties: { private: without('calsync.key') } })).toBeNull();
});

test.each([undefined, 'much', '-1', '1.5', '9007199254740993'])(
  'a revision that reads %j is none, the event is ours all the same',
  (text) => {
    const whole = markAsProperties({ installation: here, key: 'key', revision: 1 });
    const properties = { ...whole, ...(text === undefined ? {} : { 'calsync.revision': text }) };
    if (text === undefined) delete properties['calsync.revision'];
    expect(markOf({ id: 'x', extendedProperties: { private: properties } })).toEqual({
      installation: here,
      key: 'key',
      revision: 0,
    });
  },
);
