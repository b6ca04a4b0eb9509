import type { GoogleEvent } from './google-event.ts';
import { markOf } from './identity.ts';
import type { UnsettledIntent } from './state.ts';

/**
 * How a call ended whose answer never came, as a reading of its event by id shows it. `done`: it had its effect. `not_done`: it had none.
 * `overtaken`: something else happened to the event; the key is planned anew from the reading.
 */
export type Settlement = 'done' | 'not_done' | 'overtaken';

/** `found` is the event on the calendar of the call, null for 404; `atDestination` the same there, for a move. */
export function settle(
  intent: UnsettledIntent,
  found: GoogleEvent | null,
  atDestination: GoogleEvent | null,
): Settlement {
  const live = found !== null && found.status !== 'cancelled';
  switch (intent.kind) {
    case 'create':
      return found === null ? 'not_done' : live && isMarkedBy(intent, found) ? 'done' : 'overtaken';
    case 'patch':
      if (!live) return 'overtaken';
      if (found.etag === intent.etag) return 'not_done';
      return isMarkedBy(intent, found) ? 'done' : 'overtaken';
    case 'delete':
      // 404 is no proof: the event may be on another calendar (P21).
      if (found === null) return 'overtaken';
      if (!live) return 'done';
      return found.etag === intent.etag ? 'not_done' : 'overtaken';
    case 'move':
      if (atDestination !== null && atDestination.status !== 'cancelled') return 'done';
      return live && found.etag === intent.etag ? 'not_done' : 'overtaken';
  }
}

/** Whether the event carries the mark that the call would have left. */
function isMarkedBy(intent: UnsettledIntent, event: GoogleEvent): boolean {
  const mark = markOf(event);
  return mark !== null && mark.revision === intent.revision && mark.key === intent.key;
}
