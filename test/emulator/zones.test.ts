import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createZones, isZone } from '../../src/emulator/zones.ts';
import { dataDirectory } from './discovery.ts';

const zones = createZones(() => ({}));
const wall = (local: string): number => Date.parse(`${local}Z`);

interface Case {
  readonly zone: string;
  readonly local: string;
  readonly expect: 'unique' | 'gap' | 'ambiguous';
  readonly utc: readonly string[];
  readonly gap_resolutions?: { readonly shift_forward_compatible: string };
}

describe('wall clocks and instants', () => {
  test.each([
    ['an ambiguous time takes the first', 'Europe/Berlin', '2026-10-25T02:30:00', '2026-10-25T00:30:00Z'],
    ['a time in a gap shifts forward', 'Europe/Berlin', '2026-03-29T02:30:00', '2026-03-29T01:30:00Z'],
    ['half an hour of change', 'Australia/Lord_Howe', '2026-10-04T02:15:00', '2026-10-03T15:45:00Z'],
  ])('%s', (_, zone, local, utc) => {
    expect(new Date(zones.instantOf(zone, wall(local))).toISOString()).toBe(utc.replace('Z', '.000Z'));
  });

  test('offsets, nonsense and injected text are no zones', () => {
    expect(['Europe/Berlin', 'UTC', 'Asia/Calcutta', 'Etc/GMT+5'].every(isZone)).toBe(true);
    expect(['+02:00', '', 'Europe/Nowhere', 'Europe/../Berlin', ' UTC'].some(isZone)).toBe(false);
  });
});

describe.skipIf(dataDirectory === undefined)('an independent engine (needs CALSYNC_TEST_DATA)', () => {
  const read = (file: string) => JSON.parse(readFileSync(join(dataDirectory ?? '', 'tz', file), 'utf8'));

  test('agrees on every local time around every change of offset', () => {
    // Zones whose rules changed recently depend on the age of Node's data.
    const unsettled = new Set(
      read('zones-changed-2025b-to-2026f.json').zones.map(({ zone }: { zone: string }) => zone),
    );
    const cases: Case[] = read('dst-local-to-utc.json').cases.filter(({ zone }: Case) => !unsettled.has(zone));
    const wrong = cases.filter(({ zone, local, utc, gap_resolutions }) => {
      const expected = utc[0] ?? gap_resolutions?.shift_forward_compatible ?? '';
      return zones.instantOf(zone, wall(local)) !== Date.parse(expected);
    });
    expect(cases.length).toBeGreaterThan(500);
    expect(wrong).toEqual([]);
  });
});
