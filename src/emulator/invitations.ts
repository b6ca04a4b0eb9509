import type { Act } from './act.ts';
import { apiError } from './api-error.ts';
import { domainOf } from './mailings.ts';
import type { Attendee, EventRow } from './model.ts';
import type { StoredCalendar } from './state.ts';

/**
 * What stands before inviting: a service account without delegation may not (403 `forbiddenForServiceAccounts`, API
 * facts §4), and invitations to people outside the owner's domain are counted (403 `quotaExceeded`). A guest whose
 * answer the write takes back is invited again and counts again.
 */
export function checkInvitations(
  act: Act,
  calendar: StoredCalendar,
  before: EventRow | undefined,
  guests: readonly Attendee[] | undefined,
): void {
  if (guests === undefined || act.actor === 'person') return;
  if (act.robot) throw apiError('forbiddenForServiceAccounts');
  const answers = new Map(
    (before?.content.attendees ?? []).map(({ email, responseStatus }) => [email, responseStatus]),
  );
  const domain = domainOf(calendar.row.dataOwner);
  const invited = guests.filter(({ email, responseStatus }) => {
    const old = answers.get(email);
    return old === undefined || (responseStatus === 'needsAction' && old !== 'needsAction');
  });
  const external = invited.filter(({ email }) => domainOf(email) !== domain && email !== calendar.row.id).length;
  act.state.usage.spend('externalInvitationsPerDay', act.email, external);
}
