import type { Answer } from './call.ts';
import { html, Markup } from './markup.ts';

/** What every page of the emulator has: head, style, and a policy that lets nothing run or load. */
const style = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: #1a66c9; --bad: #b3261e; --good: #1b7a3d; }
@media (prefers-color-scheme: dark) { :root { --accent: #8ab4f8; --bad: #f2b8b5; --good: #81c995; } }
* { box-sizing: border-box; }
body { font: 14px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 1200px; padding: 0 16px 48px; }
header { display: flex; flex-wrap: wrap; gap: 4px 20px; align-items: baseline; padding: 14px 0 8px; border-bottom: 1px solid var(--line); }
header strong { font-size: 16px; }
nav { display: flex; flex-wrap: wrap; gap: 4px 14px; }
a { color: var(--accent); text-decoration: none; } a:hover { text-decoration: underline; }
a[aria-current] { color: inherit; font-weight: 600; border-bottom: 2px solid var(--accent); }
h1 { font-size: 20px; margin: 18px 0 6px; } h2 { font-size: 15px; margin: 22px 0 6px; }
.note { opacity: .7; margin: 4px 0 10px; } .warn, .bad { color: var(--bad); } .good { color: var(--good); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: 5px 12px 5px 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; white-space: nowrap; } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
tr.gone td { opacity: .55; } tr.gone td.name { text-decoration: line-through; } .line { white-space: nowrap; } tr.mine td { background: var(--soft); }
code, pre { font: 12px/1.4 ui-monospace, monospace; } td code { overflow-wrap: anywhere; }
pre { background: var(--soft); padding: 10px; overflow: auto; border-radius: 4px; }
.tag { display: inline-block; font-size: 11px; padding: 0 6px; border: 1px solid var(--line); border-radius: 9px; white-space: nowrap; }
.tag.bad { border-color: var(--bad); } .when { white-space: nowrap; }
del { color: var(--bad); } ins { color: var(--good); text-decoration: none; }
form.consent { max-width: 560px; margin: 24px auto; } fieldset { border: 1px solid var(--line); } fieldset label { display: block; margin: 4px 0; }
button, select, input { font: inherit; padding: 4px 12px; } form.filter { display: flex; flex-wrap: wrap; gap: 8px; margin: 8px 0; } form.filter input { padding: 3px 8px; min-width: 220px; }
`;

export function page(title: string, body: Markup, refreshSeconds?: number): Markup {
  const refresh =
    refreshSeconds === undefined ? undefined : html`<meta http-equiv="refresh" content="${refreshSeconds}">`;
  return html`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title><link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width, initial-scale=1">${refresh}<style>${new Markup(style)}</style></head>
<body>${body}</body></html>
`;
}

export function htmlAnswer(status: number, markup: Markup, headers: Readonly<Record<string, string>> = {}): Answer {
  const guarded = {
    'content-type': 'text/html; charset=UTF-8',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  };
  return { status, headers: { ...guarded, ...headers }, body: markup.text };
}

/** An instant as the tables show it, in UTC. */
export function moment(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').slice(0, 19);
}
