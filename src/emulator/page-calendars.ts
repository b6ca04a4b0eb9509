import { isLive } from './channels.ts';
import { html, type Insert, type Markup } from './markup.ts';
import type { PageSources } from './page-sources.ts';
import type { State, StoredCalendar } from './state.ts';

const shownRules = 4;
const shownCalendars = 200;

/** Calendars by owner, their events live and gone, who may do what, and who listens. */
export function calendarsView({ state }: PageSources, query: URLSearchParams): Markup {
  const text = (query.get('q') ?? '').toLowerCase();
  const accounts = [...state.accounts.values()];
  const found = [...state.calendars.values()].filter(({ row }) =>
    [row.id, row.summary, row.dataOwner].some((place) => place.toLowerCase().includes(text)),
  );
  const rows = found.slice(0, shownCalendars).map((calendar) => rowOf(state, calendar));
  return html`<h1>${state.calendars.size} calendars of ${accounts.length} accounts</h1>
${rows.length === 0 && html`<p class="note">Nothing here yet. Load a seed, or create an account: <code>POST /control/accounts</code></p>`}
${
  state.calendars.size > shownCalendars &&
  html`<form class="filter"><input name="q" value="${text}" placeholder="id, name or owner" aria-label="search"><button>Find</button></form>
<p class="note">${rows.length} of the ${found.length} found</p>`
}
<div class="scroll"><table><thead><tr><th>Calendar</th><th>Owner</th><th>Zone</th><th class="n">Live</th><th class="n">Series</th>
<th class="n">Gone</th><th class="n">Version</th><th>Access</th><th class="n">Channels</th></tr></thead><tbody>${rows}</tbody></table></div>
<h2>Accounts</h2><div class="scroll"><table><tbody>${accounts.map((account) => accountRow(state, account.email))}</tbody></table></div>`;
}

function rowOf(state: State, { row, events }: StoredCalendar): Markup {
  let [live, series, gone] = [0, 0, 0];
  for (const event of events.byVersion()) {
    if (event.status === 'cancelled') gone += 1;
    else live += 1;
    if (event.status !== 'cancelled' && event.content.recurrence !== undefined) series += 1;
  }
  const channels = [...state.channels.values()].filter((channel) => channel.of === row.id && isLive(state, channel));
  const link = `/?view=events&calendar=${encodeURIComponent(row.id)}`;
  return html`<tr${row.deleted && html` class="gone"`}><td class="name"><a href="${link}">${row.summary}</a>
${row.primary && html` <span class="tag">primary</span>`}${row.deleted && html` <span class="tag bad">deleted</span>`}
${row.summary !== row.id && html`<br><code>${row.id}</code>`}</td><td>${row.dataOwner}</td><td>${row.timeZone}</td>
<td class="n">${live}</td><td class="n">${series}</td><td class="n">${gone}</td><td class="n">${events.version}</td>
<td>${access(row.roles)}</td><td class="n">${channels.length}</td></tr>`;
}

function access(roles: Readonly<Record<string, string>>): Insert {
  const rules = Object.entries(roles).filter(([, role]) => role !== 'none');
  const shown = rules
    .slice(0, shownRules)
    .map(([who, role], index) => html`${index > 0 && html`<br>`}<span class="line">${who}: ${role}</span>`);
  return rules.length > shownRules ? [...shown, html`<br>and ${rules.length - shownRules} more`] : shown;
}

function accountRow(state: State, email: string): Markup {
  const grants = [...state.grants.values()].filter((grant) => grant.email === email);
  const live = grants.filter(({ revoked }) => !revoked).length;
  const robot = state.serviceAccounts.has(email);
  return html`<tr><td>${email}${robot && html` <span class="tag">service account</span>`}</td>
<td>${live} live consents, ${grants.length - live} revoked</td></tr>`;
}
