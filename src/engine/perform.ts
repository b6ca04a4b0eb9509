import { insertBody, patchBody } from '../core/event-body.ts';
import type { GoogleEvent } from '../core/google-event.ts';
import type { Call } from '../core/plan.ts';
import type { Work } from './work.ts';

/** What Google answered to a call: the event as it is now, or that it is gone. */
export type Answer =
  | { readonly kind: 'event'; readonly calendar: string; readonly event: GoogleEvent }
  | { readonly kind: 'gone' };

/** Makes one call. Makes no choice: everything was decided in the plan. Throws `CalsyncError`. */
export async function perform(work: Work, call: Call): Promise<Answer> {
  const { google } = work;
  const mark = { installation: work.engine.installation, key: call.key, revision: call.revision };
  const { calendar, eventId, sendUpdates } = call;
  switch (call.kind) {
    case 'create': {
      const body = insertBody(call.stated, eventId, mark);
      return { kind: 'event', calendar, event: await google.insertEvent({ calendar, body, sendUpdates }) };
    }
    case 'patch': {
      const scope = { fields: call.fields, leaveGuests: new Set(call.leaveGuests) };
      const body = patchBody(call.stated, call.applied, call.observed, scope, mark);
      const event = await google.patchEvent({ calendar, eventId, etag: call.etag, body, sendUpdates });
      return { kind: 'event', calendar, event };
    }
    case 'move': {
      await google.moveEvent({ calendar, eventId, etag: call.etag, destination: call.destination, sendUpdates });
      // The answer to a move says cancelled (API facts §3.4): what counts is read at the destination.
      const event = await google.getEvent(call.destination, eventId);
      return event === null ? { kind: 'gone' } : { kind: 'event', calendar: call.destination, event };
    }
    case 'delete':
      await google.deleteEvent({ calendar, eventId, etag: call.etag, sendUpdates });
      return { kind: 'gone' };
  }
}
