import { isDeepStrictEqual } from 'node:util';
import { html, type Markup } from './markup.ts';
import type { JsonObject } from './model.ts';
import { moment } from './page-frame.ts';
import type { PageSources } from './page-sources.ts';
import { toJson } from './state.ts';
import { defaultLimits, defaultSwitches } from './switches.ts';

const shownMessages = 100;

/** Faults that are armed, switches and limits; what is not at its default stands out. */
export function settingsView({ state, faults }: PageSources): Markup {
  const armed = faults.list().map(
    ({
      id,
      rule,
      seen,
      hits,
    }) => html`<tr><td><code>${id}</code></td><td><code>${JSON.stringify(rule.action)}</code></td>
<td><code>${JSON.stringify(rule.match ?? {})}</code></td><td class="n">${hits} of ${seen}</td></tr>`,
  );
  return html`<h1>Faults</h1>${
    armed.length === 0
      ? html`<p class="note">none is armed</p>`
      : html`<div class="scroll"><table><thead><tr><th>Id</th><th>Action</th><th>Match</th><th class="n">Hits</th></tr></thead>
<tbody>${armed}</tbody></table></div>`
  }
<h1>Switches</h1>${table(toJson(state.switches), toJson(defaultSwitches))}
<h1>Limits</h1>${table(toJson(state.limits), toJson(defaultLimits))}
<p class="note">They are changed through <code>PATCH /control/switches</code> and <code>/control/limits</code>.</p>`;
}

/** Push channels and their latest messages. */
export function pushView({ push }: PageSources): Markup {
  const channels = push.channels().map(
    (
      row,
    ) => html`<tr${!row.live && html` class="gone"`}><td class="name"><code>${row.id}</code></td><td>${row.collection} of <code>${row.of}</code></td>
<td>${row.email}</td><td><code>${row.address}</code></td><td class="when">${moment(row.expiresAtMs)}${row.stopped && html` <span class="tag bad">stopped</span>`}</td>
<td class="n">${row.messageNumber}</td></tr>`,
  );
  const all = push.messages();
  const messages = all
    .slice(-shownMessages)
    .reverse()
    .map(
      (
        each,
      ) => html`<tr><td class="when">${moment(each.atMs)}</td><td><code>${each.channelId}</code></td><td class="n">${each.messageNumber}</td>
<td>${each.resourceState}${each.forged && html` <span class="tag bad">forged</span>`}</td>
<td class="${each.outcome === 'delivered' ? 'good' : 'bad'}">${each.outcome}</td><td class="n">${each.status === 0 ? '–' : each.status}</td><td class="n">${each.attempts}</td></tr>`,
    );
  return html`<h1>Channels (${channels.length})</h1><div class="scroll"><table><thead><tr><th>Channel</th><th>Watches</th><th>For</th><th>Address</th>
<th>Expires</th><th class="n">Last number</th></tr></thead><tbody>${channels}</tbody></table></div>
<h1>Messages (${all.length})</h1><div class="scroll"><table><thead><tr><th>When</th><th>Channel</th><th class="n">Number</th><th>State</th><th>Outcome</th>
<th class="n">Status</th><th class="n">Attempts</th></tr></thead><tbody>${messages}</tbody></table></div>`;
}

function table(values: JsonObject, usual: JsonObject): Markup {
  const rows = Object.entries(values).map(([name, value]) => {
    const same = isDeepStrictEqual(value, usual[name]);
    return html`<tr${!same && html` class="mine"`}><td><code>${name}</code></td><td><code>${text(value)}</code></td>
<td>${!same && html`<span class="note">default <code>${text(usual[name])}</code></span>`}</td></tr>`;
  });
  return html`<div class="scroll"><table><tbody>${rows}</tbody></table></div>`;
}

function text(value: JsonObject[string]): string {
  if (value === null) return 'none';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
