import { badRequest } from './api-error.ts';
import { isObject } from './event-times.ts';
import type { Attendee, EventContent, Json, ResponseStatus } from './model.ts';
import type { State, StoredCalendar } from './state.ts';
import type { Switches } from './switches.ts';

const responses: readonly string[] = ['needsAction', 'declined', 'tentative', 'accepted'];
const address = /^[^\s@<>]+@[^\s@<>]+$/;

/**
 * The list as Google stores it (API facts §4): addresses in lower case, an entry without an answer has
 * `needsAction`, an address given twice counts once. Throws 400 for an entry without a usable address.
 */
export function parseAttendees(
  value: Json | undefined,
  maximum: number,
  { addressAliases, attendeeOrder }: Switches,
): readonly Attendee[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw badRequest('invalid', 'Invalid value for: attendees');
  const byEmail = new Map<string, Attendee>();
  for (const entry of value as readonly Json[]) {
    const attendee = parseAttendee(entry, addressAliases);
    if (!byEmail.has(attendee.email)) byEmail.set(attendee.email, attendee);
  }
  if (byEmail.size > maximum) throw badRequest('invalid', 'Too many attendees.');
  const guests = [...byEmail.values()];
  return attendeeOrder === 'by_address' ? guests.sort((left, right) => (left.email < right.email ? -1 : 1)) : guests;
}

/**
 * What Google takes of a list beside what it says (API facts §4): `resource` counts only when the guest is first added;
 * by switches, answers preset for guests who are new here are reset, and guests are called as their accounts are.
 */
export function takenGuests(
  state: State,
  calendar: StoredCalendar,
  content: EventContent,
  old: readonly Attendee[] | undefined,
): EventContent {
  if (content.attendees === undefined) return content;
  const known = new Map(old?.map((guest) => [guest.email, guest]));
  const attendees = content.attendees.map((guest) => {
    const before = known.get(guest.email);
    const reset = before === undefined && guest.email !== calendar.row.id && state.switches.presetAnswers === 'reset';
    const answer = reset && state.calendars.has(guest.email) ? { responseStatus: 'needsAction' as const } : {};
    return { ...withFirstResource(guest, before), ...answer, ...nameOf(state, guest.email) };
  });
  return { ...content, attendees };
}

function withFirstResource({ resource, ...guest }: Attendee, before: Attendee | undefined): Attendee {
  const kept = before === undefined ? resource : before.resource;
  return kept === true ? { ...guest, resource: kept } : guest;
}

function nameOf(state: State, email: string): { displayName?: string } {
  const displayName = state.switches.guestNames === 'of_account' ? state.accounts.get(email)?.displayName : undefined;
  return displayName === undefined ? {} : { displayName };
}

function parseAttendee(entry: Json, aliases: Readonly<Record<string, string>>): Attendee {
  if (!isObject(entry)) throw badRequest('invalid', 'Invalid value for: attendees');
  const { email, displayName, id, optional, resource, comment, additionalGuests } = entry;
  if (email === undefined || email === null) throw badRequest('required', 'Missing attendee email.');
  if (typeof email !== 'string' || !address.test(email)) throw badRequest('invalid', 'Invalid attendee email.');
  return {
    email: aliases[email.toLowerCase()] ?? email.toLowerCase(),
    responseStatus: parseResponse(entry.responseStatus),
    ...(typeof id === 'string' ? { id } : {}),
    ...(typeof displayName === 'string' && displayName !== '' ? { displayName } : {}),
    ...(optional === true ? { optional } : {}),
    ...(resource === true ? { resource } : {}),
    ...(typeof comment === 'string' && comment !== '' ? { comment } : {}),
    ...(typeof additionalGuests === 'number' && additionalGuests > 0 ? { additionalGuests } : {}),
  };
}

function parseResponse(value: Json | undefined): ResponseStatus {
  if (value === undefined || value === null) return 'needsAction';
  if (typeof value === 'string' && responses.includes(value)) return value as ResponseStatus;
  throw badRequest('invalid', 'Invalid value for: responseStatus');
}
