import type { calendar_v3 } from '@googleapis/calendar';
import { CalsyncError } from '../core/error.ts';
import type { GoogleEventBody } from '../core/google-event.ts';
import type { EventWrite, Google } from '../core/ports.ts';
import { readDeleted, readEvent, readEventPage, readMoved, readWrittenEvent } from './answers.ts';
import { type Caller, expectValue } from './call.ts';
import type { Operation } from './operation.ts';

/** Google's largest page. */
const MAX_RESULTS = 2500;

type EventCalls = Pick<Google, 'listEvents' | 'getEvent' | 'insertEvent' | 'patchEvent' | 'moveEvent' | 'deleteEvent'>;

/** The calls on events. Patch, move and delete carry `If-Match`, an insert its own id: without them nothing is sent. */
export function createEventCalls(client: calendar_v3.Calendar, call: Caller): EventCalls {
  const { events } = client;
  return {
    async listEvents({ calendar, syncToken, pageToken }) {
      // The same in full and incremental listings: with other parameters Google leaves the result undefined.
      const params = { calendarId: calendar, maxResults: MAX_RESULTS, showDeleted: true, singleEvents: false };
      const tokens = { ...(syncToken && { syncToken }), ...(pageToken && { pageToken }) };
      const operation = syncToken || pageToken ? 'events.list continued' : 'events.list';
      const answer = await call({
        operation,
        send: (options) => events.list({ ...params, ...tokens }, options),
        read: readEventPage,
      });
      return expectValue(answer, operation);
    },

    async getEvent(calendar, eventId) {
      const operation = 'events.get';
      const answer = await call({
        operation,
        send: (options) => events.get({ calendarId: calendar, eventId }, options),
        read: readEvent,
      });
      return answer.kind === 'absent' ? null : expectValue(answer, operation);
    },

    async insertEvent({ calendar, body, sendUpdates }) {
      const operation = 'events.insert';
      if (!body.id) throw refusedHere(operation, 'an id');
      const answer = await call({
        operation,
        send: (options) => events.insert({ calendarId: calendar, sendUpdates, requestBody: asSent(body) }, options),
        read: (data) => readWrittenEvent(data, body.id),
      });
      return expectValue(answer, operation);
    },

    async patchEvent(request) {
      const operation = 'events.patch';
      const answer = await call({
        operation,
        headers: ifMatch(request, operation),
        send: (options) => events.patch({ ...eventParams(request), requestBody: asSent(request.body) }, options),
        read: (data) => readWrittenEvent(data, request.eventId),
      });
      return expectValue(answer, operation);
    },

    async moveEvent(request) {
      const operation = 'events.move';
      const answer = await call({
        operation,
        headers: ifMatch(request, operation),
        send: (options) => events.move({ ...eventParams(request), destination: request.destination }, options),
        read: readMoved,
      });
      expectValue(answer, operation);
    },

    async deleteEvent(request) {
      const operation = 'events.delete';
      const answer = await call({
        operation,
        headers: ifMatch(request, operation),
        send: (options) => events.delete(eventParams(request), options),
        read: readDeleted,
      });
      if (answer.kind !== 'done') expectValue(answer, operation);
    },
  };
}

function eventParams({ calendar, eventId, sendUpdates }: EventWrite) {
  return { calendarId: calendar, eventId, sendUpdates };
}

function ifMatch({ etag }: EventWrite, operation: Operation): Readonly<Record<string, string>> {
  // `*` would match whatever is there, which is to say: no fence.
  if (!etag || etag.trim() === '*') throw refusedHere(operation, 'the etag it rests on');
  return { 'If-Match': etag };
}

function refusedHere(operation: Operation, what: string): CalsyncError {
  return new CalsyncError('invariant', `${operation} without ${what} is never sent`);
}

function asSent(body: GoogleEventBody): calendar_v3.Schema$Event {
  // The client's schema wants mutable arrays and has no null inside extended properties; on the wire it is one JSON.
  return body as unknown as calendar_v3.Schema$Event;
}
