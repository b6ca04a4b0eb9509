import { html, type Insert, type Markup } from './markup.ts';
import type { Json } from './model.ts';
import { moment } from './page-frame.ts';
import type { PageSources } from './page-sources.ts';
import type { LogEntry, LoggedChange } from './request-log.ts';

const entriesPerPage = 100;
const searched = 5000;
const shownChanges = 8;
const shownCharacters = 160;

/** The latest requests and people's acts, newest first, with what each changed. */
export function logView({ log }: PageSources, query: URLSearchParams): Markup {
  const text = (query.get('q') ?? '').toLowerCase();
  const only = query.get('only') ?? 'all';
  const entries = log
    .read(Math.max(0, log.lastSeq - searched))
    .filter((entry) => wanted(entry, only, text))
    .reverse();
  const choices = ['all', 'writes', 'people', 'failed'].map(
    (each) => html`<option value="${each}"${each === only && html` selected`}>${each}</option>`,
  );
  return html`<h1>Requests and acts (${log.lastSeq})</h1>
<form class="filter"><input type="hidden" name="view" value="log"><select name="only" aria-label="which">${choices}</select>
<input name="q" value="${text}" placeholder="path, operation, account or event" aria-label="search"><button>Find</button></form>
<p class="note">newest first; ${Math.min(entries.length, entriesPerPage)} of the ${entries.length} found in the last ${searched}</p>
<div class="scroll"><table><thead><tr><th class="n">#</th><th>When</th><th>Who</th><th>What</th><th class="n">Status</th><th>Changed</th></tr></thead>
<tbody>${entries.slice(0, entriesPerPage).map(entryRow)}</tbody></table></div>`;
}

/** Whom Google would have mailed. */
export function outboxView({ log }: PageSources): Markup {
  const rows = log
    .outbox()
    .slice(-entriesPerPage)
    .reverse()
    .map(
      ({ atMs, calendarId, eventId, method, sendUpdates, why, actor }) =>
        html`<tr${actor === 'person' && html` class="mine"`}><td class="when">${moment(atMs)}</td><td>${method} (${sendUpdates}) by a ${actor}</td>
<td><code>${calendarId}</code><br>${eventId !== '' && html`<a href="/?view=event&calendar=${encodeURIComponent(calendarId)}&event=${encodeURIComponent(eventId)}"><code>${eventId}</code></a>`}</td>
<td>${Object.entries(why).map(([email, reason]) => html`${email} <span class="tag">${reason}</span><br>`)}</td></tr>`,
    );
  return html`<h1>Mailings (${log.outbox().length})</h1><p class="note">nothing is ever sent; the newest ${entriesPerPage}, newest first</p>
<div class="scroll"><table><thead><tr><th>When</th><th>Cause</th><th>Event</th><th>To</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** Each change with its fields before and after. */
export function changesOf(changes: readonly LoggedChange[]): Insert {
  const lines = changes.slice(0, shownChanges).map((change) => {
    const link = `/?view=event&calendar=${encodeURIComponent(change.calendarId)}&event=${encodeURIComponent(change.eventId)}`;
    const fields = Object.entries(change.fields).map(
      ([name, { before, after }]) =>
        html`<br>${name}: ${before !== null && html`<del>${brief(before)}</del> `}${after !== null && html`<ins>${brief(after)}</ins>`}`,
    );
    return html`<div><span class="tag">${change.kind}</span>${change.propagated === true && html` <span class="tag">followed</span>`}
<a href="${link}"><code>${change.eventId}</code></a>${change.propagated === true && html` on ${change.calendarId}`}${change.kind === 'create' ? undefined : fields}</div>`;
  });
  return changes.length > shownChanges ? [...lines, html`and ${changes.length - shownChanges} more`] : lines;
}

function wanted(entry: LogEntry, only: string, text: string): boolean {
  if (only === 'writes' && entry.changes.length === 0) return false;
  if (only === 'people' && entry.actor !== 'person') return false;
  if (only === 'failed' && entry.status >= 200 && entry.status < 400 && entry.faults.length === 0) return false;
  if (text === '') return true;
  const events = entry.changes.map(({ eventId }) => eventId);
  return [entry.path, entry.operation, entry.account ?? '', ...events].join(' ').toLowerCase().includes(text);
}

function entryRow(entry: LogEntry): Markup {
  const { seq, atMs, actor, account, method, path, operation, status, units, ifMatch, sendUpdates, faults, changes } =
    entry;
  const bad = status === 0 || status >= 400;
  return html`<tr${actor === 'person' && html` class="mine"`}><td class="n">${seq}</td><td class="when">${moment(atMs)}</td>
<td>${actor}<br>${account}</td><td>${operation}<br><code>${method} ${decoded(path)}</code>
${ifMatch !== undefined && html`<br><span class="tag">If-Match ${ifMatch}</span>`}${sendUpdates !== undefined && html` <span class="tag">mail: ${sendUpdates}</span>`}
${faults.map((fault) => html` <span class="tag bad">${fault}</span>`)}</td>
<td class="n ${bad ? 'bad' : 'good'}">${status === 0 ? 'no answer' : status}<br><span class="note">${units > 0 && `${units} u`}</span></td>
<td>${changesOf(changes)}</td></tr>`;
}

function brief(value: Json): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
