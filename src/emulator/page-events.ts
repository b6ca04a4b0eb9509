import { viewAt } from './calendar-view.ts';
import { instantOf } from './event-times.ts';
import { html, type Insert, type Markup } from './markup.ts';
import type { Attendee, EventRow, When } from './model.ts';
import { ownerView } from './owner-view.ts';
import { moment } from './page-frame.ts';
import { changesOf } from './page-log.ts';
import type { PageSources } from './page-sources.ts';
import type { State, StoredCalendar } from './state.ts';

const eventsPerPage = 100;
const shownHistory = 200;
const shows = ['live', 'gone', 'all'] as const;
const answerSigns: Readonly<Record<Attendee['responseStatus'], string>> = {
  accepted: '✓',
  declined: '✗',
  tentative: '?',
  needsAction: '·',
};

/** The events of one calendar in order of time, found by text, tombstones apart. */
export function eventsView({ state }: PageSources, query: URLSearchParams): Markup {
  const calendar = state.calendars.get(query.get('calendar') ?? '');
  if (calendar === undefined) return html`<h1>No such calendar</h1>`;
  const show = shows.find((each) => each === query.get('show')) ?? 'live';
  const text = (query.get('q') ?? '').toLowerCase();
  const rows = chosen(state, calendar, show, text);
  const from = Math.max(0, Number.parseInt(query.get('from') ?? '0', 10) || 0);
  const { row } = calendar;
  const place = (name: string, value: string): string => {
    const other = new URLSearchParams({ view: 'events', calendar: row.id, show, q: text });
    other.set(name, value);
    return `/?${other.toString()}`;
  };
  const tabs = shows.map(
    (each) => html`<a href="${place('show', each)}"${each === show && html` aria-current="page"`}>${each}</a> `,
  );
  const to = Math.min(from + eventsPerPage, rows.length);
  return html`<h1>${row.summary}</h1><p class="note"><code>${row.id}</code> · ${row.timeZone} · owned by ${row.dataOwner}
· version ${calendar.events.version}</p><nav>${tabs}</nav>
<form class="filter"><input type="hidden" name="view" value="events"><input type="hidden" name="calendar" value="${row.id}">
<input type="hidden" name="show" value="${show}"><input name="q" value="${text}" placeholder="id, summary, guest or mark" aria-label="search">
<button>Find</button></form>
<p class="note">${rows.length === 0 ? 'none' : `${from + 1}–${to} of ${rows.length}`}
${from > 0 && html`<a href="${place('from', String(Math.max(0, from - eventsPerPage)))}">earlier</a>`}
${to < rows.length && html` <a href="${place('from', String(to))}">later</a>`}</p>
<div class="scroll"><table><thead><tr><th>When</th><th>What</th><th>Kind</th><th>Guests</th><th>Marks</th><th class="n">Version</th></tr></thead>
<tbody>${rows.slice(from, to).map((event) => eventRow(state, calendar, event))}</tbody></table></div>`;
}

/** One event as its owner sees it, and everything the log knows about it. */
export function eventView({ state, log }: PageSources, query: URLSearchParams): Markup {
  const calendar = state.calendars.get(query.get('calendar') ?? '');
  const event = calendar?.events.get(query.get('event') ?? '');
  if (calendar === undefined || event === undefined) return html`<h1>No such event</h1>`;
  const { row } = calendar;
  const history = log
    .read()
    .filter(({ changes }) => changes.some(({ calendarId, eventId }) => calendarId === row.id && eventId === event.id));
  const deeds = history
    .slice(-shownHistory)
    .reverse()
    .map((entry) => {
      const own = entry.changes.filter(({ calendarId, eventId }) => calendarId === row.id && eventId === event.id);
      return html`<tr${entry.actor === 'person' && html` class="mine"`}><td class="when">${moment(entry.atMs)}</td>
<td>${entry.actor} ${entry.account}<br><code>${entry.operation}</code></td><td>${changesOf(own)}</td></tr>`;
    });
  return html`<h1>${event.content.summary ?? '(no summary)'}</h1>
<p class="note">on <a href="/?view=events&calendar=${encodeURIComponent(row.id)}">${row.summary}</a></p>
<pre>${JSON.stringify(ownerView(state, calendar, event), null, 2)}</pre>
<h2>What happened to it</h2><div class="scroll"><table><tbody>${deeds}</tbody></table></div>`;
}

function chosen(state: State, { row, events }: StoredCalendar, show: (typeof shows)[number], text: string): EventRow[] {
  const rows: EventRow[] = [];
  for (const event of viewAt(events, events.version, row.timeZone).inOrder(0)) {
    if (show !== 'all' && (event.status === 'cancelled') !== (show === 'gone')) continue;
    if (text === '' || textOf(event).includes(text)) rows.push(event);
  }
  const key = (event: EventRow): number => instantOf(event.start, row.timeZone, state.zones);
  return rows.sort((left, right) => key(left) - key(right));
}

function textOf({ id, content }: EventRow): string {
  const marks = Object.entries(content.extendedProperties?.private ?? {}).flat();
  const guests = (content.attendees ?? []).map(({ email }) => email);
  return [id, content.summary ?? '', ...guests, ...marks].join(' ').toLowerCase();
}

function eventRow(state: State, { row }: StoredCalendar, event: EventRow): Markup {
  const { content } = event;
  const link = `/?view=event&calendar=${encodeURIComponent(row.id)}&event=${encodeURIComponent(event.id)}`;
  const marks = Object.entries(content.extendedProperties?.private ?? {});
  return html`<tr${event.status === 'cancelled' && html` class="gone"`}><td class="when">${shown(state, event.start, row.timeZone)}
<br><span class="note">${shown(state, event.end, row.timeZone)}</span></td>
<td class="name"><a href="${link}">${content.summary ?? '(no summary)'}</a><br><code>${event.id}</code></td>
<td>${kindOf(event)}</td><td>${guestsOf(content.attendees)}</td>
<td>${marks.map(([name, value], index) => html`${index > 0 && html`<br>`}<code>${name}=${value}</code>`)}</td><td class="n">${event.version}</td></tr>`;
}

function kindOf(event: EventRow): Insert {
  const tags: Insert[] = [];
  if (event.content.recurrence !== undefined)
    tags.push(html`<span class="tag">series</span> <code>${event.content.recurrence.join(' ')}</code>`);
  if (event.recurringEventId !== undefined) tags.push(html`<span class="tag">occurrence</span> `);
  if (event.copyOf !== undefined) tags.push(html`<span class="tag">guest’s copy</span> `);
  if (event.stub === true) tags.push(html`<span class="tag">moved away</span> `);
  if (event.eventType !== 'default') tags.push(html`<span class="tag">${event.eventType}</span> `);
  return tags;
}

const shownGuests = 5;

function guestsOf(attendees: readonly Attendee[] = []): Insert {
  const lines = attendees
    .slice(0, shownGuests)
    .map(
      ({ email, responseStatus }) =>
        html`<span class="line" title="${responseStatus}">${answerSigns[responseStatus]} ${email}</span><br>`,
    );
  return attendees.length > shownGuests ? [...lines, html`and ${attendees.length - shownGuests} more`] : lines;
}

function shown(state: State, when: When, zone: string): string {
  return when.kind === 'date'
    ? when.date
    : state.zones
        .render(zone, when.ms)
        .replace('T', ' ')
        .replace(/:00(?=[+-Z])/, '');
}
