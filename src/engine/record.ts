import { observationOf } from '../core/observation.ts';
import type { Call, CreateCall, PatchCall } from '../core/plan.ts';
import type { PlannedCall } from '../core/plan-calendar.ts';
import type { FieldName } from '../core/stated-event.ts';
import { type Verdict, verifyAnswer } from '../core/verify.ts';
import { type Applied, bindEvents, noteApplied, noteMoved, retireBindings } from '../store/binding.ts';
import type { Db } from '../store/database.ts';
import { clearDirty, rerouteMark } from '../store/dirty.ts';
import { closeMended, type Mended } from '../store/finding.ts';
import { settleIntents } from '../store/intent.ts';
import { forgetObservation, storeObservations } from '../store/mirror.ts';
import type { Answer } from './perform.ts';
import { holdLease, type Work } from './work.ts';

/** A call that Google confirmed. */
export interface Answered {
  readonly planned: PlannedCall;
  readonly intentId: number;
  readonly answer: Answer;
}

/** What remains of a key after a call: nothing, or another look at it. */
export type Recorded = 'done' | 'again';

/** Records calls that Google confirmed, in one transaction: intents, bindings, mirror, findings, dirty marks. Answers what remains of each. */
export async function record(work: Work, answered: readonly Answered[]): Promise<readonly Recorded[]> {
  const judged = answered.map((entry) => judge(work, entry));
  await work.engine.db.transaction().execute(async (tx) => {
    await holdLease(tx, work);
    await settleIntents(
      tx,
      answered.map(({ intentId }) => intentId),
      'done',
      null,
    );
    await bindEvents(
      tx,
      judged.flatMap(({ call, written }) => (call.kind === 'create' && written !== null ? [call] : [])),
    );
    await mirror(tx, work, answered);
    await noteApplied(
      tx,
      judged.flatMap(({ written }) => (written === null ? [] : [written])),
    );
    for (const { call } of judged) await noteDeparture(tx, call);
    await closeMended(
      tx,
      judged.map(({ call }) => ({ key: call.key, fields: fieldsMendedBy(call) })),
      'mended',
    );
    await clearDirty(
      tx,
      judged.filter(({ recorded }) => recorded === 'done').map(({ call }) => call),
    );
  });
  return judged.map(({ recorded }) => recorded);
}

/** Nothing of its key is left to do: else its mark stays, whatever becomes of the rest. */
function endsWorkOn({ call, isNotAll }: PlannedCall): boolean {
  return isNotAll !== true && !(call.kind === 'create' && call.beside === true);
}

/** A patch leaves alone what the policies say, guests among it; any other call is about the whole event. */
function fieldsMendedBy(call: Call): Mended['fields'] {
  if (call.kind !== 'patch') return 'all';
  return call.fields.filter((field) => field !== 'attendees' || call.leaveGuests.length === 0);
}

interface Judged {
  readonly call: Call;
  readonly recorded: Recorded;
  /** What a create or patch has applied. */
  readonly written: Applied | null;
}

function judge(work: Work, { planned, answer }: Answered): Judged {
  const { call } = planned;
  switch (call.kind) {
    case 'create':
    case 'patch': {
      if (answer.kind === 'gone') return { call, recorded: 'again', written: null };
      const verdict = verifyAnswer(call, answer.event, work.calendarZone);
      const recorded = verdict.unlike.length === 0 && endsWorkOn(planned) ? 'done' : 'again';
      return { call, recorded, written: appliedBy(call, answer, verdict, work.calendarZone) };
    }
    case 'move':
      return { call, recorded: 'again', written: null };
    case 'delete':
      // Beside a leftover the key may have a call of its own, which has to find the mark.
      return { call, recorded: isLeftover(call) || !endsWorkOn(planned) ? 'again' : 'done', written: null };
  }
}

function isLeftover(call: Extract<Call, { kind: 'delete' }>): boolean {
  return call.cause === 'orphan' || call.cause === 'duplicate';
}

function appliedBy(
  call: CreateCall | PatchCall,
  { event }: Extract<Answer, { kind: 'event' }>,
  { exact }: Verdict,
  calendarZone: string,
): Applied {
  return {
    key: call.key,
    etag: event.etag ?? '',
    revision: call.revision,
    stated: call.stated,
    observed: event,
    calendarZone,
    written: true,
    exact,
    answers: call.kind === 'create' ? new Set(['start', 'end'] as const) : timesOf(call.fields),
  };
}

/** When the kind of time changes, both ends go out. */
function timesOf(fields: readonly FieldName[]): ReadonlySet<'start' | 'end'> {
  return new Set((['start', 'end'] as const).filter((end) => fields.includes(end)));
}

/** The event is not where it was. */
async function noteDeparture(tx: Db, call: Call): Promise<void> {
  if (call.kind !== 'move' && call.kind !== 'delete') return;
  await forgetObservation(tx, call.calendar, call.eventId);
  if (call.kind === 'move') {
    await noteMoved(tx, call.key, call.destination);
    await rerouteMark(tx, call.key, call.destination);
  } else if (!isLeftover(call)) {
    await retireBindings(tx, [call.key]);
  }
}

/** Google's answers go into the mirror at once; a listing has yet to confirm them. */
async function mirror(tx: Db, work: Work, answered: readonly Answered[]): Promise<void> {
  const { installation, fingerprintSecret } = work.engine;
  const { calendarZone, fullListing } = work;
  const context = { installation, fingerprintSecret, calendarZone, isBound: () => true };
  const shown = answered.flatMap(({ answer }) => (answer.kind === 'event' ? [answer] : []));
  for (const calendar of new Set(shown.map((answer) => answer.calendar))) {
    const events = shown.filter((answer) => answer.calendar === calendar).map(({ event }) => event);
    const observations = events.map((event) => observationOf(event, context));
    await storeObservations(tx, calendar, observations, fullListing, 'answer');
  }
}
