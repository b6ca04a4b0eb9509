import type { Google } from '../core/ports.ts';
import type { TurnCounts } from './engine.ts';

/** The same Google, whose calls are counted. */
export function countedGoogle(google: Google, counts: TurnCounts): Google {
  const count = () => {
    counts.apiCalls += 1;
  };
  return {
    listEvents(request) {
      count();
      counts.listCalls += 1;
      return google.listEvents(request);
    },
    getEvent(calendar, eventId) {
      count();
      return google.getEvent(calendar, eventId);
    },
    getCalendar(calendar) {
      count();
      return google.getCalendar(calendar);
    },
    insertEvent(request) {
      count();
      return google.insertEvent(request);
    },
    patchEvent(request) {
      count();
      return google.patchEvent(request);
    },
    moveEvent(request) {
      count();
      return google.moveEvent(request);
    },
    deleteEvent(request) {
      count();
      return google.deleteEvent(request);
    },
    insertCalendar(summary, timeZone) {
      count();
      return google.insertCalendar(summary, timeZone);
    },
  };
}
