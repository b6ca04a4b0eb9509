import { expect, test } from 'vitest';
import { z } from 'zod';
import { normaliseAddress, parseAddress } from '../../src/core/address.ts';
import { testDataText } from './test-data.ts';

const casesFile = z.object({
  valid: z.array(z.string()),
  valid_old_rule_invalid_now: z.array(z.string()),
  invalid: z.array(z.string()),
  trimmed_before_check: z.array(z.tuple([z.string(), z.string()])),
});

test('every case of the browsers has their verdict', (context) => {
  const text = testDataText('email/html5-email-cases.json');
  if (text === null) return context.skip();
  const cases = casesFile.parse(JSON.parse(text));
  expect(cases.valid.filter((address) => !parseAddress(address).ok)).toEqual([]);
  expect([...cases.invalid, ...cases.valid_old_rule_invalid_now].filter((address) => parseAddress(address).ok)).toEqual(
    [],
  );
  for (const [written, address] of cases.trimmed_before_check)
    expect(parseAddress(written)).toEqual({ ok: true, address });
});

test('an address of 254 characters passes, one more does not', () => {
  const address = (length: number): string => `${'a'.repeat(length - '@example.com'.length)}@example.com`;
  expect(parseAddress(address(254)).ok).toBe(true);
  expect(parseAddress(address(255))).toEqual({ ok: false, problem: 'is longer than 254 characters' });
});

test('an empty address says so', () => {
  expect(parseAddress('  ')).toEqual({ ok: false, problem: 'is empty' });
});

test('[P14] a lower-cased address is the same mailbox', () => {
  expect(normaliseAddress('Ada@Example.COM')).toBe(normaliseAddress('ada@example.com'));
});

test('[P14] Gmail gives back its primary spelling', () => {
  const mailbox = normaliseAddress('adalovelace@gmail.com');
  for (const spelling of ['Ada.Lovelace@gmail.com', 'ada.lovelace+class@googlemail.com', 'adalovelace+a+b@GMAIL.com'])
    expect(normaliseAddress(spelling)).toBe(mailbox);
});

test('dots and tags mean something to other hosts', () => {
  expect(normaliseAddress('a.b+c@example.com')).toBe('a.b+c@example.com');
  expect(normaliseAddress('a.b@notgmail.com')).toBe('a.b@notgmail.com');
});

test('a Gmail address without a mailbox is left as it is', () => {
  expect(normaliseAddress('+x@gmail.com')).toBe('+x@gmail.com');
});
