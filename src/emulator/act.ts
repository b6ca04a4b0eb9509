import type { EventDraft, EventRow, GrantRow } from './model.ts';
import type { State, StoredCalendar } from './state.ts';

/** One event before and after a change; rows are immutable, so keeping them costs two references. */
export interface RowChange {
  readonly calendarId: string;
  readonly before: EventRow | undefined;
  readonly after: EventRow;
  /** A consequence on another row: a guest's copy, the organizer's event, a changed occurrence. */
  readonly propagated?: true;
}

export type MailReason = 'invited' | 'invited_again' | 'changed' | 'uninvited' | 'cancelled' | 'shared';

export interface Mailing {
  readonly atMs: number;
  readonly calendarId: string;
  readonly eventId: string;
  readonly actor: 'client' | 'person';
  /** `share` is the message of a new rule of access; it has no event. */
  readonly method: 'insert' | 'update' | 'delete' | 'share';
  readonly sendUpdates: 'all' | 'externalOnly';
  readonly guests: readonly string[];
  /** Why each of them is mailed. */
  readonly why: Readonly<Record<string, MailReason>>;
}

/** One request of a client, or one act of a person: who does it, and what came of it. */
export interface Act {
  readonly state: State;
  readonly actor: 'client' | 'person';
  readonly email: string;
  /** A service account without delegation, which may not invite (API facts §4). */
  readonly robot: boolean;
  readonly clientId: string | undefined;
  readonly changes: RowChange[];
  readonly mailings: Mailing[];
}

export function newAct(state: State, actor: Act['actor'], email: string, grant?: GrantRow): Act {
  const robot = grant?.serviceAccount !== undefined && grant.serviceAccount === grant.email;
  return { state, actor, email, robot, clientId: grant?.clientId, changes: [], mailings: [] };
}

/** Stores the next state of an event and notes the change. */
export function putRow(
  act: Act,
  calendar: StoredCalendar,
  draft: EventDraft,
  keepEtag = false,
  propagated = false,
): EventRow {
  const before = calendar.events.get(draft.id);
  const after = act.state.putEvent(calendar, draft, keepEtag);
  act.changes.push({ calendarId: calendar.row.id, before, after, ...(propagated ? { propagated } : {}) });
  return after;
}
