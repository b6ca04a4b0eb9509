/** One event with its three sides whole: what the table says, what was last written, what Google shows. */
import type { EventSpec } from '../../core/event-spec.ts';
import type { GoogleEvent } from '../../core/google-event.ts';
import { normalObservedText, normalStatedText, type TextFieldName } from '../../core/normal-form.ts';
import { normalObservedTime, readableTime } from '../../core/normal-time.ts';
import { type Binding, type KeyState, liveBindingOf, type Sighting } from '../../core/state.ts';
import { type FieldName, fieldNames, type StatedEvent, statedEventOf } from '../../core/stated-event.ts';
import type { CalendarDiff, DiffReport } from '../../engine/diff.ts';
import { fieldLabel } from '../../mail/report-words.ts';
import type { Paint } from '../output.ts';
import { type DiffLook, headText, itemText } from './diff.ts';
import { printable } from './printable.ts';
import { type Side, sidesText } from './sides.ts';
import { formatInstant } from './units.ts';

export function keyText({ calendars, sides }: DiffReport, look: DiffLook): string {
  const [calendar] = calendars;
  if (calendar === undefined || sides === null) return 'Nothing is known of this key.';
  const binding = liveBindingOf(sides);
  const { bound, others } = sightingsOf(sides, binding);
  const fields = fieldNames.map((field) => sideOf(field, sides, binding, bound)).filter((side) => side !== null);
  const items = calendar.items.filter(({ key }) => key === sides.key);
  return [
    headText(calendar, look.paint),
    '',
    look.paint.bold(printable(sides.key)),
    ...factLines(sides, binding, bound, look.paint),
    ...others.map(
      (other) =>
        `  another event of this key in Google: ${other.eventId} on ${other.calendar}${other.live ? '' : ' (deleted)'}`,
    ),
    '',
    sidesText(fields, { ...look, indent: 2 }),
    '',
    ...(items.length === 0
      ? [standingText(calendar, look.paint)]
      : items.map((item) => itemText({ ...item, fields: [] }, look))),
  ].join('\n');
}

/** How a key stands that no difference is told of. A diff of one key has one status. */
function standingText({ statuses }: CalendarDiff, paint: Paint): string {
  const [status = 'unknown'] = Object.keys(statuses);
  switch (status) {
    case 'in_sync':
      return paint.green('  nothing differs');
    case 'unknown':
      return paint.red('  whether it differs is not known: the calendar was not observed lately');
    default:
      return `  ${status.replaceAll('_', ' ')}: nothing is to be done`;
  }
}

function sightingsOf(
  { sightings }: KeyState,
  binding: Binding | null,
): { readonly bound: Sighting | null; readonly others: readonly Sighting[] } {
  const bound =
    sightings.find(({ calendar, eventId }) => eventId === binding?.eventId && calendar === binding.calendar) ?? null;
  return { bound, others: sightings.filter((sighting) => sighting !== bound) };
}

function factLines(
  { desired }: KeyState,
  binding: Binding | null,
  bound: Sighting | null,
  paint: Paint,
): readonly string[] {
  const fact = (name: string, text: string) => `  ${paint.dim(name.padEnd(14))}  ${text}`;
  return [
    fact('the table', tableFact(desired)),
    fact(
      'last written',
      binding === null
        ? 'never'
        : `revision ${binding.appliedRevision}, ${formatInstant(binding.writtenAt === null ? null : new Date(binding.writtenAt))}, on ${binding.calendar}`,
    ),
    fact('Google', googleFact(binding, bound)),
  ];
}

function tableFact(desired: KeyState['desired']): string {
  switch (desired.kind) {
    case 'absent':
      return 'has no row of this key';
    case 'cancelled':
      return `cancelled, at generation ${desired.row.generation}, revision ${desired.row.revision}, on ${desired.row.spec.calendar}`;
    case 'live':
      return `generation ${desired.row.generation}, revision ${desired.row.revision}, on ${desired.row.spec.calendar}`;
  }
}

function googleFact(binding: Binding | null, bound: Sighting | null): string {
  if (binding === null) return 'no event stands for this key';
  const event = `event ${binding.eventId}`;
  if (bound === null) return `${event} was not seen`;
  return `${event}, ${bound.live ? 'there' : 'deleted'}, seen ${formatInstant(new Date(bound.seenAt))}`;
}

/** Null where no side has anything to say about the field. */
function sideOf(field: FieldName, state: KeyState, binding: Binding | null, bound: Sighting | null): Side | null {
  const desired = state.desired.kind === 'absent' ? null : statedText(field, state.desired.row.spec);
  const applied = binding?.applied == null ? null : statedText(field, binding.applied);
  const observed = bound?.event == null || !bound.live ? null : observedText(field, bound.event);
  const values = [desired, applied, observed];
  if (values.every((value) => value === null || value === '' || value === 'default')) return null;
  return { name: fieldLabel(field), desired, applied, observed };
}

function statedText(field: FieldName, event: EventSpec | StatedEvent): string | null {
  const stated = 'key' in event ? statedEventOf(event) : event;
  switch (field) {
    case 'start':
    case 'end':
      return readableTime(stated[field]);
    case 'attendees':
      return addressesText(stated.attendees);
    default:
      return normalStatedText(field satisfies TextFieldName, stated);
  }
}

function observedText(field: FieldName, event: GoogleEvent): string | null {
  switch (field) {
    case 'start':
    case 'end': {
      const time = normalObservedTime(event[field], 'UTC');
      return time === null ? null : readableTime(time);
    }
    case 'attendees':
      return addressesText(event.attendees ?? []);
    default:
      return normalObservedText(field satisfies TextFieldName, event);
  }
}

function addressesText(guests: readonly { readonly email?: string }[]): string {
  return guests
    .map(({ email }) => (email ?? '').toLowerCase())
    .sort()
    .join(', ');
}
