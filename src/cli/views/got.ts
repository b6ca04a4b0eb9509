/** One event as it was written, and how it and its guests stand. */
import type { EventTime } from '../../core/event-spec.ts';
import type { EventStatus, Standing } from '../../core/event-status.ts';
import type { GotEvent } from '../../write/get.ts';
import type { Paint } from '../output.ts';
import { printable } from './printable.ts';
import { tableText } from './table.ts';
import { formatInstant } from './units.ts';

export function gotText({ spec, generation, revision, standing }: GotEvent, paint: Paint): string {
  const fact = (name: string, text: string) => `  ${paint.dim(name.padEnd(9))}  ${printable(text)}`;
  const facts = [
    fact('start', timeText(spec.start)),
    fact('end', timeText(spec.end)),
    ...(spec.location === null ? [] : [fact('place', spec.location)]),
    fact('calendar', spec.calendar),
    ...(spec.schedule === null ? [] : [fact('schedule', spec.schedule)]),
    fact('numbers', `generation ${generation}, revision ${revision}`),
    fact('status', standingText(standing)),
  ];
  const guests = standing.attendees.map((guest) => [
    guest.address,
    wordOf(guest.status),
    guest.status === 'in_sync' ? '' : whyText(guest),
  ]);
  return [
    `${paint.bold(printable(spec.key))}${spec.summary === null ? '' : `  ${printable(spec.summary)}`}`,
    ...facts,
    ...(guests.length === 0 ? [] : ['', tableText(['guest', 'status', 'why'], guests, paint)]),
  ].join('\n');
}

function standingText(standing: Standing): string {
  const since = standing.since === null ? '' : `, since ${formatInstant(standing.since)}`;
  return `${wordOf(standing.status)}${since}: ${whyText(standing)}`;
}

function whyText({ reason, fault }: Standing): string {
  return fault === null ? reason : `${reason} (at fault: ${fault})`;
}

function wordOf(status: EventStatus): string {
  return status.replaceAll('_', ' ');
}

function timeText(time: EventTime): string {
  return time.kind === 'date' ? time.date : `${time.local.replace('T', ' ')} ${time.zone}`;
}
