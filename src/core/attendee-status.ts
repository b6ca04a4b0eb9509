import type { EventFacts, StatusCause } from './event-status.ts';

/*
 * How a guest stands, given how their event does. `calsync.attendee_cause` is the same table in SQL.
 *
 * | cause         | status      | when, the first line that fits                                                     |
 * | ------------- | ----------- | ---------------------------------------------------------------------------------- |
 * | over          | settled     | the event is settled                                                               |
 * | unreachable   | out_of_sync | invited as the row says, but what is sent to the address does not arrive           |
 * | unseen        | unknown     | invited as the row says, but the calendar was not observed lately                  |
 * | differs       | out_of_sync | invited as the row says, and a person changed that in Google                       |
 * | same          | in_sync     | invited as the row says                                                            |
 * | deleted       | cancelled   | not wanted, and not among those who were written                                   |
 * | held, parked  | the same    | the event is                                                                       |
 * | unheard       | pending     | wanted, and not written yet, or in another role; that of the event is not known    |
 * | unsent        | pending     | the same, and nothing is on its way                                                |
 * | delete_unheard| cancelling  | written, and not wanted any more; the deletion of the event is not known           |
 * | undeleted     | cancelling  | the same, and nothing is on its way                                                |
 */

/** The facts of one guest; `calsync.attendee_fact` says where each comes from. */
export interface AttendeeFacts {
  /** The row of an event that should take place names them. */
  readonly active: boolean;
  /** They are among those who were last written to the event that stands for the key. */
  readonly written: boolean;
  /** Row and written agree on what there is to say of them. */
  readonly alike: boolean;
  readonly unreachable: boolean;
  /** A person took them off in Google, or changed their role, and that is open. */
  readonly removed: boolean;
}

/** Why a guest stands as they do. Total. */
export function attendeeCauseOf(
  eventCause: StatusCause,
  { wanted, fresh }: Pick<EventFacts, 'wanted' | 'fresh'>,
  { active, written, alike, unreachable, removed }: AttendeeFacts,
): StatusCause {
  const wished = wanted === 'live' && active;
  if (eventCause === 'over') return 'over';
  if (wished && written && alike) {
    if (unreachable) return 'unreachable';
    if (!fresh) return 'unseen';
    return removed ? 'differs' : 'same';
  }
  if (!written && !wished) return 'deleted';
  if (eventCause === 'held' || eventCause === 'parked') return eventCause;
  if (wished) return eventCause === 'unheard' ? 'unheard' : 'unsent';
  return eventCause === 'delete_unheard' ? 'delete_unheard' : 'undeleted';
}
