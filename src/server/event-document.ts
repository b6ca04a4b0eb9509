/** An event as it is answered: as it is written, with its numbers, and how it and its guests stand. */
import { normaliseAddress } from '../core/address.ts';
import { type AttendeeDocument, eventDocument } from '../core/event-document.ts';
import type { Standing } from '../core/event-status.ts';
import type { StoredEvent } from '../store/desired.ts';
import type { AttendeeStanding } from '../store/event-status.ts';
import type { GotEvent } from '../write/get.ts';

type Document = Readonly<Record<string, unknown>>;

/** A desired row. */
export function rowDocument({ spec, generation, revision, cancelledAt }: StoredEvent): Document {
  return {
    ...eventDocument(spec),
    generation,
    revision,
    cancelledAt: cancelledAt === null ? null : new Date(cancelledAt).toISOString(),
  };
}

/** A desired row and its status. `leaving`: guests that the row has no more and Google may still show. */
export function gotDocument(event: GotEvent): Document {
  const { standing } = event;
  const byMailbox = new Map(standing.attendees.map((guest) => [normaliseAddress(guest.address), guest]));
  const attendees = (eventDocument(event.spec).attendees ?? []).map((attendee) => {
    const mailbox = normaliseAddress(attendee.email);
    const guest = byMailbox.get(mailbox);
    byMailbox.delete(mailbox);
    return attendeeWith(attendee, guest ?? standing);
  });
  return {
    ...rowDocument(event),
    attendees,
    leaving: [...byMailbox.values()].map(leavingDocument),
    ...standingDocument(standing),
  };
}

function attendeeWith(attendee: AttendeeDocument, standing: Standing): Document {
  return { ...attendee, ...standingDocument(standing) };
}

function leavingDocument(guest: AttendeeStanding): Document {
  return { email: guest.address, ...standingDocument(guest) };
}

function standingDocument({ status, reason, fault, since }: Standing): Document {
  return { status, reason, fault, since: since?.toISOString() ?? null };
}
