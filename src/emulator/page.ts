import type { Answer, Call } from './call.ts';
import { html, type Markup } from './markup.ts';
import { calendarsView } from './page-calendars.ts';
import { eventsView, eventView } from './page-events.ts';
import { htmlAnswer, page } from './page-frame.ts';
import { logView, outboxView } from './page-log.ts';
import { pushView, settingsView } from './page-settings.ts';
import type { PageSources } from './page-sources.ts';
import { knowsCookie, knowsSecret, pageCookie } from './secret.ts';

/**
 * The page at `/`: what is in the emulator and what happened to it, to look at while testing. It shows and changes
 * nothing. With a secret, `/?secret=…` (or the header) opens it once and leaves a cookie that opens the page alone.
 */
const views: Readonly<
  Record<string, { title: string; show: (sources: PageSources, query: URLSearchParams) => Markup }>
> = {
  calendars: { title: 'Calendars', show: calendarsView },
  events: { title: 'Events', show: eventsView },
  event: { title: 'Event', show: eventView },
  log: { title: 'Requests', show: logView },
  outbox: { title: 'Outbox', show: outboxView },
  push: { title: 'Push', show: pushView },
  settings: { title: 'Switches', show: settingsView },
};
const inMenu = ['calendars', 'log', 'outbox', 'push', 'settings'];
const refreshSeconds = 3;

export function answerPage(sources: PageSources, call: Call): Answer {
  const { secret } = sources;
  const given = call.query.get('secret') ?? undefined;
  if (secret !== undefined && given !== undefined && knowsSecret(given, secret)) {
    return htmlAnswer(303, html``, { location: '/', 'set-cookie': pageCookie(secret) });
  }
  const opened =
    secret === undefined ||
    knowsCookie(call.header('cookie'), secret) ||
    knowsSecret(call.header('x-emulator-secret'), secret);
  if (!opened) return htmlAnswer(403, page('Calendar emulator', door(given !== undefined)));
  const name = call.query.get('view') ?? 'calendars';
  const view = views[name] ?? views.calendars;
  if (view === undefined) return htmlAnswer(404, page('Calendar emulator', html`<p>No such view.</p>`));
  const live = call.query.get('live') === '1';
  const body = html`${menu(sources, name, call.query, live)}<main>${view.show(sources, call.query)}</main>`;
  return htmlAnswer(200, page(`${view.title} · Calendar emulator`, body, live ? refreshSeconds : undefined));
}

function menu({ state }: PageSources, name: string, query: URLSearchParams, live: boolean): Markup {
  const current = name === 'events' || name === 'event' ? 'calendars' : name;
  const links = inMenu.map((each) => {
    const here = each === current && html` aria-current="page"`;
    return html`<a href="/?view=${each}${live && '&live=1'}"${here}>${views[each]?.title}</a>`;
  });
  const other = new URLSearchParams(query);
  if (live) other.delete('live');
  else other.set('live', '1');
  const now = new Date(state.now()).toISOString().slice(0, 19).replace('T', ' ');
  return html`<header><strong>Calendar emulator</strong><nav>${links}</nav>
<span class="note">its clock: ${now} UTC</span>
<a href="/?${other.toString()}">${live ? 'stop refreshing' : `refresh every ${refreshSeconds} s`}</a></header>`;
}

function door(wrong: boolean): Markup {
  return html`<h1>Calendar emulator</h1>${wrong && html`<p class="warn">That is not the secret.</p>`}
<form class="filter"><input type="password" name="secret" placeholder="secret" aria-label="secret" autofocus><button>Open</button></form>`;
}
