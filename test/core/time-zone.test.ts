import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  canonicalTimeZone,
  isTimeZone,
  sameTimeZone,
  suggestTimeZone,
  timeZoneNames,
} from '../../src/core/time-zone.ts';
import { offsetMinutesAt } from '../../src/core/wall-clock.ts';
import { testDataText } from './test-data.ts';

describe('names of zones', () => {
  test('IANA names and their aliases are accepted', () => {
    for (const name of [
      'Europe/Copenhagen',
      'Asia/Calcutta',
      'Asia/Kolkata',
      'UTC',
      'GMT',
      'EST5EDT',
      'US/Pacific',
      'Etc/GMT+5',
    ])
      expect(isTimeZone(name), name).toBe(true);
  });

  test('what only some programs take is refused', () => {
    for (const name of [
      '+02:00',
      'UTC+2',
      'CET-1CEST',
      'PST',
      'CEST',
      'Factory',
      'europe/copenhagen',
      ' UTC',
      'Europe/Atlantis',
      '',
    ])
      expect(isTimeZone(name), name).toBe(false);
  });

  test('this runtime knows every accepted name', () => {
    for (const name of timeZoneNames) expect(() => offsetMinutesAt(0, name), name).not.toThrow();
  });

  test('a wrong spelling is answered with the right one', () => {
    expect(suggestTimeZone('europe/copenhagen')).toBe('Europe/Copenhagen');
    expect(suggestTimeZone('New York')).toBe('America/New_York');
    expect(suggestTimeZone('America/New York')).toBe('America/New_York');
    expect(suggestTimeZone('utc')).toBe('UTC');
    expect(suggestTimeZone('Middle of nowhere')).toBeNull();
  });
});

describe('zones under several names', () => {
  test('[S09C] Calcutta and Kolkata are one zone', () => {
    expect(sameTimeZone('Asia/Calcutta', 'Asia/Kolkata')).toBe(true);
    expect(canonicalTimeZone('Asia/Calcutta')).toBe('Asia/Kolkata');
  });

  test('zones with different clocks are different zones', () => {
    expect(sameTimeZone('Europe/London', 'Europe/Lisbon')).toBe(false);
    expect(sameTimeZone('Etc/GMT+1', 'Etc/GMT-1')).toBe(false);
    expect(sameTimeZone('Asia/Kolkata', 'Asia/Colombo')).toBe(false);
  });

  test('a name that nobody knows is the same as itself only', () => {
    expect(sameTimeZone('Mars/Olympus', 'Mars/Olympus')).toBe(true);
    expect(sameTimeZone('Mars/Olympus', 'Mars/Base')).toBe(false);
  });

  test('aliases have the same clocks as their zone from 2020 to 2035', () => {
    const instants = Array.from({ length: 60 }, (_, index) => Date.UTC(2020, 3 * index, 1, 12));
    const differing = timeZoneNames.filter((name) =>
      instants.some((instant) => offsetMinutesAt(instant, name) !== offsetMinutesAt(instant, canonicalTimeZone(name))),
    );
    expect(differing).toEqual([]);
  });

  test('every link of tzdata equals its target', (context) => {
    const text = testDataText('tz/iana-links.json');
    if (text === null) return context.skip();
    const table = z.record(z.string(), z.string());
    const links = z.object({ links_debian_2026f: table, upstream_backward_2025c: table }).parse(JSON.parse(text));
    const pairs = [...Object.entries(links.links_debian_2026f), ...Object.entries(links.upstream_backward_2025c)];
    expect(pairs.length).toBeGreaterThan(400);
    expect(pairs.filter(([alias, target]) => !isTimeZone(alias) || !sameTimeZone(alias, target))).toEqual([]);
  });
});
