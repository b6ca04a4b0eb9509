import { type Act, putRow } from './act.ts';
import { apiError, badRequest } from './api-error.ts';
import { spreadToGuests } from './guest-copies.ts';
import { instanceAt, seriesOf } from './instances.ts';
import type { EventRow } from './model.ts';
import { splitLines, wallOf } from './recurrence.ts';
import type { StoredCalendar } from './state.ts';
import { cancelStrayExceptions } from './stray-exceptions.ts';

/**
 * "This and following events": the old series ends before the occurrence, a new one begins with it under an id
 * such as `<id>_R20201130T010000`, and later exceptions are lost (API facts §5, probe row 38). Gives the new series.
 */
export function splitSeries(
  act: Act,
  calendar: StoredCalendar,
  master: EventRow,
  stamp: string,
  withMarks: boolean,
): EventRow {
  const series = seriesOf(master);
  const first = instanceAt(master, stamp, act.state.zones);
  if (series === undefined || first === undefined) throw apiError('notFound');
  const { zones } = act.state;
  const { before, after } = splitLines(series, wallOf(first.start, series.zone, zones), zones);
  if (before === undefined) throw badRequest('invalid', 'The first occurrence begins the series already.');
  const updatedMs = act.state.now();
  const content = { ...master.content, recurrence: before };
  const ended = putRow(act, calendar, { ...master, content, sequence: master.sequence + 1, updatedMs });
  cancelStrayExceptions(act, calendar, master, ended);
  spreadToGuests(act, calendar, master, ended, 'none');
  return begin(act, calendar, first, after, withMarks);
}

function begin(
  act: Act,
  calendar: StoredCalendar,
  first: EventRow,
  recurrence: readonly string[],
  withMarks: boolean,
): EventRow {
  const { recurringEventId = '', originalStart: _, ...rest } = first;
  const { extendedProperties, ...plain } = first.content;
  const marks = withMarks && extendedProperties !== undefined ? { extendedProperties } : {};
  const now = act.state.now();
  const id = `${recurringEventId.replace(/_R\d{8}(T\d{6})?$/, '')}_R${first.id.slice(recurringEventId.length + 1).replace('Z', '')}`;
  const content = { ...plain, ...marks, recurrence };
  const row = { ...rest, id, iCalUID: `${id}@google.com`, content, sequence: 0, createdMs: now, updatedMs: now };
  const put = putRow(act, calendar, row);
  spreadToGuests(act, calendar, undefined, put, 'none');
  return put;
}
