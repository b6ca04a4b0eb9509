import type { GoogleEvent } from '../core/google-event.ts';
import { observationOf } from '../core/observation.ts';
import type { Call } from '../core/plan.ts';
import type { PlannedCall } from '../core/plan-calendar.ts';
import type { FieldName } from '../core/stated-event.ts';
import { verifyAnswer } from '../core/verify.ts';
import { bindEvent, noteApplied, noteMoved, retireBinding } from '../store/binding.ts';
import type { Db } from '../store/database.ts';
import { clearDirty, rerouteMark } from '../store/dirty.ts';
import { closeMended, closeRejected } from '../store/finding.ts';
import { settleIntent } from '../store/intent.ts';
import { forgetObservation, storeObservations } from '../store/mirror.ts';
import type { Answer } from './perform.ts';
import { holdLease, type Work } from './work.ts';

/** What remains of a key after a call: nothing, or another look at it. */
export type Recorded = 'done' | 'again';

/** Records a call that Google confirmed, in one transaction: intent, binding, mirror, dirty mark, findings. */
export async function record(work: Work, planned: PlannedCall, intentId: number, answer: Answer): Promise<Recorded> {
  const { call } = planned;
  return work.engine.db.transaction().execute(async (tx) => {
    await holdLease(tx, work);
    await settleIntent(tx, intentId, 'done');
    const recorded = await recordAnswer(tx, work, call, answer);
    await closeMended(tx, call.key, 'mended');
    await closeRejected(tx, [call.key]);
    if (recorded === 'done') await clearDirty(tx, [{ key: call.key, revision: call.revision }]);
    return recorded;
  });
}

async function recordAnswer(tx: Db, work: Work, call: Call, answer: Answer): Promise<Recorded> {
  switch (call.kind) {
    case 'create':
      if (answer.kind === 'gone') return 'again';
      await bindEvent(tx, call.key, call);
      await mirror(tx, work, answer.calendar, answer.event);
      return noteWritten(tx, work, call, answer.event);
    case 'patch':
      if (answer.kind === 'gone') return 'again';
      await mirror(tx, work, answer.calendar, answer.event);
      return noteWritten(tx, work, call, answer.event);
    case 'move':
      await forgetObservation(tx, call.calendar, call.eventId);
      if (answer.kind === 'event') await mirror(tx, work, answer.calendar, answer.event);
      await noteMoved(tx, call.key, call.destination);
      await rerouteMark(tx, call.key, call.destination);
      return 'again';
    case 'delete':
      await forgetObservation(tx, call.calendar, call.eventId);
      // Beside a leftover the key may have a call of its own, which has to find the mark.
      if (call.cause === 'orphan' || call.cause === 'duplicate') return 'again';
      await retireBinding(tx, call.key);
      return 'done';
  }
}

async function noteWritten(
  tx: Db,
  work: Work,
  call: Extract<Call, { stated: unknown }>,
  event: GoogleEvent,
): Promise<Recorded> {
  const { calendarZone } = work;
  const { unlike, exact } = verifyAnswer(call, event, calendarZone);
  await noteApplied(tx, call.key, {
    etag: event.etag ?? '',
    revision: call.revision,
    stated: call.stated,
    observed: event,
    calendarZone,
    written: true,
    exact,
    answers: call.kind === 'create' ? bothTimes : timesOf(call.fields),
  });
  return unlike.length === 0 ? 'done' : 'again';
}

const bothTimes: ReadonlySet<'start' | 'end'> = new Set(['start', 'end'] as const);

/** When the kind of time changes, both ends go out. */
function timesOf(fields: readonly FieldName[]): ReadonlySet<'start' | 'end'> {
  return new Set((['start', 'end'] as const).filter((end) => fields.includes(end)));
}

/** Google's answer goes into the mirror at once; a listing has yet to confirm it. */
async function mirror(tx: Db, work: Work, calendar: string, event: GoogleEvent): Promise<void> {
  const context = {
    installation: work.engine.installation,
    fingerprintSecret: work.engine.fingerprintSecret,
    calendarZone: work.calendarZone,
    isBound: (eventId: string) => eventId === event.id,
  };
  await storeObservations(tx, calendar, [observationOf(event, context)], work.fullListing, 'answer');
}
