import { type Act, newAct, putRow } from './act.ts';
import { apiError } from './api-error.ts';
import { bodyOf } from './event-body.ts';
import { changeEvent } from './events-change.ts';
import { findEvent } from './events-find.ts';
import { bodyContext, insertEvent } from './events-insert.ts';
import { deleteEvent, moveEvent } from './events-remove.ts';
import { spreadToGuests } from './guest-copies.ts';
import type { SendUpdates } from './mailings.ts';
import type { EventRow, JsonObject, ResponseStatus } from './model.ts';
import { ownerView } from './owner-view.ts';
import { stampOf } from './recurrence.ts';
import type { RequestLog } from './request-log.ts';
import { splitSeries } from './series-split.ts';
import type { State, StoredCalendar } from './state.ts';

export interface GuestAnswer {
  readonly email: string;
  readonly responseStatus: ResponseStatus;
  readonly comment?: string;
  readonly additionalGuests?: number;
}

const quiet = { sendUpdates: 'none' as SendUpdates, conferenceDataVersion: 0 as const };

/**
 * What people do in Google Calendar's own pages. Each act is logged with the actor `person`, in the name of the
 * calendar's owner; it spends no quota and sends no `If-Match`. Methods answer with the
 * event as the owner sees it afterwards, and throw ApiError like the API's.
 */
export class People {
  private readonly state: State;
  private readonly log: RequestLog;

  constructor(state: State, log: RequestLog) {
    this.state = state;
    this.log = log;
  }

  /** Changes fields, as PATCH would: `null` clears. */
  edit(calendarId: string, eventId: string, fields: JsonObject): JsonObject {
    return this.does('edit', calendarId, eventId, (act, calendar) => this.patch(act, calendar, eventId, fields));
  }

  add(calendarId: string, body: JsonObject): JsonObject {
    return this.does('add', calendarId, '', (act, calendar) => insertEvent(act, calendar, body, quiet));
  }

  remove(calendarId: string, eventId: string): JsonObject {
    return this.does('remove', calendarId, eventId, (act, calendar) => {
      deleteEvent(act, calendar, { eventId, ifMatch: undefined, sendUpdates: 'none' });
      return findEvent(act.state, calendar, eventId);
    });
  }

  /** Out of the bin, which people may always do. */
  restore(calendarId: string, eventId: string): JsonObject {
    return this.does('restore', calendarId, eventId, (act, calendar) => {
      const row = findEvent(act.state, calendar, eventId);
      if (row.stub === true) throw apiError('forbidden');
      const restored = putRow(act, calendar, { ...row, status: 'confirmed', updatedMs: act.state.now() });
      spreadToGuests(act, calendar, row, restored, 'none');
      return restored;
    });
  }

  /** A second event with the same content; `withMarks` copies the extended properties too. */
  copy(calendarId: string, eventId: string, withMarks: boolean, destinationId = calendarId): JsonObject {
    return this.does('copy', destinationId, eventId, (act, destination) => {
      const source = this.calendar(calendarId);
      const { extendedProperties, ...body } = bodyOf(
        findEvent(act.state, source, eventId),
        bodyContext(act.state, source),
      );
      const marks = withMarks && extendedProperties !== undefined ? { extendedProperties } : {};
      return insertEvent(act, destination, { ...body, ...marks }, quiet);
    });
  }

  move(calendarId: string, eventId: string, destinationId: string): JsonObject {
    const deed = (act: Act, source: StoredCalendar): EventRow => {
      const destination = this.calendar(destinationId);
      moveEvent(act, source, destination, { eventId, ifMatch: undefined, sendUpdates: 'none' });
      return findEvent(act.state, destination, eventId);
    };
    return this.does('move', calendarId, eventId, deed, destinationId);
  }

  /** A guest answers; the organizer's event shows it. 404 when the address is not invited. */
  answer(calendarId: string, eventId: string, given: GuestAnswer): JsonObject {
    return this.does(
      'answer',
      calendarId,
      eventId,
      (act, calendar) => {
        const attendees = findEvent(act.state, calendar, eventId).content.attendees ?? [];
        const email = given.email.toLowerCase();
        if (!attendees.some((attendee) => attendee.email === email)) throw apiError('notFound');
        const answered = attendees.map((attendee) =>
          attendee.email === email ? { ...attendee, ...given, email } : attendee,
        );
        return this.patch(act, calendar, eventId, { attendees: answered as unknown as JsonObject[] });
      },
      calendarId,
      given.email.toLowerCase(),
    );
  }

  /** Removes the private extended properties. */
  stripMarks(calendarId: string, eventId: string): JsonObject {
    return this.edit(calendarId, eventId, { extendedProperties: { private: null } });
  }

  /** `originalStart` is a date or RFC 3339, as the series has it. */
  cancelOccurrence(calendarId: string, eventId: string, originalStart: string): JsonObject {
    return this.remove(calendarId, occurrenceId(eventId, originalStart));
  }

  changeOccurrence(calendarId: string, eventId: string, originalStart: string, fields: JsonObject): JsonObject {
    return this.edit(calendarId, occurrenceId(eventId, originalStart), fields);
  }

  /** "This and following": gives the new series. `withMarks` copies the extended properties to it, as Google does. */
  splitSeries(
    calendarId: string,
    eventId: string,
    originalStart: string,
    fields: JsonObject = {},
    withMarks = true,
  ): JsonObject {
    return this.does('split-series', calendarId, eventId, (act, calendar) => {
      const master = findEvent(act.state, calendar, eventId);
      const begun = splitSeries(act, calendar, master, stampOfText(originalStart), withMarks);
      return Object.keys(fields).length === 0 ? begun : this.patch(act, calendar, begun.id, fields);
    });
  }

  /** Locks the main fields of an event, or unlocks them; only Google itself sets this. */
  lock(calendarId: string, eventId: string, locked: boolean): JsonObject {
    return this.does('lock', calendarId, eventId, (act, calendar) => {
      const { locked: _, ...row } = findEvent(act.state, calendar, eventId);
      return putRow(act, calendar, locked ? { ...row, locked } : row);
    });
  }

  private patch(act: Act, calendar: StoredCalendar, eventId: string, body: JsonObject): EventRow {
    return changeEvent(act, calendar, { mode: 'patch', eventId, body, ifMatch: undefined, ...quiet });
  }

  private calendar(id: string): StoredCalendar {
    const calendar = this.state.calendars.get(id);
    if (calendar === undefined || calendar.row.deleted) throw apiError('notFound');
    return calendar;
  }

  private does(
    name: string,
    calendarId: string,
    eventId: string,
    deed: (act: Act, calendar: StoredCalendar) => EventRow,
    shownOnId = calendarId,
    by?: string,
  ): JsonObject {
    const calendar = this.calendar(calendarId);
    const act = newAct(this.state, 'person', by ?? calendar.row.dataOwner);
    const row = deed(act, calendar);
    this.state.commit();
    const path = `${calendarId}/${eventId === '' ? row.id : eventId}`;
    this.log.addDeed(act, name, path);
    return ownerView(this.state, this.calendar(shownOnId), row);
  }
}

function occurrenceId(masterId: string, originalStart: string): string {
  return `${masterId}_${stampOfText(originalStart)}`;
}

function stampOfText(originalStart: string): string {
  return originalStart.includes('T') ? stampOf(Date.parse(originalStart)) : originalStart.replaceAll('-', '');
}
