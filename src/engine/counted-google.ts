import type { Google } from '../core/ports.ts';
import type { TurnBreaker } from './breaker.ts';
import type { TurnCounts } from './engine.ts';

/** The same Google, behind the breaker; the calls that are made are counted. */
export function countedGoogle(google: Google, counts: TurnCounts, breaker: TurnBreaker): Google {
  const call = <Result>(send: () => Promise<Result>): Promise<Result> =>
    breaker.call(() => {
      counts.apiCalls += 1;
      return send();
    });
  return {
    listEvents: (request) =>
      call(() => {
        counts.listCalls += 1;
        return google.listEvents(request);
      }),
    getEvent: (calendar, eventId) => call(() => google.getEvent(calendar, eventId)),
    getCalendar: (calendar) => call(() => google.getCalendar(calendar)),
    insertEvent: (request) => call(() => google.insertEvent(request)),
    patchEvent: (request) => call(() => google.patchEvent(request)),
    moveEvent: (request) => call(() => google.moveEvent(request)),
    deleteEvent: (request) => call(() => google.deleteEvent(request)),
    insertCalendar: (summary, timeZone) => call(() => google.insertCalendar(summary, timeZone)),
  };
}
