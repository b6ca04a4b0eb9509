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
 * Every function of the write path takes a database or a transaction, and either writes everything it was given or nothing.
 * `callerTransaction` makes one of that of a `pg` client or Kysely of the caller's own. A process keeps one database: writes of single events that
 * are begun at once go to it together, each decided and answered by itself.
 */

export { CalsyncError, type CalsyncErrorDetails, type ErrorKind } from './core/error.ts';
export {
  type AttendeeSpec,
  type EventFields,
  type EventSpec,
  type EventTime,
  type ParsedEventSpec,
  type PersonSpec,
  parseEventSpec,
  type Reminder,
  type WrittenEvent,
} from './core/event-spec.ts';
export type { EventStatus, Standing } from './core/event-status.ts';
export type { SpecProblem } from './core/spec-problem.ts';
export { type DatabaseAddress, type Db, openDatabase, openPool, type Tx } from './store/database.ts';
export { type AttendeeStanding, type EventStanding, readEventStatus } from './store/event-status.ts';
export {
  type HistoryCall,
  type HistoryChange,
  type HistoryEntry,
  type KeyHistory,
  readHistory,
} from './store/history.ts';
export { type Person, peopleOfAddress, readPeople } from './store/person.ts';
export { type Replay, type ReplayDifference, verifyReplay } from './store/replay.ts';
export { callerTransaction, type Writer } from './store/transaction.ts';
export type { VersionWish } from './store/version.ts';
export { type ApplyOptions, type ApplyResult, applySchedule, type ScheduleChanges } from './write/apply.ts';
export { addAttendees, type Enrolment, type GuestName, removeAttendeesOf } from './write/attendees.ts';
export { type Bounce, markReachable, type RecordedBounce, recordBounce } from './write/bounce.ts';
export { cancelEvents } from './write/cancel.ts';
export { type GotEvent, type GotPage, getEvent, listEvents } from './write/get.ts';
export { type PatchResult, patchEvent } from './write/patch-event.ts';
export { type PersonFacts, putPerson, setCalendarAddress } from './write/person.ts';
export { type PutOptions, putEvents } from './write/put.ts';
export { type RestoreOptions, restoreVersion } from './write/restore-version.ts';
export {
  requireWritten,
  type WriteProblem,
  type WriteProblemKind,
  type WriteResult,
  type WrittenKey,
  type WrittenKind,
} from './write/result.ts';
