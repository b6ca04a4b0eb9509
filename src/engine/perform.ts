import { asCalsyncError, CalsyncError } from '../core/error.ts';
import { insertBody, patchBody } from '../core/event-body.ts';
import type { GoogleEvent } from '../core/google-event.ts';
import type { Call } from '../core/plan.ts';
import { withPatience } from './patience.ts';
import type { Work } from './work.ts';

/** What Google answered to a call: the event as it is now, or that it is gone. */
export type Answer =
  | { readonly kind: 'event'; readonly calendar: string; readonly event: GoogleEvent }
  | { readonly kind: 'gone' };

/** Makes one call, again if Google refused it for a passing reason. Makes no choice: the plan decided. Throws `CalsyncError`. */
export async function perform(work: Work, call: Call): Promise<Answer> {
  const { google, engine } = work;
  const mark = { installation: work.engine.installation, key: call.key, revision: call.revision };
  const { calendar, eventId, sendUpdates } = call;
  switch (call.kind) {
    case 'create': {
      const body = insertBody(call.stated, eventId, mark);
      const event = await withPatience(engine, () => google.insertEvent({ calendar, body, sendUpdates }));
      return { kind: 'event', calendar, event };
    }
    case 'patch': {
      const scope = { fields: call.fields, leaveGuests: new Set(call.leaveGuests) };
      const body = patchBody(call.stated, call.applied, call.observed, scope, mark);
      const request = { calendar, eventId, etag: call.etag, body, sendUpdates };
      const event = await withPatience(engine, () => google.patchEvent(request));
      return { kind: 'event', calendar, event };
    }
    case 'move': {
      const request = { calendar, eventId, etag: call.etag, destination: call.destination, sendUpdates };
      await withPatience(engine, () => google.moveEvent(request));
      const event = await readMoved(work, call.destination, eventId);
      return event === null ? { kind: 'gone' } : { kind: 'event', calendar: call.destination, event };
    }
    case 'delete':
      await withPatience(engine, () => google.deleteEvent({ calendar, eventId, etag: call.etag, sendUpdates }));
      return { kind: 'gone' };
  }
}

/** The answer to a move says cancelled (API facts §3.4): what counts is read at the destination. Unread, the move's end is unknown. */
async function readMoved(work: Work, destination: string, eventId: string): Promise<GoogleEvent | null> {
  try {
    return await withPatience(work.engine, () => work.google.getEvent(destination, eventId));
  } catch (thrown) {
    const { kind, message, reason, retryAfterMs } = asCalsyncError(thrown);
    const asked = retryAfterMs === undefined ? {} : { retryAfterMs };
    const details = { ...(reason === undefined ? {} : { reason }), ...asked, outcomeUnknown: true, cause: thrown };
    throw new CalsyncError(kind, message, details);
  }
}
