/**
 * Time zone rules of the emulated Google. They are Node's own unless the switch `zoneRules` gives a
 * zone a fixed offset, which is how a test makes "their" tzdata differ from ours.
 */
const quarterHourMs = 900_000;
const cachedOffsetsPerZone = 50_000;
const zoneName = /^[A-Za-z]+(?:[A-Za-z0-9_+-]*)(?:\/[A-Za-z0-9_+-]+)*$/;

interface ZoneRules {
  readonly format: Intl.DateTimeFormat;
  /** Offsets by quarter of an hour: no transition of a modern zone falls inside one. */
  readonly offsets: Map<number, number>;
}

const zones = new Map<string, ZoneRules | null>();

function rulesOf(zone: string): ZoneRules | null {
  const known = zones.get(zone);
  if (known !== undefined) return known;
  const rules = makeRules(zone);
  zones.set(zone, rules);
  return rules;
}

function makeRules(zone: string): ZoneRules | null {
  if (!zoneName.test(zone)) return null;
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset', year: 'numeric' });
    return { format, offsets: new Map() };
  } catch {
    return null;
  }
}

/** True for names that Node's data knows; bare offsets such as `+02:00` are none. */
export function isZone(zone: string): boolean {
  return rulesOf(zone) !== null;
}

/** Offset in milliseconds of `zone` at an instant. The zone must have passed `isZone`. */
function offsetFromData(zone: string, ms: number): number {
  const rules = rulesOf(zone);
  if (rules === null) throw new RangeError('unknown time zone');
  const quarter = Math.floor(ms / quarterHourMs);
  const cached = rules.offsets.get(quarter);
  if (cached !== undefined) return cached;
  const offset = parseLongOffset(rules.format.format(ms));
  if (rules.offsets.size >= cachedOffsetsPerZone) rules.offsets.clear();
  rules.offsets.set(quarter, offset);
  return offset;
}

/** Reads the end of `2026, GMT-05:00`, `… GMT`, or `… GMT-04:56:02`. */
function parseLongOffset(text: string): number {
  const match = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text);
  if (match?.[1] === undefined) return 0;
  const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
  return (match[1] === '-' ? -seconds : seconds) * 1000;
}

export interface Zones {
  /** Milliseconds to add to UTC. */
  offsetAt(zone: string, ms: number): number;
  /** The instant of a wall clock, given as if it were UTC. A gap shifts forward, an ambiguous time takes the first. */
  instantOf(zone: string, wallMs: number): number;
  /** RFC 3339 with the zone's offset, whole seconds, `Z` for zero. */
  render(zone: string, ms: number): string;
}

/** `fixedOffsets` maps zone names to minutes east of UTC that replace the zone's own rules. */
export function createZones(fixedOffsets: () => Readonly<Record<string, number>>): Zones {
  const offsetAt = (zone: string, ms: number): number => {
    const fixed = fixedOffsets()[zone];
    return fixed === undefined ? offsetFromData(zone, ms) : fixed * 60_000;
  };
  return {
    offsetAt,
    instantOf: (zone, wallMs) => {
      const before = offsetAt(zone, wallMs - 86_400_000);
      const after = offsetAt(zone, wallMs + 86_400_000);
      if (offsetAt(zone, wallMs - before) === before) return wallMs - before;
      if (offsetAt(zone, wallMs - after) === after) return wallMs - after;
      return wallMs - before;
    },
    render: (zone, ms) => renderWithOffset(ms, offsetAt(zone, ms)),
  };
}

function renderWithOffset(ms: number, offsetMs: number): string {
  const wall = new Date(ms + offsetMs).toISOString().slice(0, 19);
  if (offsetMs === 0) return `${wall}Z`;
  const minutes = Math.round(Math.abs(offsetMs) / 60_000);
  const hours = String(Math.floor(minutes / 60)).padStart(2, '0');
  return `${wall}${offsetMs < 0 ? '-' : '+'}${hours}:${String(minutes % 60).padStart(2, '0')}`;
}
