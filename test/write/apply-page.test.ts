import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { csvColumns } from '../../src/write/csv-columns.ts';
import { parseScheduleFile } from '../../src/write/schedule-file.ts';

const page = readFileSync(fileURLToPath(new URL('../../docs/apply.md', import.meta.url)), 'utf8');

test('the page names every column, and its example is understood as it says', () => {
  expect(csvColumns.filter((column) => !page.includes(`\`${column}\``))).toEqual([]);
  const example = /```csv\n(.*?)```/s.exec(page)?.[1] ?? '';
  const [kickOff, lectures, excursion] = parseScheduleFile('example.csv', new TextEncoder().encode(example), 'classes');
  expect(kickOff).toMatchObject({
    key: 'algebra/kick-off',
    attendees: [{ email: 'ada@example.com' }, { email: 'bob@example.com' }],
  });
  expect(lectures).toMatchObject({
    start: { local: '2026-09-02T09:30:00' },
    recurrence: [expect.stringContaining('BYDAY=MO,WE')],
  });
  expect(excursion).toMatchObject({ start: { kind: 'date', date: '2026-10-05' }, attendees: null });
});

test('so is its example in YAML', () => {
  const example = /```yaml\n(.*?)```/s.exec(page)?.[1] ?? '';
  const [lectures] = parseScheduleFile('example.yaml', new TextEncoder().encode(example), 'classes');
  expect(lectures).toMatchObject({
    key: 'algebra/lectures',
    end: { local: '2026-09-02T10:45:00', zone: 'Europe/Copenhagen' },
  });
});
