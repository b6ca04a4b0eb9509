import { isDeepStrictEqual } from 'node:util';
import { apiError } from './api-error.ts';
import { sameWhen } from './event-times.ts';
import { sharedContent } from './guest-copies.ts';
import type { Attendee, EventDraft, EventRow } from './model.ts';

/** Main fields of a locked copy that nobody may change (API facts §3.3). */
const lockedNames = ['summary', 'description', 'location', 'recurrence'] as const;

/**
 * What a guest may change on their copy (§3.3): their own answer, guests they invite where that is allowed, what is
 * the copy's own, and everything under `guestsCanModify`. Throws 403 `forbiddenForNonOrganizer`, or
 * `forbidden` for the main fields of a locked copy. A PUT that leaves a shared field out clears it, and so is refused.
 */
export function checkGuestRights(before: EventRow, after: EventDraft, calendarId: string): void {
  if (before.locked === true && changesMain(before, after)) throw apiError('forbidden');
  if (before.copyOf === undefined || before.content.guestsCanModify === true) return;
  const { attendees: _, ...old } = sharedContent(before.content);
  const { attendees: __, ...now } = sharedContent(after.content);
  const sameTime = sameWhen(before.start, after.start) && sameWhen(before.end, after.end);
  // A guest may bring back the copy they removed; its status is otherwise the organizer's.
  const sameStatus = before.status === after.status || before.status === 'cancelled';
  if (!sameTime || !sameStatus || !isDeepStrictEqual(old, now) || !mayChangeGuests(before, after, calendarId)) {
    throw apiError('forbiddenForNonOrganizer');
  }
}

function mayChangeGuests(before: EventRow, after: EventDraft, calendarId: string): boolean {
  const old = before.content.attendees ?? [];
  const now = new Map((after.content.attendees ?? []).map((guest) => [guest.email, guest]));
  const added = now.size - old.filter(({ email }) => now.has(email)).length;
  if (added > 0 && before.content.guestsCanInviteOthers === false) return false;
  return old.every((guest) => {
    const entry = now.get(guest.email);
    return (
      entry !== undefined && (guest.email === calendarId ? sameSeat(guest, entry) : isDeepStrictEqual(guest, entry))
    );
  });
}

/** Their own entry may carry another answer, comment, name and guests, but not another role. */
function sameSeat(left: Attendee, right: Attendee): boolean {
  return left.optional === right.optional && left.resource === right.resource;
}

function changesMain(before: EventRow, after: EventDraft): boolean {
  const sameTime = sameWhen(before.start, after.start) && sameWhen(before.end, after.end);
  return !sameTime || lockedNames.some((name) => !isDeepStrictEqual(before.content[name], after.content[name]));
}
