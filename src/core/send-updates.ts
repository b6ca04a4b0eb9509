import type { FieldDifference } from './field-diff.ts';
import type { SendUpdates } from './ports.ts';

/*
 * Who is mailed when the row does not say: everyone when the event ends, moves in time or place, or invites someone new; nobody else. A
 * repair mails only when a guest was shown a wrong time or place.
 */

const timeAndPlace: readonly string[] = ['start', 'end', 'location', 'recurrence'];

export function sendUpdatesOnCreate(stated: SendUpdates | null, guestCount: number): SendUpdates {
  return stated ?? (guestCount > 0 ? 'all' : 'none');
}

export function sendUpdatesOnPatch(stated: SendUpdates | null, written: readonly FieldDifference[]): SendUpdates {
  if (stated !== null) return stated;
  const moved = written.some(({ field }) => timeAndPlace.includes(field));
  const invited = written.some(
    ({ kind, guests }) => kind === 'pending' && guests?.some((guest) => guest.kind === 'added'),
  );
  const uninvited = written.some(
    ({ kind, guests }) => kind === 'pending' && guests?.some((guest) => guest.kind === 'removed'),
  );
  return moved || invited || uninvited ? 'all' : 'none';
}

export function sendUpdatesOnDelete(stated: SendUpdates | null, guests: boolean): SendUpdates {
  return stated ?? (guests ? 'all' : 'none');
}
