import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ERROR_TABLE, type ErrorRow, findErrorRow } from '../../src/google/error-table.ts';
import { OPERATIONS, type Operation } from '../../src/google/operation.ts';
import { TOKEN_ERROR_TABLE } from '../../src/google/token-error.ts';

const text = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');

describe('docs/errors.md', () => {
  test('shows the table of the code, row by row and in its order', () => {
    expect(tableUnder('## Answers of the Calendar API')).toEqual(ERROR_TABLE.map(renderRow));
  });

  test('shows the table of the token endpoint in the same way', () => {
    const rows = TOKEN_ERROR_TABLE.map(({ status, errors, kind, why }) =>
      row([renderStatus(status), renderNames(errors), `\`${kind}\``, why]),
    );
    expect(tableUnder('## Answers of the token endpoint')).toEqual(rows);
  });
});

describe('the table', () => {
  test('has no row that another row hides', () => {
    for (const [index, hidden] of ERROR_TABLE.entries()) {
      const reached = examplesOf(hidden).some(
        ([status, reason, operation]) => findErrorRow(status, reason, operation) === hidden,
      );
      expect([index, reached]).toEqual([index, true]);
    }
  });

  test('decides every status from 300 to 599 for every call, with a reason or without', () => {
    for (let status = 300; status < 600; status++) {
      for (const operation of OPERATIONS) {
        expect(findErrorRow(status, undefined, operation), `${status} ${operation}`).toBeDefined();
        expect(findErrorRow(status, 'neverHeardOf', operation), `${status} ${operation}`).toBeDefined();
      }
    }
  });
});

function examplesOf({ status, reasons, operations }: ErrorRow): [number, string | undefined, Operation][] {
  const statuses = status < 10 ? Array.from({ length: 100 }, (_, n) => status * 100 + n) : [status];
  const someReasons = reasons === 'any' ? [undefined] : reasons;
  const someOperations = operations === 'any' ? OPERATIONS : operations;
  return statuses.flatMap((each) =>
    someReasons.flatMap((reason) =>
      someOperations.map((operation): [number, string | undefined, Operation] => [each, reason, operation]),
    ),
  );
}

/** The rows below the head of the first table under a heading, whatever the width of its columns. */
function tableUnder(heading: string): readonly string[] {
  const lines = (text.split(`${heading}\n`)[1] ?? '').split('\n## ')[0]?.split('\n') ?? [];
  const rows = lines.filter((line) => line.startsWith('|')).slice(2);
  return rows.map((line) =>
    row(
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    ),
  );
}

function renderRow({ status, reasons, operations, verdict, mayHaveHappened, why }: ErrorRow): string {
  const unknown = mayHaveHappened ? ', a write unknown' : '';
  return row([renderStatus(status), renderNames(reasons), renderNames(operations), `\`${verdict}\`${unknown}`, why]);
}

function renderStatus(status: number): string {
  return status < 10 ? `${status}xx` : String(status);
}

function renderNames(names: 'any' | readonly string[]): string {
  return names === 'any' ? 'any' : names.map((name) => `\`${name}\``).join(', ');
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
