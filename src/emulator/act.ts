import type { EventDraft, EventRow } from './model.ts';
import type { State, StoredCalendar } from './state.ts';

/** One event before and after a change; rows are immutable, so keeping them costs two references. */
export interface RowChange {
  readonly calendarId: string;
  readonly before: EventRow | undefined;
  readonly after: EventRow;
}

export interface Mailing {
  readonly atMs: number;
  readonly calendarId: string;
  readonly eventId: string;
  readonly method: 'insert' | 'update' | 'delete';
  readonly sendUpdates: 'all' | 'externalOnly';
  readonly guests: readonly string[];
}

/** One request of a client, or one act of a person: who does it, and what came of it. */
export interface Act {
  readonly state: State;
  readonly actor: 'client' | 'person';
  readonly email: string;
  readonly changes: RowChange[];
  readonly mailings: Mailing[];
}

export function newAct(state: State, actor: Act['actor'], email: string): Act {
  return { state, actor, email, changes: [], mailings: [] };
}

/** Stores the next state of an event and notes the change. */
export function putRow(act: Act, calendar: StoredCalendar, draft: EventDraft, keepEtag = false): EventRow {
  const before = calendar.events.get(draft.id);
  const after = act.state.putEvent(calendar, draft, keepEtag);
  act.changes.push({ calendarId: calendar.row.id, before, after });
  return after;
}
