// Generated from a migrated database by `npm run db:types`; do not edit.
import type { ColumnType, Generated, GeneratedAlways } from 'kysely';

/** Written as text: a JavaScript array would be taken for a Postgres one. */
type Json = ColumnType<unknown, string, string>;
type GivenJson = ColumnType<unknown, string | undefined, string>;
type Timestamp = ColumnType<Date, Date | string, Date | string>;
type GivenTimestamp = ColumnType<Date, Date | string | undefined, Date | string>;

interface AccountTable {
  /** The address of the Google account, as Google spells it. */
  id: string;
  /** active; reauth_required: its owner has to connect again; quota_paused: Google asked for a long pause. */
  state: Generated<'active' | 'reauth_required' | 'quota_paused'>;
  /** Why it is in this state; holds no secret. */
  state_reason: string | null;
  /** Since when it is in this state. */
  state_since: GivenTimestamp;
  /** When a quota pause ends. */
  paused_until: Timestamp | null;
  /** The refresh token, encrypted with CALSYNC_SECRET_KEY. */
  refresh_token: string;
  /** What the owner consented to. */
  scopes: Generated<string[]>;
  /** When it was connected first. */
  created_at: GivenTimestamp;
}

interface ApiTokenTable {
  /** Its number, a part of the token. */
  id: GeneratedAlways<number>;
  /** The actor of what is written with it; one token in use per name. */
  name: string;
  /** SHA-256 of its 256 random bits, hexadecimal. */
  secret_hash: string;
  /** What it may: read, write, admin (both, and what is for operators). */
  scopes: string[];
  /** Requests that it may make a minute, in each process of the server. */
  rate_per_minute: number;
  /** When it was made. */
  created_at: GivenTimestamp;
  /** Who made it. */
  created_by: string;
  /** Since when it opens nothing any more; null while it does. */
  revoked_at: Timestamp | null;
  /** When it was used last, to ten minutes. */
  last_used_at: Timestamp | null;
}

interface ApprovalTable {
  /** The hold. */
  hold: number;
  /** Who granted it. */
  granted_by: string;
  /** When. */
  granted_at: GivenTimestamp;
  /** When it ends, used or not. */
  expires_at: Timestamp;
}

interface BindingTable {
  /** The key. No foreign key: a binding outlives its row. */
  key: string;
  /** The how-manieth Google event of the key this is; part of the derived event id. */
  incarnation: number;
  /** The calendar on which the event lives. */
  calendar: string;
  /** Google's id of the event; it rules, the derivation only creates. */
  event_id: string;
  /** live; gone: seen deleted by someone; retired: ended by us, kept for a grace period. */
  state: 'live' | 'gone' | 'retired';
  /** The etag that goes with what was applied. */
  etag: string | null;
  /** The fields last written with success, as they were stated; null when the event was taken over and never written. */
  applied: Json | null;
  /** Hash of the normal form of applied. */
  applied_hash: string | null;
  /** The revision of the row that was applied. */
  applied_revision: Generated<number>;
  /** Hash of the normal form of the event as Google had it when it was last found equal. */
  answered_hash: string | null;
  /** The start that Google answered to the last write, an RFC 3339 instant or a date. */
  answered_start: string | null;
  /** The end that Google answered to the last write. */
  answered_end: string | null;
  /** Version of the normal form behind the hashes; another one means computing both again, never a write. */
  hash_version: number;
  /** When the last write ended. */
  written_at: Timestamp | null;
  /** When it was written, until a listing shows it. */
  unconfirmed_since: Timestamp | null;
  /** When the event came to stand for the key. */
  bound_at: GivenTimestamp;
  /** When we ended it. */
  retired_at: Timestamp | null;
}

interface BreakerTable {
  /** `google`, or `account:` and its address. */
  scope: string;
  /** closed: calls are made; open: none is; half_open: one worker tries whether Google answers again. */
  state: Generated<'closed' | 'open' | 'half_open'>;
  /** Calls in a row, of all workers, to which Google gave no usable answer. */
  failures: Generated<number>;
  /** When the first of them failed. */
  failing_since: Timestamp | null;
  /** When the last of them failed. */
  last_failure_at: Timestamp | null;
  /** What the last of them met: a time-out, a status, the network's code. */
  reason: string | null;
  /** When it opened. */
  opened_at: Timestamp | null;
  /** Open: when the next try is due; half open: when the try that runs is given up. */
  probe_at: Timestamp | null;
  /** Tries in a row that failed; each makes the next wait longer. */
  probes: Generated<number>;
  /** Half open: the lease whose turn tries. */
  prober: string | null;
}

interface CalendarTable {
  /** Google's id of the calendar; the only name by which it is known. */
  id: string;
  /** The connection through which it is read and written. */
  account: string;
  /** Its title when it was last seen; for people to read, never to find it by. */
  summary: Generated<string>;
  /** Its own zone, in which Google renders instants. */
  time_zone: Generated<string>;
  /** live, or test: rows of tests never reach a live calendar. */
  namespace: Generated<'live' | 'test'>;
  /** sync: create, patch and delete; upsert-only: no delete; create-only: no patch and no delete; observe: no change at all. */
  policy: 'sync' | 'upsert-only' | 'create-only' | 'observe';
  /** What a change by a person leads to: enforce, adopt, flag or ignore. */
  drift: Generated<'enforce' | 'adopt' | 'flag' | 'ignore'>;
  /** The same per field, where it differs: {"location": "adopt"}. */
  drift_fields: GivenJson;
  /** What a deletion by a person leads to: recreate, accept (cancel the row) or flag. */
  on_delete: Generated<'recreate' | 'accept' | 'flag'>;
  /** What a move by a person to another managed calendar leads to: flag, move_back or follow. */
  on_move: Generated<'flag' | 'move_back' | 'follow'>;
  /** What is done with events of ours that have no row: flag or delete. */
  orphans: Generated<'flag' | 'delete'>;
  /** What is done with further marked events of a key: flag or delete. */
  duplicates: Generated<'flag' | 'delete'>;
  /** Where rows go when the calendar is gone: hold, or primary. */
  fallback: Generated<'hold' | 'primary'>;
  /** active; unavailable: Google answers 404 or refuses access; unknown: a listing cannot be believed; held: a person has to decide. */
  state: Generated<'active' | 'unavailable' | 'unknown' | 'held'>;
  /** Why it is in this state. */
  state_reason: string | null;
  /** Since when it is in this state. */
  state_since: GivenTimestamp;
  /** Google's token for the next incremental listing; written with the last page that it covers. */
  sync_token: string | null;
  /** Number of the newest full listing; a mirror row of an older one was not in it. */
  full_listing: Generated<number>;
  /** When a listing was last read to its end. */
  observed_at: Timestamp | null;
  /** When it is to be listed again. */
  next_pull_at: GivenTimestamp;
  /** The worker that works on it now. */
  lease_owner: string | null;
  /** Counts the leases; a write of an older epoch is refused. */
  lease_epoch: Generated<number>;
  /** When the lease ends by itself. */
  lease_until: Timestamp | null;
  /** When it came under management. */
  created_at: GivenTimestamp;
}

interface ChangeFeedTable {
  /** Always true: there is one row. */
  id: Generated<boolean>;
  /** Retention has judged the rows up to this position. */
  swept_through: number;
  /** The highest position of a row that was dropped: who resumes before it has missed something. */
  dropped_through: number;
}

interface DesiredAttendeeTable {
  /** The event. */
  key: string;
  /** The address of the guest's calendar, as written. */
  address: string;
  /** The form in which addresses are compared. */
  normal_address: GeneratedAlways<string>;
  /** The guest's name; given to Google with the invitation, never compared. */
  display_name: string | null;
  /** Whether attendance is optional. */
  optional: Generated<boolean>;
  /** active; closed: the event was cancelled. */
  state: Generated<'active' | 'closed'>;
  /** When the guest was added. */
  added_at: GivenTimestamp;
  /** Whose calendar address it is. With it address may be left out, and follows the person while the event lies ahead. */
  person: string | null;
}

interface DesiredEventTable {
  /** The caller's stable name of the event, 1 to 512 bytes; never made from a time, never changed. */
  key: string;
  /** The managed calendar on which it should be. */
  calendar: string;
  /** The group of keys to which it belongs, if any. */
  schedule: string | null;
  /** Its title. Null: not stated, so not touched. */
  summary: string | null;
  /** Its text, plain or the HTML that Google allows. Null: not stated. */
  description: string | null;
  /** Where it is. Null: not stated. */
  location: string | null;
  /** First day of an all-day event. */
  start_date: string | null;
  /** Local time at which a timed event starts. */
  start_local: string | null;
  /** The IANA zone of start_local. */
  start_zone: string | null;
  /** The caller's own UTC offset, only to pick a side of an ambiguous hour. */
  start_offset: string | null;
  /** The day after the last day of an all-day event. */
  end_date: string | null;
  /** Local time at which a timed event ends. */
  end_local: string | null;
  /** The IANA zone of end_local. */
  end_zone: string | null;
  /** As start_offset, for the end. */
  end_offset: string | null;
  /** RRULE, RDATE and EXDATE lines of a series. Null: not stated. */
  recurrence: string[] | null;
  /** Google's reminders object. Null: not stated. */
  reminders: Json | null;
  /** The caller's own facts; never sent to Google. */
  labels: GivenJson;
  /** Whom Google mails about changes: all, externalOnly, none. Null: by the rule for protecting people. */
  send_updates: 'all' | 'externalOnly' | 'none' | null;
  /** Whether another key may have the same calendar, time and summary. */
  allow_twin: Generated<boolean>;
  /** Policy of its own, where it differs from the calendar's. */
  drift: 'enforce' | 'adopt' | 'flag' | 'ignore' | null;
  /** Policy of its own, where it differs from the calendar's. */
  on_delete: 'recreate' | 'accept' | 'flag' | null;
  /** Policy of its own, where it differs from the calendar's. */
  on_move: 'flag' | 'move_back' | 'follow' | null;
  /** When it was cancelled; null while it should take place. */
  cancelled_at: Timestamp | null;
  /** Counts changes of the event's own fields; what a caller's If-Match names. Kept by triggers. */
  generation: Generated<number>;
  /** Counts every change, attendees included. Kept by triggers. */
  revision: Generated<number>;
  /** Counts changes of its attendees. Kept by triggers. */
  attendees_version: Generated<number>;
  /** When the row was inserted. */
  created_at: GivenTimestamp;
  /** When it changed last. */
  updated_at: GivenTimestamp;
}

interface DirtyTable {
  /** The key. */
  key: string;
  /** The calendar in whose turn the key is worked. */
  calendar: string;
  /** The revision that needs work; the mark is cleared only if it is still this one. */
  revision: number;
  /** When the event starts: soonest first. */
  starts_at: Timestamp | null;
  /** Since when work is due. */
  marked_at: GivenTimestamp;
  /** When it is to be worked next. */
  due_at: GivenTimestamp;
  /** How often it failed in a row. */
  attempts: Generated<number>;
  /** True when it waits for a change of the row or for `calsync retry`. */
  parked: Generated<boolean>;
  /** Whose fault it is that it waits. */
  fault: 'google' | 'account' | 'row' | 'calsync' | null;
  /** Kind of the last error. */
  error_kind: string | null;
  /** Why it waits; no event text. */
  reason: string | null;
}

interface FindingTable {
  /** The number by which people speak of it. */
  id: GeneratedAlways<number>;
  /** What it is. */
  kind: 'drift' | 'conflict' | 'orphan' | 'duplicate' | 'lookalike' | 'missing' | 'moved' | 'deleted' | 'contested' | 'occurrence' | 'twin' | 'zone_rules_differ' | 'rejected' | 'guest_copies_may_remain' | 'unreachable';
  /** Where it was seen. */
  calendar: string;
  /** The key, if it has one. */
  key: string | null;
  /** The Google event, if there is one. */
  event_id: string | null;
  /** The fields that differ: desired, applied, observed. Evidence: for those who may read the calendar. */
  fields: GivenJson;
  /** One sentence, without event text. */
  reason: string;
  /** True when it waits for a person; false when calsync mends it or it counts as in sync. */
  flagged: boolean;
  /** Since when. */
  opened_at: GivenTimestamp;
  /** Until when; null while open. */
  closed_at: Timestamp | null;
  /** mended by calsync, accepted into the table or by a person, or gone by itself. */
  closed_as: 'mended' | 'accepted' | 'gone' | null;
}

interface GoogleChangeTable {
  /** Order of seeing. */
  id: GeneratedAlways<number>;
  /** The key for which the event stands. */
  key: string;
  /** The calendar on which it was seen. */
  calendar: string;
  /** Google's id of the event; of the series, for an occurrence. */
  event_id: string;
  /** Google's id of the occurrence, if it is about one. */
  occurrence: string | null;
  /** The kind that its history row would have. */
  kind: 'google_changed' | 'google_deleted' | 'google_answered';
  /** When the state before was seen; calls of ours since then may explain the change. Null: not known. */
  since: Timestamp | null;
  /** When the change was seen. */
  seen_at: GivenTimestamp;
  /** The event as it was last seen; null when it was not. */
  before: Json | null;
  /** The event as it is seen now. */
  after: Json;
}

interface HistoryTable {
  /** Order of writing; rows of open transactions may appear behind it. */
  id: GeneratedAlways<number>;
  /** Order after commit, given by one sequencer; null until then. */
  position: number | null;
  /** The key. */
  key: string;
  /** What happened. */
  kind: 'inserted' | 'updated' | 'cancelled' | 'revived' | 'withdrawn' | 'rekeyed' | 'attendee_added' | 'attendee_changed' | 'attendee_removed' | 'google_changed' | 'google_deleted' | 'google_answered';
  /** Generation after the change. */
  generation: number;
  /** Revision after the change. */
  revision: number;
  /** When. */
  at: GivenTimestamp;
  /** Who: the setting calsync.actor of the transaction, else the database role. */
  actor: string;
  /** caller, google or calsync. */
  source: 'caller' | 'google' | 'calsync';
  /** The way in: sql, cli, http, typescript, engine. */
  door: string;
  /** The row before, null for an insert. */
  before: Json | null;
  /** The row after, null for a withdrawal. */
  after: Json | null;
  /** The calendars that the change concerns: that of after, and that of before where it is another one. */
  calendars: Generated<string[]>;
  /** Likewise the schedules. */
  schedules: Generated<string[]>;
  /** The persons who were on the event before or after the change, in order. */
  people: Generated<string[]>;
}

interface HoldTable {
  /** The number by which it is approved or rejected. */
  id: GeneratedAlways<number>;
  /** The calendar. */
  calendar: string;
  /** What was stopped. */
  kind: 'withdrawals' | 'recreates' | 'rekey' | 'lookalike' | 'deleted_with_copy' | 'table_older' | 'mark_taken';
  /** Hash of the exact set. */
  set_hash: string;
  /** Why, in one sentence. */
  reason: string;
  /** Since when it waits. */
  opened_at: GivenTimestamp;
  /** When it ended. */
  closed_at: Timestamp | null;
  /** approved, rejected, or lapsed: the set changed or went away. */
  decision: 'approved' | 'rejected' | 'lapsed' | null;
  /** Who decided. */
  decided_by: string | null;
}

interface HoldItemTable {
  /** The hold. */
  hold: number;
  /** The key. */
  key: string;
  /** The Google event that the stopped action concerns. */
  event_id: string;
  /** The revision of the key when it was stopped. */
  revision: number;
  /** When the permission for it was used; once. */
  used_at: Timestamp | null;
  /** In a re-key, of a new key: the withdrawn key whose event says the same. */
  replaces: string | null;
}

interface IdempotencyTable {
  /** Who asked; a key means something to its own token alone. */
  token: string;
  /** The Idempotency-Key. */
  key: string;
  /** SHA-256 of method, path, query and body. */
  request_hash: string;
  /** The status that was answered; null only within the transaction that writes it. */
  status: number | null;
  /** The headers that belong to the answer, such as its ETag. */
  headers: Json | null;
  /** The body as it was sent. */
  body: string | null;
  /** When the request came first. */
  created_at: GivenTimestamp;
}

interface IntentTable {
  /** Order of making. */
  id: GeneratedAlways<number>;
  /** The calendar that is called. */
  calendar: string;
  /** The lease under which it was made. */
  epoch: number;
  /** The key; null for an orphan. */
  key: string | null;
  /** create, patch, move or delete. */
  kind: 'create' | 'patch' | 'move' | 'delete';
  /** The Google event. */
  event_id: string;
  /** For a create: which Google event of the key. */
  incarnation: number | null;
  /** What is sent as If-Match; null only for a create. */
  etag: string | null;
  /** For a move: where to. */
  destination: string | null;
  /** The revision on which it rests. */
  revision: number | null;
  /** The fields that are applied if it is done. */
  applied: Json | null;
  /** As what the guard counts it. */
  counts_as: 'withdrawal' | 'cancellation' | 'recreate' | null;
  /** The fields of a person's change that it undoes; counted for contested. */
  repairs: Generated<string[]>;
  /** The approval that it uses; such intents are in no count. */
  approval: number | null;
  /** When it was written, before the call. */
  made_at: GivenTimestamp;
  /** When its outcome was known. */
  settled_at: Timestamp | null;
  /** done; not_done: the call had no effect; overtaken: someone else's change came first. */
  outcome: 'done' | 'not_done' | 'overtaken' | null;
  /** Kind of the error, if any. */
  error_kind: string | null;
  /** Google's reason, if any. */
  error_reason: string | null;
}

interface KeyCounterTable {
  /** The key. */
  key: string;
  /** Last generation of the row that was there. */
  generation: number;
  /** Last revision given to the key; the withdrawal itself has one. */
  revision: number;
}

interface ObservedEventTable {
  /** The calendar. */
  calendar: string;
  /** Google's id of the event. */
  event_id: string;
  /** Its etag; empty for a tombstone that came without. */
  etag: string;
  /** confirmed, tentative, or cancelled (a tombstone). */
  status: 'confirmed' | 'tentative' | 'cancelled';
  /** The series, for an occurrence that differs from it. */
  recurring_event_id: string | null;
  /** When that occurrence would have started. */
  original_start: string | null;
  /** Bound, or carrying the mark of this installation. */
  ours: boolean;
  /** Installation named by the mark in its private extended properties. */
  mark_installation: string | null;
  /** Key named by the mark. */
  mark_key: string | null;
  /** Revision named by the mark. */
  mark_revision: number | null;
  /** Hash of its normal form; only for events of ours. */
  hash: string | null;
  /** Version of the normal form behind hash and fingerprint. */
  hash_version: number;
  /** The event as Google gave it, as far as calsync reads it; only for events of ours. */
  body: Json | null;
  /** Keyed fingerprint of start, end, recurrence and summary; only for live events that are not ours. */
  fingerprint: string | null;
  /** When Google says that it was created; decides which copy is the oldest. */
  created: string | null;
  /** Number of the full listing in which it was last seen, or that was newest then. */
  listing: number;
  /** list: a listing showed it; read: read by id; answer: Google's answer to our write. */
  source: 'list' | 'read' | 'answer';
  /** When. */
  seen_at: GivenTimestamp;
  /** The event whose later dates a person took over with this one, by its id: "this and following". */
  rest_of: string | null;
}

interface OutboxMailTable {
  /** Its number. */
  id: GeneratedAlways<number>;
  /** invitation, change, cancellation: iCalendar messages of an event; reminder; report, alert, account: to owners. */
  kind: 'invitation' | 'change' | 'cancellation' | 'reminder' | 'report' | 'alert' | 'account';
  /** The event that it is about. */
  key: string | null;
  /** To whom. */
  address: string;
  /** The form in which addresses are compared. */
  normal_address: GeneratedAlways<string>;
  /** That of the event's calendar when it was written: mail of test rows goes to a file, never to a mail server. */
  namespace: Generated<'live' | 'test'>;
  /** The revision of the event that it tells. */
  revision: number | null;
  /** The SEQUENCE of an iCalendar message (RFC 5546). */
  sequence: number | null;
  /** Its Message-ID, the same at every attempt. */
  message_id: string;
  /** What the message is made from; holds no secret. */
  payload: GivenJson;
  /** pending; sent; dropped: not true any more; failed: refused; closed: event or guest went before it was sent. */
  state: Generated<'pending' | 'sent' | 'dropped' | 'failed' | 'closed'>;
  /** Why it ended so; as for reminders. */
  reason: string | null;
  /** How often sending it failed. */
  attempts: Generated<number>;
  /** When it is to be sent, or tried again. */
  not_before: GivenTimestamp;
  /** The worker that sends it now. */
  claimed_by: string | null;
  /** When that worker's claim ends by itself. */
  claimed_until: Timestamp | null;
  /** When it was written. */
  created_at: GivenTimestamp;
  /** When it ended. */
  ended_at: Timestamp | null;
}

interface OwedMarkTable {
  /** The key. */
  key: string;
  /** In whose turn it is marked. */
  calendar: string;
  /** Since when. */
  since: GivenTimestamp;
}

interface PersonTable {
  /** The caller's permanent id of the person, 1 to 256 bytes. */
  id: string;
  /** The person's name, for people to read. */
  display_name: string | null;
  /** When the person was first put. */
  created_at: GivenTimestamp;
}

interface PersonAddressTable {
  /** The person. */
  person: string;
  /** calendar: where invitations go, one per person; login: what the caller knows them by. */
  kind: 'calendar' | 'login';
  /** The address, as written. */
  address: string;
  /** The form in which addresses are compared. */
  normal_address: GeneratedAlways<string>;
  /** Since when. */
  since: GivenTimestamp;
}

interface QuotaBucketTable {
  /** `project`, or `account:` and its address. */
  scope: string;
  /** Units left in the bucket at refilled_at; below zero when calls wait. */
  units: number;
  /** When the bucket was last filled up. */
  refilled_at: Timestamp;
  /** The day that day_spent counts (UTC). */
  day: string;
  /** Units spent on that day. */
  day_spent: Generated<number>;
}

interface ReminderTable {
  /** Its number. */
  id: GeneratedAlways<number>;
  /** The event. No foreign key: how a reminder ended outlives the row. */
  key: string;
  /** To whom, where the guest is known by address alone. */
  address: string | null;
  /** The form in which addresses are compared. */
  normal_address: GeneratedAlways<string | null>;
  /** To whom, where the guest is a person: their address is looked up when it is sent. */
  person: string | null;
  /** The rule: minutes before the start. */
  minutes_before: number;
  /** Which occurrence of a series: its original start as local time; empty for a single event. */
  occurrence: Generated<string>;
  /** The start for which due_at was reckoned. */
  starts_at: Timestamp;
  /** When it is to be sent; follows the start of a single event. */
  due_at: Timestamp;
  /** pending; sent; dropped: too late, or not true any more; failed: the mail server refused it; closed: event or guest went. */
  state: Generated<'pending' | 'sent' | 'dropped' | 'failed' | 'closed'>;
  /** Why it ended so. event_cancelled, event_withdrawn and guest_removed are undone when event or guest comes back in time. */
  reason: string | null;
  /** The Message-ID of its mail, kept for every further attempt. */
  message_id: string | null;
  /** How often sending it failed. */
  attempts: Generated<number>;
  /** When it is to be tried again. */
  not_before: Timestamp | null;
  /** The worker that sends it now. */
  claimed_by: string | null;
  /** When that worker's claim ends by itself. */
  claimed_until: Timestamp | null;
  /** When it was planned. */
  created_at: GivenTimestamp;
  /** When it ended. */
  ended_at: Timestamp | null;
}

interface RunTable {
  /** Order of ending. */
  id: GeneratedAlways<number>;
  /** The calendar. */
  calendar: string;
  /** The lease under which it ran. */
  epoch: number;
  /** When it began. */
  started_at: Timestamp;
  /** When it ended. */
  ended_at: GivenTimestamp;
  /** The state of the calendar after it. */
  outcome: string;
  /** Calls and changes, by kind. */
  counts: Json;
  /** Kind of the error that ended it, if any. */
  error_kind: string | null;
  /** Its reason, without event text. */
  error_reason: string | null;
}

interface SeriesEndTable {
  /** The key. */
  key: string;
  /** Hash of start, end and recurrence, as calsync.series_hash gives it: another series of the key has its own row. */
  series: string;
  /** The end of its last occurrence; an all-day one ends with its day everywhere on earth. */
  ends_at: Timestamp;
}

interface SettingTable {
  /** installation, google, fingerprint_secret, database; reconciler: its limits, for the views below; and the names that `calsync config` sets. */
  name: string;
  /** The fact. */
  value: Json;
  /** When it was set. */
  set_at: GivenTimestamp;
  /** The database role that set it. */
  set_by: Generated<string>;
}

interface SettingHistoryTable {
  /** Order of writing. */
  id: GeneratedAlways<number>;
  /** The setting. */
  name: string;
  /** When. */
  at: GivenTimestamp;
  /** Who: the setting calsync.actor of the transaction, else the database role. */
  actor: string;
  /** The way in. */
  door: string;
  /** The value before; null when it had none, and for secrets. */
  before: Json | null;
  /** The value after; null when it was taken away, and for secrets. */
  after: Json | null;
}

interface TestAddressTable {
  /** An address, or @ and a domain for everyone there. */
  entry: string;
  /** The form in which it is compared. */
  normal_entry: GeneratedAlways<string>;
  /** When it was added. */
  added_at: GivenTimestamp;
}

interface TimeZoneTable {
  /** The name, in its right spelling. */
  name: string;
  /** The one name that stands for the zone and all its aliases; null: this one. */
  canonical: string | null;
}

interface UnreachableAddressTable {
  /** The form in which addresses are compared. */
  normal_address: string;
  /** The address, as it was reported last. */
  address: string;
  /** Who refused it: google, smtp (while sending), bounce (afterwards). */
  source: 'google' | 'smtp' | 'bounce';
  /** What was said, in one line. */
  reason: string;
  /** When it was first refused. */
  since: GivenTimestamp;
  /** When somebody said that it works again; null while it does not. */
  cleared_at: Timestamp | null;
}

export interface Database {
  account: AccountTable;
  api_token: ApiTokenTable;
  approval: ApprovalTable;
  binding: BindingTable;
  breaker: BreakerTable;
  calendar: CalendarTable;
  change_feed: ChangeFeedTable;
  desired_attendee: DesiredAttendeeTable;
  desired_event: DesiredEventTable;
  dirty: DirtyTable;
  finding: FindingTable;
  google_change: GoogleChangeTable;
  history: HistoryTable;
  hold: HoldTable;
  hold_item: HoldItemTable;
  idempotency: IdempotencyTable;
  intent: IntentTable;
  key_counter: KeyCounterTable;
  observed_event: ObservedEventTable;
  outbox_mail: OutboxMailTable;
  owed_mark: OwedMarkTable;
  person: PersonTable;
  person_address: PersonAddressTable;
  quota_bucket: QuotaBucketTable;
  reminder: ReminderTable;
  run: RunTable;
  series_end: SeriesEndTable;
  setting: SettingTable;
  setting_history: SettingHistoryTable;
  test_address: TestAddressTable;
  time_zone: TimeZoneTable;
  unreachable_address: UnreachableAddressTable;
}
