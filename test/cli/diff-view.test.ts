import picocolors from 'picocolors';
import { describe, expect, test } from 'vitest';
import { plainPaint } from '../../src/cli/output.ts';
import { diffText } from '../../src/cli/views/diff.ts';
import { printable } from '../../src/cli/views/printable.ts';
import { aDiff, anItem, aReport } from './a-diff.ts';

const look = { paint: plainPaint, columns: 120, most: null };

describe('diff', () => {
  test('each event says what happened, what will be done and why, with the three sides of its fields beside each other', () => {
    const title = {
      field: 'summary',
      kind: 'drift',
      desired: 'Algebra',
      applied: 'Algebra',
      observed: 'Algebra II',
    } as const;
    const place = {
      field: 'location',
      kind: 'conflict',
      desired: 'Room 5',
      applied: 'Room 4',
      observed: null,
    } as const;
    const calendar = aDiff({
      counts: { create: 1, patch: 1, move: 0, delete: 0, recreate: 0, adopt: 0, held: 1 },
      statuses: { pending: 1, in_sync: 4_695, out_of_sync: 2 },
      items: [
        anItem({ fields: [title, place], reason: 'a person changed it; it is put back' }),
        anItem({ key: 'b', kind: 'pending', action: 'create', reason: 'it is in the table and not in Google yet' }),
        anItem({ key: 'c', kind: 'withdrawn', action: 'delete', withheld: 'guard', reason: 'its row is gone' }),
        anItem({ key: 'd', kind: 'drift', action: 'patch', withheld: 'policy', reason: 'a person changed it' }),
        anItem({ key: 'e', kind: 'drift', action: 'none', flagged: true, reason: 'a person changed it' }),
        anItem({ key: 'f', kind: 'occurrence', action: 'none', reason: 'one date was moved' }),
      ],
    });
    expect(diffText(aReport(calendar), look)).toBe(
      [
        'home (Classes): out of sync, observed 2026-11-22 19:24 UTC',
        '  ~ a  changed in Google: will be put back in Google to what the table says',
        '      a person changed it; it is put back',
        '                the table says  last written  Google shows',
        '      title     Algebra         Algebra       Algebra II',
        '      location  Room 5          Room 4        –',
        '  + b  new in the table: will be created in Google',
        '      it is in the table and not in Google yet',
        '  ‖ c  withdrawn from the table: held: it would be deleted in Google, but a person has to approve that (calsync holds)',
        '      its row is gone',
        '  ‖ d  changed in Google: not done: it would be put back in Google to what the table says, but the policy of the calendar forbids it',
        '      a person changed it',
        '  · e  changed in Google: waits for a person: change the row to what Google shows, change Google back, or give the calendar another --drift policy',
        '      a person changed it',
        '  · f  one occurrence of a series changed in Google: nothing to do',
        '      one date was moved',
        '  1 to create, 1 to patch, 1 held · events: 4695 in sync, 2 out of sync, 1 pending',
        '',
        'Not in sync: 1 calendar of 1, 6 differences.',
      ].join('\n'),
    );
  });

  test('values that do not fit beside each other stand under each other, their lines too', () => {
    const text = {
      field: 'description',
      kind: 'drift',
      desired: 'One\nTwo',
      applied: 'One\nTwo',
      observed: 'One',
    } as const;
    const [, ...lines] = diffText(aReport(aDiff({ items: [anItem({ fields: [text] })] })), look).split('\n');
    expect(lines.slice(2, 8)).toEqual([
      '      description',
      '        the table says  One',
      '                        Two',
      '        last written    One',
      '                        Two',
      '        Google shows    One',
    ]);
  });

  test('a long text is cut and says how long it is', () => {
    const text = {
      field: 'description',
      kind: 'drift',
      desired: 'x'.repeat(5_000),
      applied: null,
      observed: '',
    } as const;
    const shown = diffText(aReport(aDiff({ items: [anItem({ fields: [text] })] })), look);
    expect(shown).toContain(`${'x'.repeat(600)}… (5000 characters)`);
    expect(shown.length).toBeLessThan(1_200);
  });

  test('on a terminal only so many are listed, and the rest is counted', () => {
    const items = Array.from({ length: 7 }, (_, index) => anItem({ key: `key-${index}` }));
    const shown = diffText(aReport(aDiff({ items })), { ...look, most: 5 });
    expect(shown.match(/key-\d/g)).toHaveLength(5);
    expect(shown).toContain('… and 2 more: calsync diff --calendar home --json shows all');
    expect(shown).toContain('7 differences');
  });

  test('an event is named by its key and its title', () => {
    const shown = diffText(aReport(aDiff({ items: [anItem({ title: 'Algebra' })] })), look);
    expect(shown).toContain('~ a “Algebra”  changed in Google');
  });

  test('in sync is one line a calendar and one at the end', () => {
    const calendar = aDiff({ state: 'in_sync', statuses: { in_sync: 3 } });
    expect(diffText(aReport(calendar), look)).toBe(
      [
        'home (Classes): in sync, observed 2026-11-22 19:24 UTC',
        '  nothing to change · events: 3 in sync',
        '',
        'In sync: 1 calendar.',
      ].join('\n'),
    );
  });

  test('an unknown calendar says why and what to do', () => {
    const calendar = aDiff({ state: 'unknown', stateReason: 'it was never observed', observedAt: null });
    expect(diffText(aReport(calendar), look)).toContain(
      [
        'home (Classes): unknown, observed never',
        '  it was never observed',
        '  to look at Google now: calsync diff --live, or calsync reconcile',
      ].join('\n'),
    );
  });

  test('with colours the words are the same', () => {
    const paint = picocolors.createColors(true);
    const field = { field: 'summary', kind: 'drift', desired: 'A', applied: 'A', observed: 'B' } as const;
    const report = aReport(aDiff({ items: [anItem({ fields: [field] })] }));
    const coloured = diffText(report, { ...look, paint });
    expect(coloured).toContain(paint.yellow('B'));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours themselves
    expect(coloured.replaceAll(/\u001b\[\d+m/g, '')).toBe(diffText(report, look));
  });
});

test('what people wrote cannot move the cursor, hide a line or turn text round', () => {
  expect(printable('a\u001b[2Jb\rc\u202ed\ne\u0007')).toBe('a\ufffd[2Jb\ufffdc\ufffdd\ne\ufffd');
  const field = {
    field: 'summary',
    kind: 'drift',
    desired: 'a',
    applied: 'a',
    observed: '\u001b]0;x\u0007\u202e',
  } as const;
  const shown = diffText(
    aReport(aDiff({ summary: '\u001b[31m', items: [anItem({ key: 'k\u001b', reason: '\u001b', fields: [field] })] })),
    look,
  );
  expect(shown).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
});
