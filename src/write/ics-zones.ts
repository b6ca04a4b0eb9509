/** Which IANA zone a TZID of an iCalendar file means: it may be anything, and its VTIMEZONE only describes it. */
import { isTimeZone, suggestTimeZone } from '../core/time-zone.ts';
import type { IcsComponent } from './ics-lines.ts';
import { zoneOfWindows } from './windows-zones.ts';

export interface IcsZones {
  /** The IANA name, or null where none can be told. */
  zoneOf(tzid: string): string | null;
  /** The zone of local times without a TZID, where the file names one (X-WR-TIMEZONE). */
  readonly floating: string | null;
}

export function icsZones(calendar: IcsComponent): IcsZones {
  const locations = new Map<string, string>();
  for (const { name, lines } of calendar.components) {
    const [tzid, location] = [textOf(lines, 'TZID'), textOf(lines, 'X-LIC-LOCATION')];
    if (name === 'VTIMEZONE' && tzid !== null && location !== null) locations.set(tzid, location);
  }
  const zoneOf = (tzid: string): string | null =>
    ianaName(tzid) ?? ianaName(locations.get(tzid) ?? '') ?? zoneOfWindows(tzid.replace(/^"(.*)"$/, '$1'));
  const stated = textOf(calendar.lines, 'X-WR-TIMEZONE');
  return { zoneOf, floating: stated === null ? null : zoneOf(stated) };
}

/** `Europe/Paris`, and `/freeassociation.sourceforge.net/Europe/Paris` as several programs write it (RFC 5545 §3.8.3.1). */
function ianaName(tzid: string): string | null {
  if (isTimeZone(tzid)) return tzid;
  const steps = tzid.startsWith('/') ? tzid.slice(1).split('/') : [];
  const tails = steps.map((_, index) => steps.slice(index + 1).join('/'));
  return tails.find(isTimeZone) ?? (isSpelling(tzid) ? suggestTimeZone(tzid) : null);
}

/** Only another spelling of the whole name, never the city alone: that would be a guess. */
function isSpelling(tzid: string): boolean {
  return suggestTimeZone(tzid)?.toLowerCase() === tzid.toLowerCase().replaceAll(' ', '_');
}

function textOf(lines: IcsComponent['lines'], name: string): string | null {
  const found = lines.find(({ text }) => text.toUpperCase().startsWith(`${name}:`));
  return found === undefined ? null : found.text.slice(name.length + 1).trim();
}
