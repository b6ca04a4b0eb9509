/*
 * HTML for mail programs: tables and inline styles, because many know nothing else; both colours stated wherever one is, and a second set
 * for dark mode where that is understood. Templates escape every value.
 */
import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import { CalsyncError } from '../core/error.ts';
import {
  type Command,
  type Entry,
  type FieldValues,
  type Figure,
  type Group,
  moreText,
  type Report,
  type Section,
  type Tone,
} from './report-model.ts';

type Markup = HtmlEscapedString | Promise<HtmlEscapedString>;

const font = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const mono = "font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace";

const darkColours = `
@media (prefers-color-scheme: dark) {
  .page { background-color: #15181d !important; }
  .card { background-color: #1f242b !important; border-color: #39414c !important; }
  .ink { color: #e8ebef !important; }
  .faint { color: #a9b2bd !important; }
  .line { border-color: #39414c !important; }
  .code { background-color: #2b323c !important; color: #e8ebef !important; }
  .alert { color: #ff9b8f !important; }
  .notice { color: #f3c06b !important; }
  .good { color: #7fd3a0 !important; }
  .plain { color: #e8ebef !important; }
}`;

const toneColours: Readonly<Record<Tone, string>> = {
  alert: '#b3261e',
  notice: '#8a5a00',
  good: '#1b6e3c',
  plain: '#1d2630',
};

/** The report as one HTML page that loads nothing. */
export function reportHtml(report: Report): string {
  return finished(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${report.title}</title>
<style>${darkColours}</style>
</head>
<body class="page" style="margin:0;padding:0;background-color:#eef1f4">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" style="background-color:#eef1f4">
<tr><td align="center" style="padding:24px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:680px;${font}">
<tr><td style="padding:0 4px 16px">
<h1 class="ink" style="margin:0;font-size:22px;line-height:28px;color:#1d2630">${report.title}</h1>
<p class="faint" style="margin:4px 0 0;font-size:14px;line-height:20px;color:#56616d">${report.period}</p>
</td></tr>
<tr><td style="padding:0 0 16px">${figuresMarkup(report.figures)}</td></tr>
${report.sections.map(sectionMarkup)}
<tr><td class="faint" style="padding:4px;font-size:13px;line-height:18px;color:#56616d">${report.footer}</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`);
}

/** Templates answer with a promise only when a value is one; ours are texts. */
function finished(markup: Markup): string {
  if (markup instanceof Promise) throw new CalsyncError('invariant', 'a report template waited for something');
  return markup.toString();
}

function figuresMarkup(figures: readonly Figure[]): Markup {
  return html`<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" style="background-color:#ffffff;border:1px solid #d6dce2;border-radius:8px"><tr>${figures.map(
    ({ count, label, tone }) => html`<td align="center" valign="top" width="25%" style="padding:14px 6px">
<div class="${tone}" style="font-size:26px;line-height:30px;font-weight:600;color:${toneColours[tone]}">${count}</div>
<div class="faint" style="font-size:13px;line-height:18px;color:#56616d">${label}</div></td>`,
  )}</tr></table>`;
}

function sectionMarkup({ heading, lines, groups }: Section): Markup {
  return html`<tr><td style="padding:0 0 16px">
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" style="background-color:#ffffff;border:1px solid #d6dce2;border-radius:8px"><tr><td style="padding:18px 20px">
<h2 class="ink" style="margin:0 0 6px;font-size:17px;line-height:24px;color:#1d2630;word-break:break-word">${heading}</h2>
${lines.map(lineMarkup)}${groups.map(groupMarkup)}
</td></tr></table>
</td></tr>`;
}

function lineMarkup(line: string): Markup {
  return html`<p class="faint" style="margin:0 0 4px;font-size:14px;line-height:20px;color:#56616d;word-break:break-word">${line}</p>`;
}

function groupMarkup({ heading, tone, entries, left }: Group): Markup {
  const more = left > 0 ? lineMarkup(moreText(left)) : '';
  return html`<h3 class="${tone}" style="margin:16px 0 0;font-size:14px;line-height:20px;color:${toneColours[tone]}">${heading}</h3>
${entries.map(entryMarkup)}${more}`;
}

function entryMarkup({ title, about, lines, values, commands }: Entry): Markup {
  return html`<div class="line" style="margin:8px 0 0;padding:10px 0 4px;border-top:1px solid #d6dce2">
<p class="ink" style="margin:0 0 4px;font-size:15px;line-height:21px;font-weight:600;color:#1d2630;word-break:break-word">${title}</p>
${about === null ? '' : aboutMarkup(about)}${lines.map(lineMarkup)}${values.length === 0 ? '' : valuesMarkup(values)}${commands.map(commandMarkup)}</div>`;
}

function aboutMarkup(about: string): Markup {
  return html`<p class="ink" style="margin:0 0 4px;font-size:14px;line-height:20px;color:#1d2630;word-break:break-word">${about}</p>`;
}

function valuesMarkup(values: readonly FieldValues[]): Markup {
  return html`<table class="line" width="100%" cellpadding="0" cellspacing="0" style="margin:6px 0;border-collapse:collapse">
<tr>${['', 'In the table', 'Last written', 'In Google'].map(headMarkup)}</tr>
${values.map(
  ({ field, table, written, google }) => html`<tr>
<th align="left" valign="top" scope="row" class="faint line" style="padding:4px 10px 4px 0;border-top:1px solid #e6eaee;font-size:13px;line-height:19px;font-weight:600;color:#56616d">${field}</th>
${[table, written, google].map(valueMarkup)}</tr>`,
)}</table>`;
}

function headMarkup(text: string): Markup {
  return html`<th align="left" scope="col" class="faint" style="padding:2px 10px 2px 0;font-size:12px;line-height:16px;font-weight:600;color:#56616d">${text}</th>`;
}

function valueMarkup(value: string | null): Markup {
  const shown = value === null ? html`<i class="faint" style="color:#56616d">nothing</i>` : value;
  return html`<td valign="top" width="30%" class="ink line" style="padding:4px 10px 4px 0;border-top:1px solid #e6eaee;font-size:13px;line-height:19px;color:#1d2630;word-break:break-word">${shown}</td>`;
}

function commandMarkup({ purpose, command }: Command): Markup {
  return html`<p class="faint" style="margin:6px 0 2px;font-size:13px;line-height:22px;color:#56616d"><code class="code" style="padding:3px 7px;border-radius:4px;background-color:#eef1f4;color:#1d2630;${mono};font-size:13px;word-break:break-all">${command}</code> ${purpose}</p>`;
}
