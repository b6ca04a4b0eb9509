/** An event of JSON as the rows of the two tables, as far as SQL's own types can say it. */
export interface StatedColumns {
  readonly event: Readonly<Record<string, unknown>> & { readonly key: unknown };
  readonly attendees: readonly unknown[];
}

const columnByField: Readonly<Record<string, string>> = {
  key: 'key',
  calendar: 'calendar',
  schedule: 'schedule',
  summary: 'summary',
  description: 'description',
  location: 'location',
  sendUpdates: 'send_updates',
};
const others = ['start', 'end', 'attendees', 'recurrence', 'labels', 'reminders', 'allowTwin'];

/** Null where a column could not even hold what is stated: another type, an unknown field, a day that is none, a NUL, half a character. */
export function columnsOfEvent(event: Readonly<Record<string, unknown>>): StatedColumns | null {
  const start = timeColumns('start', event.start);
  const end = timeColumns('end', event.end);
  const recurrence = event.recurrence ?? null;
  const attendees = event.attendees ?? [];
  if (Object.keys(event).some((field) => !Object.hasOwn(columnByField, field) && !others.includes(field))) return null;
  if (Object.keys(columnByField).some((field) => !isText(event[field]))) return null;
  if (!isFlag(event.allowTwin) || start === null || end === null) return null;
  if (!Array.isArray(attendees) || !attendees.every(isGuest)) return null;
  if (
    recurrence !== null &&
    !(Array.isArray(recurrence) && recurrence.every((line) => typeof line === 'string' || line === null))
  )
    return null;
  if (/\\u(?:0000|d[89a-f])/.test(JSON.stringify(event))) return null;
  const texts = Object.entries(columnByField).map(([field, column]) => [column, event[field] ?? null]);
  const labels = event.labels ?? {};
  return {
    event: {
      key: event.key,
      ...Object.fromEntries(texts),
      ...start,
      ...end,
      recurrence,
      labels: JSON.stringify(labels),
      reminders: event.reminders == null ? null : JSON.stringify(event.reminders),
      allow_twin: event.allowTwin ?? false,
    },
    attendees,
  };
}

function timeColumns(side: 'start' | 'end', time: unknown): Readonly<Record<string, unknown>> | null {
  if (typeof time !== 'object' || time === null) return time === undefined ? {} : null;
  const { date = null, dateTime = null, timeZone = null, ...more } = time as Readonly<Record<string, unknown>>; // an object of JSON
  if (Object.keys(more).length > 0 || !isText(date) || !isText(dateTime) || !isText(timeZone)) return null;
  const [, local = '', offset = null] = /^(.{16}(?::\d\d)?)(Z|[+-].*)?$/.exec(String(dateTime)) ?? [];
  if (date !== null && !isRealTime(`${date}T00:00:00`)) return null;
  if (dateTime !== null && !isRealTime(local.length === 16 ? `${local}:00` : local)) return null;
  return {
    [`${side}_date`]: date,
    [`${side}_local`]: dateTime === null ? null : local,
    [`${side}_zone`]: timeZone,
    [`${side}_offset`]: offset === 'Z' ? '+00:00' : offset,
  };
}

function isRealTime(local: string): boolean {
  const at = new Date(`${local}Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 19) === local;
}

function isText(value: unknown): boolean {
  return value == null || typeof value === 'string';
}

function isFlag(value: unknown): boolean {
  return value == null || typeof value === 'boolean';
}

function isGuest(guest: unknown): boolean {
  if (typeof guest !== 'object' || guest === null) return false;
  const { email, displayName, optional, ...more } = guest as Readonly<Record<string, unknown>>; // an object of JSON
  return typeof email === 'string' && isText(displayName) && isFlag(optional) && Object.keys(more).length === 0;
}
