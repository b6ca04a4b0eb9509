import { describe, expect, test } from 'vitest';
import type { GoogleEvent } from '../../src/core/google-event.ts';
import { markAsProperties } from '../../src/core/identity.ts';
import { settle } from '../../src/core/settle.ts';
import { aGoogleEvent, aMark, anIntent, annex, aStated } from '../support/builders.ts';

const found = (revision: number, etag: string, event: Partial<GoogleEvent> = {}) =>
  aGoogleEvent(aStated(), { etag, extendedProperties: { private: markAsProperties(aMark({ revision })) }, ...event });
const cancelled = found(2, '"9"', { status: 'cancelled' });

describe('[S02C] a call whose answer never came', () => {
  const create = anIntent({ kind: 'create', incarnation: 0, etag: null, revision: 2 });
  test.each([
    ['is not there', null, 'not_done'],
    ['is there', found(2, '"5"'), 'done'],
    ['is there with another revision', found(1, '"5"'), 'overtaken'],
    ['is there without its mark', found(2, '"5"', { extendedProperties: {} }), 'overtaken'],
    ['was deleted since', cancelled, 'overtaken'],
  ] as const)('create: the event %s', (_, event, settlement) => {
    expect(settle(create, event, null)).toBe(settlement);
  });

  const patch = anIntent({ kind: 'patch', etag: '"4"', revision: 2 });
  test.each([
    ['is as it was', found(1, '"4"'), 'not_done'],
    ['carries the revision', found(2, '"5"'), 'done'],
    ['was changed by somebody else', found(1, '"5"'), 'overtaken'],
    ['was deleted', cancelled, 'overtaken'],
    ['is not there', null, 'overtaken'],
  ] as const)('patch: the event %s', (_, event, settlement) => {
    expect(settle(patch, event, null)).toBe(settlement);
  });

  const remove = anIntent({ kind: 'delete', etag: '"4"', revision: 2 });
  test.each([
    ['is cancelled', cancelled, 'done'],
    ['is as it was', found(1, '"4"'), 'not_done'],
    ['was changed by somebody else', found(1, '"5"'), 'overtaken'],
  ] as const)('delete: the event %s', (_, event, settlement) => {
    expect(settle(remove, event, null)).toBe(settlement);
  });

  test('[P21] delete: 404 is no proof, the event may be on another calendar', () => {
    expect(settle(remove, null, null)).toBe('overtaken');
  });

  const move = anIntent({ kind: 'move', etag: '"4"', destination: annex });
  test.each([
    ['is at its destination', cancelled, found(1, '"5"'), 'done'],
    ['is as it was', found(1, '"4"'), null, 'not_done'],
    ['is as it was, with a tombstone at its destination', found(1, '"4"'), cancelled, 'not_done'],
    ['was changed by somebody else', found(1, '"5"'), null, 'overtaken'],
    ['is nowhere', null, null, 'overtaken'],
    ['was deleted', cancelled, null, 'overtaken'],
  ] as const)('move: the event %s', (_, here, there, settlement) => {
    expect(settle(move, here, there)).toBe(settlement);
  });
});
