/** People, addresses that do not work, and who may be invited to tests. */
import type { Person } from '../../store/person.ts';
import type { UnreachableAddress } from '../../store/unreachable.ts';
import type { Paint } from '../output.ts';
import { printable } from './printable.ts';
import { tableText } from './table.ts';
import { formatInstant } from './units.ts';

export function personText({ id, displayName, calendarAddress, loginAddresses }: Person): string {
  const lines = [
    `${printable(id)}${displayName === null ? '' : ` (${printable(displayName)})`}`,
    `  invited at ${calendarAddress ?? 'no address: who they are invited as is not said yet'}`,
  ];
  if (loginAddresses.length > 0) lines.push(`  signs in as ${loginAddresses.join(', ')}`);
  return lines.join('\n');
}

export function peopleText(people: readonly Person[], paint: Paint): string {
  if (people.length === 0) return 'Nobody is known yet: calsync people put ID --calendar ADDRESS';
  const rows = people.map((person) => [
    printable(person.id),
    printable(person.displayName ?? ''),
    person.calendarAddress ?? '–',
    person.loginAddresses.join(', '),
  ]);
  return tableText(['person', 'name', 'invited at', 'signs in as'], rows, paint);
}

export function personDocument({ id, displayName, calendarAddress, loginAddresses }: Person): unknown {
  return { person: id, displayName, calendarAddress, loginAddresses };
}

export function unreachableText(addresses: readonly UnreachableAddress[], paint: Paint): string {
  if (addresses.length === 0) return 'No address is known to fail.';
  const rows = addresses.map(({ address, source, since, reason }) => [
    printable(address),
    source,
    formatInstant(since),
    printable(reason),
  ]);
  return tableText(['address', 'refused by', 'since', 'reason'], rows, paint);
}

export function unreachableDocument({ address, source, reason, since }: UnreachableAddress): unknown {
  return { address, source, reason, since: since.toISOString() };
}

export function allowedText(entries: readonly string[]): string {
  return entries.length === 0
    ? 'Nobody may be invited to rows on test calendars.'
    : ['May be invited to rows on test calendars:', ...entries.map((entry) => `  ${printable(entry)}`)].join('\n');
}
