import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFileMailer } from '../../src/mail/file-mailer.ts';
import { aMessage, noon } from './a-message.ts';

const from = 'calsync@example.com';
let place: string;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'calsync-mail-'));
});

afterEach(() => rmSync(place, { recursive: true }));

test('a message becomes a file that a mail program reads: headers, text and HTML', async () => {
  const directory = join(place, 'home', 'mail');
  const path = await createFileMailer({ directory, from, clock: noon }).send(
    aMessage({ subject: 'Ærø 東京', text: 'Ærø\n.\n', html: '<p>Ærø</p>' }),
  );
  expect(path).toBe(join(directory, '20261123T120000Z-report-1_example.com.eml'));
  const mail = await simpleParser(readFileSync(path));
  expect(mail.subject).toBe('Ærø 東京');
  expect(mail.from?.text).toBe(from);
  expect(mail.to).toMatchObject({ text: 'owner@example.com' });
  expect(mail.messageId).toBe('<report-1@example.com>');
  expect(mail.date).toEqual(new Date(noon.now()));
  expect(mail.headers.get('auto-submitted')).toBe('auto-generated');
  expect(mail.text).toBe('Ærø\n.\n');
  expect(mail.html).toBe('<p>Ærø</p>');
});

test('nobody but the owner reads the files', async () => {
  const directory = join(place, 'mail');
  const path = await createFileMailer({ directory, from, clock: noon }).send(aMessage());
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(directory).mode & 0o777).toBe(0o700);
});

test('lines end as RFC 5322 says, and none is longer than it allows', async () => {
  const path = await createFileMailer({ directory: place, from, clock: noon }).send(
    aMessage({ text: 'x'.repeat(5_000), html: `<p>${'y'.repeat(5_000)}</p>` }),
  );
  const content = readFileSync(path, 'latin1');
  expect(content.match(/(?<!\r)\n/)).toBeNull();
  expect(Math.max(...content.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
});

test('the same message again is the same file; names sort by time', async () => {
  let nowMs = noon.now();
  const mailer = createFileMailer({ directory: place, from, clock: { ...noon, now: () => nowMs } });
  const first = await mailer.send(aMessage());
  const before = readFileSync(first);
  expect(await mailer.send(aMessage())).toBe(first);
  expect(readFileSync(first)).toEqual(before);
  nowMs += 60_000;
  const second = await mailer.send(aMessage({ messageId: '<a@example.com>' }));
  expect(readdirSync(place).map((name) => join(place, name))).toEqual([first, second]);
});

test('a Message-ID cannot lead out of the directory', async () => {
  const path = await createFileMailer({ directory: place, from, clock: noon }).send(
    aMessage({ messageId: '<../../etc/x@example.com>' }),
  );
  expect(readdirSync(place).map((name) => join(place, name))).toEqual([path]);
});

test('a directory that cannot be written is said, with the path and the reason', async () => {
  const directory = join(place, 'taken');
  writeFileSync(directory, '');
  const sending = createFileMailer({ directory, from, clock: noon }).send(aMessage());
  await expect(sending).rejects.toMatchObject({ kind: 'transient', message: expect.stringContaining(`${directory}/`) });
  await expect(sending).rejects.toThrow(/EEXIST|ENOTDIR/);
});
