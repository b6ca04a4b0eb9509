import type { CalendarState, TurnCounts, TurnReport } from '../../engine/engine.ts';
import type { ReconcileReport } from '../../engine/reconcile.ts';
import type { Paint } from '../output.ts';
import { calendarStateText } from './state.ts';
import { countOf } from './units.ts';

/** One line a calendar, and what to do where something is left. */
export function reconciledText({ calendars }: ReconcileReport, paint: Paint): string {
  if (calendars.length === 0)
    return 'No calendar is under management. Add one: calsync calendars add GOOGLE_ID --account EMAIL';
  return calendars.map((turn) => turnText(turn, paint)).join('\n');
}

function turnText({ calendar, state, counts, error }: TurnReport, paint: Paint): string {
  const calls = `${countOf(counts.apiCalls, 'call')}, ${countOf(counts.listCalls, 'of them a listing', 'of them listings')}`;
  const line = `${calendar}: ${calendarStateText(state, paint)}; ${doneText(state, counts)} (${calls})`;
  const hints = [error?.message ?? null, hintOf(state, calendar)].filter((text) => text !== null);
  return [line, ...hints.map((text) => `  ${text}`)].join('\n');
}

function doneText(state: CalendarState, counts: TurnCounts): string {
  const names = ['created', 'patched', 'moved', 'deleted', 'recreated', 'adopted', 'failed', 'parked', 'held'] as const;
  const parts = names.filter((name) => counts[name] > 0).map((name) => `${counts[name]} ${name}`);
  if (parts.length > 0) return parts.join(', ');
  return state === 'in_sync' ? 'nothing to change' : 'nothing was changed';
}

function hintOf(state: CalendarState, calendar: string): string | null {
  switch (state) {
    case 'in_sync':
      return null;
    case 'out_of_sync':
    case 'unknown':
      return `what is left: calsync diff --calendar ${calendar}`;
    case 'held':
      return 'what a person has to decide: calsync holds';
    case 'paused':
      return 'why it is paused: calsync status';
    case 'busy':
      return 'another calsync works on it now';
  }
}

/** The contract's `reconcile --json`. */
export function reconciledDocument({ calendars, inSync }: ReconcileReport): unknown {
  return {
    calendars: calendars.map(({ calendar, state, counts, error }) => ({
      calendar,
      state,
      created: counts.created,
      patched: counts.patched,
      moved: counts.moved,
      deleted: counts.deleted,
      recreated: counts.recreated,
      adopted: counts.adopted,
      failed: counts.failed,
      parked: counts.parked,
      held: counts.held,
      apiCalls: counts.apiCalls,
      listCalls: counts.listCalls,
      error: error === null ? null : { kind: error.kind, reason: error.reason ?? null, message: error.message },
    })),
    inSync,
  };
}
