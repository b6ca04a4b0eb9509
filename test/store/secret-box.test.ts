import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { CalsyncError } from '../../src/core/error.ts';
import type { Random } from '../../src/core/ports.ts';
import { isSealedWithOlderKey, openSecret, parseSecretKeys, sealSecret } from '../../src/store/secret-box.ts';

const OLD = Buffer.alloc(32, 1).toString('base64');
const NEW = Buffer.alloc(32, 2).toString('base64');
const SECRET = '1//a-refresh-token';
const CONTEXT = 'owner@example.com';
/** SECRET as a database may hold it, under OLD. */
const STORED = 'v1.b3c20cb0.AAAAAAAAAAAAAAAB.ivW_5vFMHER7VqMRGFLGDHFO5AhCFMoZCjfrrzqKSLUURw';

/** Counts up, so that no two nonces are the same and every run is. */
function countingRandom(): Random {
  let count = 0;
  return { fraction: () => 0, hex: (byteCount) => (++count).toString(16).padStart(byteCount * 2, '0') };
}

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (thrown) {
    return thrown;
  }
  throw new Error('it was expected to fail');
}

describe('a sealed secret', () => {
  test('opens again with its key and context, whatever characters it has', () => {
    const keys = parseSecretKeys(OLD);
    for (const secret of [SECRET, '', 'naïve · 東京', 'x'.repeat(5000)]) {
      expect(openSecret(sealSecret(secret, CONTEXT, keys, countingRandom()), CONTEXT, keys)).toBe(secret);
    }
  });

  test('of version 1 opens in every later version', () => {
    expect(openSecret(STORED, CONTEXT, parseSecretKeys(OLD))).toBe(SECRET);
    expect(sealSecret(SECRET, CONTEXT, parseSecretKeys(OLD), countingRandom())).toBe(STORED);
  });

  test('shows neither secret nor key, and is another one each time', () => {
    const random = countingRandom();
    const keys = parseSecretKeys(OLD);
    const boxes = [1, 2].map(() => sealSecret(SECRET, CONTEXT, keys, random));
    expect(new Set(boxes).size).toBe(2);
    expect(boxes.join()).not.toContain(Buffer.from(SECRET).toString('base64url').slice(0, 12));
  });

  test('does not open for another context: a row copied over another one is of no use', () => {
    const keys = parseSecretKeys(OLD);
    const box = sealSecret(SECRET, CONTEXT, keys, countingRandom());
    expect(thrownBy(() => openSecret(box, 'thief@example.com', keys))).toMatchObject({
      kind: 'usage',
      reason: 'secret_damaged',
    });
  });

  test('does not open when any of its characters was changed', () => {
    const keys = parseSecretKeys(OLD);
    for (let at = 0; at < STORED.length; at++) {
      const changed = STORED.slice(0, at) + (STORED[at] === 'A' ? 'B' : 'A') + STORED.slice(at + 1);
      expect(thrownBy(() => openSecret(changed, CONTEXT, keys))).toBeInstanceOf(CalsyncError);
    }
  });

  test.each(['', 'plain text', 'v2.00000000.AAAA.BBBB', 'v1..AAAAAAAAAAAAAAAA.BBBB', 'v1.a.b.c.d'])(
    'that is "%s" is called damaged',
    (box) => {
      expect(thrownBy(() => openSecret(box, CONTEXT, parseSecretKeys(OLD)))).toMatchObject({
        reason: 'secret_damaged',
      });
    },
  );
});

describe('several keys', () => {
  test('the first encrypts, all decrypt, and what is left to seal again can be seen', () => {
    const before = parseSecretKeys(OLD);
    const during = parseSecretKeys(`${NEW}, ${OLD}`);
    const after = parseSecretKeys(NEW);
    const random = countingRandom();
    const box = sealSecret(SECRET, CONTEXT, before, random);
    expect(isSealedWithOlderKey(box, before)).toBe(false);
    expect(isSealedWithOlderKey(box, during)).toBe(true);

    const again = sealSecret(openSecret(box, CONTEXT, during), CONTEXT, during, random);
    expect(isSealedWithOlderKey(again, during)).toBe(false);
    expect(openSecret(again, CONTEXT, after)).toBe(SECRET);
  });

  test('without the right one it says which is missing and what to do', () => {
    const box = sealSecret(SECRET, CONTEXT, parseSecretKeys(OLD), countingRandom());
    const error = thrownBy(() => openSecret(box, CONTEXT, parseSecretKeys(NEW)));
    expect(error).toMatchObject({ kind: 'usage', reason: 'secret_key_missing' });
    expect(error).toHaveProperty('message', expect.stringContaining(box.split('.')[1] ?? 'no key id'));
    expect(error).toHaveProperty('message', expect.stringContaining('CALSYNC_SECRET_KEY'));
  });
});

test.each([
  ['nothing', ''],
  ['31 bytes', Buffer.alloc(31, 7).toString('base64')],
  ['33 bytes', Buffer.alloc(33, 7).toString('base64')],
  ['hexadecimal', Buffer.alloc(32, 7).toString('hex')],
  ['a passphrase', 'correct horse battery staple, correct horse'],
  ['a good key and an empty one', `${OLD},`],
])('a setting of %s is refused without being quoted', (_what, text) => {
  const error = thrownBy(() => parseSecretKeys(text));
  expect(error).toMatchObject({ kind: 'usage' });
  if (text !== '') expect(inspect(error, { depth: 9 })).not.toContain(text.slice(0, 10));
});
