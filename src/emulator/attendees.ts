import { badRequest } from './api-error.ts';
import { isObject } from './event-times.ts';
import type { Attendee, Json, ResponseStatus } from './model.ts';

const responses: readonly string[] = ['needsAction', 'declined', 'tentative', 'accepted'];
const address = /^[^\s@<>]+@[^\s@<>]+$/;

/**
 * The list as Google stores it (API facts §4): addresses in lower case, an entry without an answer has
 * `needsAction`, an address given twice counts once. Throws 400 for an entry without a usable address.
 */
export function parseAttendees(
  value: Json | undefined,
  maximum: number,
  aliases: Readonly<Record<string, string>>,
): readonly Attendee[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw badRequest('invalid', 'Invalid value for: attendees');
  const byEmail = new Map<string, Attendee>();
  for (const entry of value as readonly Json[]) {
    const attendee = parseAttendee(entry, aliases);
    if (!byEmail.has(attendee.email)) byEmail.set(attendee.email, attendee);
  }
  if (byEmail.size > maximum) throw badRequest('invalid', 'Too many attendees.');
  return [...byEmail.values()];
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
