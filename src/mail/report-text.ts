import { type Entry, type FieldValues, type Group, moreText, type Report, type Section } from './report-model.ts';

/** The report as plain text, for the text part of the mail and for a terminal. Ends in a line break. */
export function reportText(report: Report): string {
  const blocks = [
    `${report.title}\n${report.period}`,
    report.figures.map(({ count, label }) => `${String(count).padStart(6)}  ${label}`).join('\n'),
    ...report.sections.map(sectionText),
    report.footer,
  ];
  return `${blocks.join('\n\n')}\n`;
}

function sectionText({ heading, lines, groups }: Section): string {
  return [`${heading}\n${'='.repeat([...heading].length)}`, ...lines, ...groups.map(groupText)].join('\n');
}

function groupText({ heading, entries, left }: Group): string {
  const more = left > 0 ? [`  ${moreText(left)}`] : [];
  return ['', heading, ...entries.map(entryText), ...more].join('\n');
}

function entryText({ title, about, lines, values, commands }: Entry): string {
  return [
    `  - ${title}`,
    ...(about === null ? [] : [`    ${about}`]),
    ...lines.map((line) => `    ${line}`),
    ...values.flatMap(valueLines),
    ...commands.map(({ purpose, command }) => `    ${command}   ${purpose}`),
  ].join('\n');
}

function valueLines({ field, table, written, google }: FieldValues): readonly string[] {
  return [
    `    ${field}`,
    `      in the table   ${valueText(table)}`,
    `      last written   ${valueText(written)}`,
    `      in Google      ${valueText(google)}`,
  ];
}

/** A field's value, or that there is none. */
function valueText(value: string | null): string {
  return value === null ? 'nothing' : `"${value}"`;
}
