import type { calendar_v3 } from '@googleapis/calendar';
import type { GoogleCalendar } from '../core/google-event.ts';
import type { Google } from '../core/ports.ts';
import { readAccessRole, readCalendar } from './answers.ts';
import { type Caller, expectValue } from './call.ts';

type CalendarCalls = Pick<Google, 'getCalendar' | 'insertCalendar'>;

/**
 * The calls on calendars. Only the account's list says both access role and `primary`, in one call. But a calendar
 * that is shared is not put on the list by that alone, so its absence there proves nothing: `calendars.get` is asked
 * too, and null means that both said 404. Off the list, the role stands in a listing of the calendar's events.
 */
export function createCalendarCalls(client: calendar_v3.Calendar, call: Caller): CalendarCalls {
  const getListed = async (calendarId: string): Promise<GoogleCalendar | null> => {
    const operation = 'calendarList.get';
    const answer = await call({
      operation,
      send: (options) => client.calendarList.get({ calendarId }, options),
      read: readListed,
    });
    return answer.kind === 'absent' ? null : expectValue(answer, operation);
  };

  const getUnlisted = async (calendarId: string): Promise<GoogleCalendar | null> => {
    const operation = 'calendars.get';
    const answer = await call({
      operation,
      send: (options) => client.calendars.get({ calendarId }, options),
      read: readCalendar,
    });
    if (answer.kind === 'absent') return null;
    const { id, summary, timeZone } = expectValue(answer, operation);
    // The primary calendar cannot leave its owner's list.
    return { id, summary, timeZone, accessRole: await getAccessRole(calendarId), primary: false };
  };

  const getAccessRole = async (calendarId: string): Promise<string> => {
    const operation = 'events.list';
    const answer = await call({
      operation,
      send: (options) => client.events.list({ calendarId, maxResults: 1, fields: 'accessRole' }, options),
      read: readAccessRole,
    });
    return expectValue(answer, operation);
  };

  return {
    getCalendar: async (calendarId) => (await getListed(calendarId)) ?? (await getUnlisted(calendarId)),

    async insertCalendar(summary, timeZone) {
      const operation = 'calendars.insert';
      const answer = await call({
        operation,
        send: (options) => client.calendars.insert({ requestBody: { summary, timeZone } }, options),
        read: readCalendar,
      });
      const made = expectValue(answer, operation);
      // Whoever makes a calendar owns it (reference of `calendars.insert`).
      return { id: made.id, summary: made.summary, timeZone: made.timeZone, accessRole: 'owner', primary: false };
    },
  };
}

function readListed(data: unknown): GoogleCalendar {
  const { id, summary, timeZone, fields } = readCalendar(data);
  return { id, summary, timeZone, accessRole: readAccessRole(data), primary: fields.primary === true };
}
