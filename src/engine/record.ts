import type { GoogleEvent } from '../core/google-event.ts';
import { observationOf } from '../core/observation.ts';
import type { Call } from '../core/plan.ts';
import type { PlannedCall } from '../core/plan-calendar.ts';
import { unlikeWritten } from '../core/verify.ts';
import { bindEvent, noteApplied, noteMoved, retireBinding } from '../store/binding.ts';
import type { Db } from '../store/database.ts';
import { clearDirty, rerouteMark } from '../store/dirty.ts';
import { closeMended, closeRejected } from '../store/finding.ts';
import { settleIntent } from '../store/intent.ts';
import { requireLease } from '../store/lease.ts';
import { forgetObservation, storeObservations } from '../store/mirror.ts';
import type { Answer } from './perform.ts';
import type { Work } from './work.ts';

/** What remains of a key after a call: nothing, or another look at it. */
export type Recorded = 'done' | 'again';

/** Records a call that Google confirmed, in one transaction: intent, binding, mirror, dirty mark, findings. */
export async function record(work: Work, planned: PlannedCall, intentId: number, answer: Answer): Promise<Recorded> {
  const { call } = planned;
  return work.engine.db.transaction().execute(async (tx) => {
    await requireLease(tx, work.lease);
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
      await noteApplied(tx, call.key, applied(work, call, answer.event));
      return unlikeWritten(call, answer.event, work.calendarZone).length === 0 ? 'done' : 'again';
    case 'patch':
      if (answer.kind === 'gone') return 'again';
      await mirror(tx, work, answer.calendar, answer.event);
      await noteApplied(tx, call.key, applied(work, call, answer.event));
      return unlikeWritten(call, answer.event, work.calendarZone).length === 0 ? 'done' : 'again';
    case 'move':
      await forgetObservation(tx, call.calendar, call.eventId);
      if (answer.kind === 'event') await mirror(tx, work, answer.calendar, answer.event);
      await noteMoved(tx, call.key, call.destination);
      await rerouteMark(tx, call.key, call.destination);
      return 'again';
    case 'delete':
      await forgetObservation(tx, call.calendar, call.eventId);
      if (call.cause === 'withdrawn' || call.cause === 'cancelled') await retireBinding(tx, call.key);
      return 'done';
  }
}

function applied(
  work: Work,
  call: Extract<Call, { stated: unknown }>,
  event: GoogleEvent,
): Parameters<typeof noteApplied>[2] {
  return {
    etag: event.etag ?? '',
    revision: call.revision,
    stated: call.stated,
    observed: event,
    calendarZone: work.calendarZone,
    written: true,
  };
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
