import { writeFileSync } from 'node:fs';
import { test } from 'vitest';
import { composeReport } from '../../src/mail/compose-report.ts';
import { reportHtml } from '../../src/mail/report-html.ts';
import { reportText } from '../../src/mail/report-text.ts';
import { anEventfulDay } from './a-report.ts';
test('show', () => {
  const r = composeReport(anEventfulDay());
  writeFileSync('/tmp/report.html', reportHtml(r));
  writeFileSync('/tmp/report.txt', `${r.subject}\n\n${reportText(r)}`);
});
