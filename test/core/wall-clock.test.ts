import fc from 'fast-check';
import { IANAZone } from 'luxon';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { timeZoneNames } from '../../src/core/time-zone.ts';
import {
  formatOffset,
  offsetMinutesAt,
  parseLocalDate,
  parseLocalDateTime,
  parseOffset,
  resolveWallClock,
  wallClockAt,
} from '../../src/core/wall-clock.ts';
import { testDataText } from './test-data.ts';

const localToUtc = z.object({
  cases: z.array(
    z.object({
      zone: z.string(),
      local: z.string(),
      expect: z.enum(['unique', 'gap', 'ambiguous']),
      utc: z.array(z.string()),
      gap_resolutions: z.object({ shift_forward_compatible: z.string() }).optional(),
    }),
  ),
});
const transitionsFile = z.object({
  transitions: z.array(
    z.object({
      zone: z.string(),
      utc: z.string(),
      offset_before: z.string(),
      offset_after: z.string(),
      local_before: z.string(),
      local_after: z.string(),
    }),
  ),
});
const changedZonesFile = z.object({ zones: z.array(z.object({ zone: z.string(), first_differing_date: z.string() })) });

/** Zones whose rules a release after 2025b changed, from the first differing day; Node's data may be either. */
function changedZones(): Map<string, string> {
  const text = testDataText('tz/zones-changed-2025b-to-2026f.json');
  if (text === null) return new Map();
  return new Map(
    changedZonesFile
      .parse(JSON.parse(text))
      .zones.map(({ zone, first_differing_date }) => [zone, first_differing_date]),
  );
}

/** Splits off the cases of changed zones for which this Node's data plainly has the older rules. */
function comparable<Case extends { zone: string }>(
  cases: readonly Case[],
  holds: (one: Case) => boolean,
): readonly Case[] {
  const changed = changedZones();
  const outdated = new Set(cases.filter((one) => changed.has(one.zone) && !holds(one)).map(({ zone }) => zone));
  if (outdated.size > 0)
    console.log(
      `skipped: zones for which tzdata ${process.versions.tz} of this Node differs: ${[...outdated].join(', ')}`,
    );
  return cases.filter(({ zone }) => !outdated.has(zone));
}

describe('local times and instants', () => {
  test('[S09B] a time that is skipped is shifted forward and its next valid time named', () => {
    const clock = resolveWallClock('2026-03-29T02:30:00', 'Europe/Copenhagen');
    expect(clock).toEqual({
      kind: 'gap',
      epochMs: Date.parse('2026-03-29T01:30:00Z'),
      nextValid: '2026-03-29T03:00:00',
    });
  });

  test('[S09B] a time that comes twice is the first, unless an offset picks the second', () => {
    const first = Date.parse('2026-10-25T00:30:00Z');
    const local = '2026-10-25T02:30:00';
    expect(resolveWallClock(local, 'Europe/Copenhagen')).toMatchObject({ kind: 'ambiguous', epochMs: first });
    expect(resolveWallClock(local, 'Europe/Copenhagen', '+02:00')).toMatchObject({ epochMs: first });
    expect(resolveWallClock(local, 'Europe/Copenhagen', '+01:00')).toMatchObject({ epochMs: first + 3_600_000 });
    expect(resolveWallClock(local, 'Europe/Copenhagen', '+05:00')).toMatchObject({ epochMs: first });
  });

  test('a zone that skips a whole day has a gap of a day', () => {
    expect(resolveWallClock('2011-12-30T12:00:00', 'Pacific/Apia')).toMatchObject({
      kind: 'gap',
      nextValid: '2011-12-31T00:00:00',
    });
    expect(resolveWallClock('2011-12-29T23:59:59', 'Pacific/Apia').kind).toBe('unique');
    expect(resolveWallClock('2011-12-31T00:00:00', 'Pacific/Apia').kind).toBe('unique');
  });

  test('a zone that nobody knows and a time that is none are invariants', () => {
    expect(() => resolveWallClock('2026-01-01T00:00:00', 'Mars/Base')).toThrow(/time zone/);
    expect(() => resolveWallClock('yesterday', 'UTC')).toThrow(/not an instant/);
  });

  test('independent table of local times: kinds and instants are exact', (context) => {
    const text = testDataText('tz/dst-local-to-utc.json');
    if (text === null) return context.skip();
    const { cases } = localToUtc.parse(JSON.parse(text));
    const holds = ({ zone, local, expect: kind, utc, gap_resolutions }: (typeof cases)[number]): boolean => {
      const clock = resolveWallClock(local, zone);
      if (clock.kind !== kind) return false;
      const instants = clock.kind === 'ambiguous' ? [clock.firstEpochMs, clock.secondEpochMs] : [clock.epochMs];
      const wanted = clock.kind === 'gap' ? [gap_resolutions?.shift_forward_compatible ?? ''] : utc;
      return instants.join() === wanted.map((instant) => Date.parse(instant)).join();
    };
    const compared = comparable(cases, holds);
    expect(compared.length).toBeGreaterThan(1_000);
    expect(compared.filter((one) => !holds(one))).toEqual([]);
  });

  test('independent table of transitions: offsets and clocks on both sides are exact', (context) => {
    const text = testDataText('tz/dst-transitions.json');
    if (text === null) return context.skip();
    const { transitions } = transitionsFile.parse(JSON.parse(text));
    const holds = (one: (typeof transitions)[number]): boolean => {
      const atMs = Date.parse(one.utc);
      return (
        formatOffset(offsetMinutesAt(atMs - 1, one.zone)) === one.offset_before &&
        formatOffset(offsetMinutesAt(atMs, one.zone)) === one.offset_after &&
        wallClockAt(atMs, one.zone) === one.local_after
      );
    };
    const compared = comparable(transitions, holds);
    expect(compared.length).toBeGreaterThan(250);
    expect(compared.filter((one) => !holds(one))).toEqual([]);
  });

  test('remembered offsets equal luxon at random instants of all zones', () => {
    const instant = fc.integer({ min: 0, max: Date.UTC(2200, 11, 31) / 1_000 }).map((seconds) => seconds * 1_000);
    const recent = fc
      .integer({ min: Date.UTC(2020, 0) / 1_000, max: Date.UTC(2030, 0) / 1_000 })
      .map((seconds) => seconds * 1_000);
    fc.assert(
      fc.property(fc.constantFrom(...timeZoneNames), fc.oneof(instant, recent), (zone, epochMs) => {
        expect(offsetMinutesAt(epochMs, zone)).toBe(IANAZone.create(zone).offset(epochMs));
      }),
      { numRuns: 10_000 },
    );
  });

  test('the clock at an instant leads back to that instant', () => {
    const instant = fc
      .integer({ min: Date.UTC(1973, 0) / 1_000, max: Date.UTC(2199, 0) / 1_000 })
      .map((seconds) => seconds * 1_000);
    fc.assert(
      fc.property(fc.constantFrom(...timeZoneNames), instant, (zone, epochMs) => {
        const offset = formatOffset(offsetMinutesAt(epochMs, zone));
        expect(resolveWallClock(wallClockAt(epochMs, zone), zone, offset).epochMs).toBe(epochMs);
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('forms', () => {
  test('seconds may be left out and are written', () => {
    expect(parseLocalDateTime('2026-11-30T10:00')).toBe('2026-11-30T10:00:00');
    expect(parseLocalDateTime('2026-11-30T23:59:59')).toBe('2026-11-30T23:59:59');
  });

  test('what is no time of a real day is refused', () => {
    for (const text of [
      '2026-02-29T10:00',
      '2026-04-31T10:00',
      '2026-13-01T10:00',
      '2026-00-10T10:00',
      '2026-11-30T24:00',
      '2026-11-30T10:60',
      '2026-11-30T10:00:60',
      '2026-11-30T10:00:00.5',
      '2026-11-30 10:00',
      '1969-12-31T10:00',
      '2201-01-01T10:00',
      '2026-11-30',
      '2026-11-30T10:00Z',
      '2026-11-30T10:00:00\n',
    ])
      expect(parseLocalDateTime(text), text).toBeNull();
  });

  test('leap days exist in leap years only', () => {
    expect(parseLocalDate('2028-02-29')).toBe('2028-02-29');
    expect(parseLocalDate('2100-02-29')).toBeNull();
    expect(parseLocalDate('2026-1-1')).toBeNull();
  });

  test('offsets are read and written in whole minutes', () => {
    expect(parseOffset('+05:30')).toBe(330);
    expect(parseOffset('-03:30')).toBe(-210);
    expect(parseOffset('-00:00')).toBe(0);
    for (const text of ['+5:30', '+15:00', '+05:60', '0530', 'Z']) expect(parseOffset(text), text).toBeNull();
    expect([330, -210, 0].map(formatOffset)).toEqual(['+05:30', '-03:30', '+00:00']);
  });
});
