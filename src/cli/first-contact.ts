/** Taking a calendar under management: what Google shows of it, and what calsync may do there until a person says more. */
import type { App } from '../app.ts';
import { CalsyncError } from '../core/error.ts';
import type { GoogleCalendar } from '../core/google-event.ts';
import type { SyncPolicy } from '../core/policy.ts';
import type { GoogleReader } from '../core/ports.ts';
import { makeSandboxCalendar } from './sandbox-door.ts';

/** Pages that are looked through for a live event; tombstones alone hardly ever fill one. */
const mostPages = 100;

export interface FoundCalendar {
  readonly calendar: GoogleCalendar;
  /** The sandbox made it, because it was missing. */
  readonly made: boolean;
}

/** The calendar, `primary` as its own id. In the sandbox a missing one is made. Throws `usage` where the account cannot see it. */
export async function findGoogleCalendar(
  app: App,
  google: GoogleReader,
  account: string,
  id: string,
): Promise<FoundCalendar> {
  const calendar = await google.getCalendar(id);
  if (calendar !== null) return { calendar, made: false };
  const { sandbox } = await app.googleAccess();
  if (sandbox === null) {
    const message = `Google shows ${account} no calendar ${id}: correct the id (calendar settings, "Integrate calendar"), or share it with that account`;
    throw new CalsyncError('usage', message, { reason: 'calendar_not_found' });
  }
  await makeSandboxCalendar(sandbox, account, id, id.replace(/@.*$/, ''));
  const made = await google.getCalendar(id);
  if (made === null)
    throw new CalsyncError('transient', `the sandbox does not show ${id} yet: try again`, {
      reason: 'calendar_not_found',
    });
  return { calendar: made, made: true };
}

/** The policy that applies: the stated one, else `observe` where there are events already, else `sync`. */
export async function firstPolicy(
  google: GoogleReader,
  calendar: string,
  stated: SyncPolicy | undefined,
): Promise<{ readonly policy: SyncPolicy; readonly because: 'stated' | 'has_events' | 'is_empty' }> {
  if (stated !== undefined) return { policy: stated, because: 'stated' };
  return (await hasEvents(google, calendar))
    ? { policy: 'observe', because: 'has_events' }
    : { policy: 'sync', because: 'is_empty' };
}

/** Throws `usage` for a policy that needs more than the account may do there. */
export function requireAccess({ id, accessRole }: GoogleCalendar, account: string, policy: SyncPolicy): void {
  const mayWrite = accessRole === 'owner' || accessRole === 'writer';
  if (mayWrite || (accessRole === 'reader' && policy === 'observe')) return;
  const hint = accessRole === 'reader' ? 'or use --policy observe' : 'which shows no events to calsync';
  const message = `${account} has only the role ${accessRole} on ${id}: give it the right to change events, ${hint}`;
  throw new CalsyncError('usage', message, { reason: 'access_role' });
}

async function hasEvents(google: GoogleReader, calendar: string): Promise<boolean> {
  let pageToken: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const { items, nextPageToken } = await google.listEvents({
      calendar,
      ...(pageToken === undefined ? {} : { pageToken }),
    });
    if (items.some(({ status }) => status !== 'cancelled')) return true;
    if (nextPageToken === undefined) return false;
    pageToken = nextPageToken;
  }
  return true; // so much was there that a person had better look at it
}
