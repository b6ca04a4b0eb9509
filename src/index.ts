/**
 * The library door: saying what should be, from TypeScript, in the caller's own transaction if it likes. What it writes is the table;
 * `calsync reconcile` makes Google Calendar equal to it.
 *
 * ```ts
 * const pool = openPool({ connection: { url: 'postgres://…' } });
 * const db = openDatabase(pool);
 * const parsed = parseEventSpec({ key: 'class-42/slot-7', calendar: '…', … });
 * if (parsed.ok) requireWritten(await putEvents(db, [parsed.spec], { actor: 'booking', door: 'typescript', source: 'caller' }));
 * await db.destroy();
 * ```
 *
 * Every function of the write path takes a database or a transaction (`callerTransaction` makes one of a `pg` client's own), and either
 * writes everything it was given or nothing.
 */

export { CalsyncError, type CalsyncErrorDetails, type ErrorKind } from './core/error.ts';
export {
  type AttendeeSpec,
  type EventFields,
  type EventSpec,
  type EventTime,
  type ParsedEventSpec,
  parseEventSpec,
  type Reminder,
} from './core/event-spec.ts';
export type { SpecProblem } from './core/spec-problem.ts';
export { type DatabaseAddress, type Db, openDatabase, openPool, type Tx } from './store/database.ts';
export { callerTransaction, type Writer } from './store/transaction.ts';
export { type ApplyOptions, type ApplyResult, applySchedule, type ScheduleChanges } from './write/apply.ts';
export { addAttendees, type Enrolment, removeAttendeesOf } from './write/attendees.ts';
export { cancelEvents } from './write/cancel.ts';
export { type PutOptions, putEvents } from './write/put.ts';
export {
  requireWritten,
  type WriteProblem,
  type WriteProblemKind,
  type WriteResult,
  type WrittenKey,
  type WrittenKind,
} from './write/result.ts';
