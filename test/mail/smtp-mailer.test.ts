import { afterEach, expect, test } from 'vitest';
import { CalsyncError } from '../../src/core/error.ts';
import { createSmtpMailer } from '../../src/mail/smtp-mailer.ts';
import { systemClock } from '../../src/sandbox/system-clock.ts';
import { aMessage, noon } from './a-message.ts';
import { type RunningSmtpServer, reply, startSilentServer, startSmtpServer } from './an-smtp-server.ts';

const from = 'calsync <calsync@example.com>';
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function aServer(...options: Parameters<typeof startSmtpServer>): Promise<RunningSmtpServer> {
  const server = await startSmtpServer(...options);
  closers.push(server.close);
  return server;
}

function mailerFor(url: string) {
  return createSmtpMailer({ url, from, clock: noon });
}

async function failureOf(sending: Promise<unknown>): Promise<CalsyncError> {
  const thrown = await sending.then(
    () => null,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(CalsyncError);
  return thrown as CalsyncError; // just shown
}

test('a message arrives with its headers, both parts and the time of the clock', async () => {
  const server = await aServer();
  const place = await mailerFor(server.url).send(aMessage({ to: ['owner@example.com', 'second@example.com'] }));
  expect(place).toBe('127.0.0.1');
  const [received] = server.received;
  expect(received?.recipients).toEqual(['owner@example.com', 'second@example.com']);
  expect(received?.mail.from?.value).toEqual([{ address: 'calsync@example.com', name: 'calsync' }]);
  expect(received?.mail.subject).toBe('Drift report');
  expect(received?.mail.messageId).toBe('<report-1@example.com>');
  expect(received?.mail.date).toEqual(new Date(noon.now()));
  expect(received?.mail.headers.get('auto-submitted')).toBe('auto-generated');
  expect(received?.mail.headers.get('content-type')).toMatchObject({ value: 'multipart/alternative' });
  expect(received?.mail.text).toBe('Room 5, not Room 7.\n');
  expect(received?.mail.html).toBe('<p>Room 5, not Room 7.</p>');
});

test('letters of any script, long lines and lines of a single dot arrive as they were', async () => {
  const server = await aServer();
  const text = `Ærøskøbing 東京 🎓\n.\n..\n${'long '.repeat(600).trim()}\nFrom the start\n`;
  await mailerFor(server.url).send(aMessage({ subject: 'Påmindelse: 東京 🎓', text, html: `<p>東京 & Ærø</p>` }));
  expect(server.received[0]?.mail.subject).toBe('Påmindelse: 東京 🎓');
  expect(server.received[0]?.mail.text).toBe(text);
  expect(server.received[0]?.mail.html).toBe('<p>東京 & Ærø</p>');
});

test('a line break in a subject adds no header', async () => {
  const server = await aServer();
  await mailerFor(server.url).send(aMessage({ subject: 'Report\r\nBcc: everyone@example.com' }));
  expect(server.received[0]?.recipients).toEqual(['owner@example.com']);
  expect(server.received[0]?.mail.bcc).toBeUndefined();
});

test('a login of SMTP_URL is used, percent-encoding undone', async () => {
  const seen: unknown[] = [];
  const server = await aServer({
    authOptional: false,
    allowInsecureAuth: true,
    onAuth({ username, password }, _session, done) {
      seen.push([username, password]);
      done(null, { user: username });
    },
  });
  await mailerFor(`smtp://us%40er:p%3Ass%2Fword@127.0.0.1:${server.port}`).send(aMessage());
  expect(seen).toEqual([['us@er', 'p:ss/word']]);
  expect(server.received).toHaveLength(1);
});

test('a refused login is a usage error that names SMTP_URL and hides the password', async () => {
  const server = await aServer({
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: ({ password }, _session, done) => done(reply(535, `no such password ${password}`)),
  });
  const error = await failureOf(mailerFor(`smtp://user:hunter2@127.0.0.1:${server.port}`).send(aMessage()));
  expect(error).toMatchObject({ kind: 'usage', status: 535 });
  expect(error.message).toBe(`the mail server 127.0.0.1:${server.port} refused the login in SMTP_URL (535)`);
  expect(everythingIn(error)).not.toContain('hunter2');
  expect(server.received).toEqual([]);
});

test('a login that the server cannot check just now may be tried again', async () => {
  const server = await aServer({
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: (_auth, _session, done) => done(reply(454, 'later')),
  });
  const error = await failureOf(mailerFor(`smtp://user:secret@127.0.0.1:${server.port}`).send(aMessage()));
  expect(error).toMatchObject({ kind: 'transient', status: 454 });
});

test('a refused recipient is named, without the sentences of the server', async () => {
  const server = await aServer({ onRcptTo: (_address, _session, done) => done(reply(550, 'Algebra is unknown here')) });
  const error = await failureOf(mailerFor(server.url).send(aMessage()));
  expect(error).toMatchObject({ kind: 'rejected', status: 550 });
  expect(error.message).toBe(`the mail server 127.0.0.1:${server.port} refused owner@example.com (550)`);
  expect(everythingIn(error)).not.toContain('Algebra');
});

test('one refused recipient of two is named, and the other has the mail', async () => {
  const server = await aServer({
    onRcptTo: ({ address }, _session, done) => (address.startsWith('gone') ? done(reply(550, 'gone')) : done()),
  });
  const place = await mailerFor(server.url).send(aMessage({ to: ['owner@example.com', 'gone@example.com'] }));
  expect(place).toBe('127.0.0.1, which refused gone@example.com');
  expect(server.received.map(({ recipients }) => recipients)).toEqual([['owner@example.com']]);
});

test('a refused sender points at CALSYNC_MAIL_FROM', async () => {
  const server = await aServer({ onMailFrom: (_address, _session, done) => done(reply(553, 'not you')) });
  const error = await failureOf(mailerFor(server.url).send(aMessage()));
  expect(error.kind).toBe('rejected');
  expect(error.message).toContain('the sender in CALSYNC_MAIL_FROM (553)');
});

test.each([
  [554, 'rejected'],
  [451, 'transient'],
])('a message answered with %i is %s', async (status, kind) => {
  const server = await aServer({
    onData(stream, _session, done) {
      stream.resume().on('end', () => done(reply(status, 'no')));
    },
  });
  const error = await failureOf(mailerFor(server.url).send(aMessage()));
  expect(error).toMatchObject({ kind, status });
  expect(error.message).toContain('refused the message');
});

test('no server there: one that may be tried again, with the reason', async () => {
  const server = await startSmtpServer();
  await server.close();
  const error = await failureOf(mailerFor(server.url).send(aMessage()));
  expect(error.kind).toBe('transient');
  expect(error.message).toBe(`the mail server 127.0.0.1:${server.port} cannot be reached (ECONNREFUSED)`);
});

test('a server that says nothing is hung up on after the time-out of the clock', async () => {
  const server = await startSilentServer();
  closers.push(server.close);
  const mailer = createSmtpMailer({ url: server.url, from, clock: systemClock, timeoutMs: 150 });
  const error = await failureOf(mailer.send(aMessage()));
  expect(error).toMatchObject({ kind: 'transient', reason: 'timeout', outcomeUnknown: true });
  expect(error.message).toContain('did not answer within 0.15 s');
  await server.hungUp;
});

test('a certificate that nobody vouches for stops the sending, login included', async () => {
  const logins: unknown[] = [];
  const server = await aServer({
    secure: true,
    onAuth: (auth, _session, done) => {
      logins.push(auth.username);
      done(null, { user: 'user' });
    },
  });
  const error = await failureOf(mailerFor(`smtps://user:hunter2@127.0.0.1:${server.port}`).send(aMessage()));
  expect(error.kind).toBe('usage');
  expect(error.message).toMatch(/has no certificate that can be trusted \([A-Z_]+\)/);
  expect(logins).toEqual([]);
  expect(server.received).toEqual([]);
});

/** All that a log or a terminal could show of an error, its causes included. */
function everythingIn(error: Error): string {
  const cause = error.cause instanceof Error ? everythingIn(error.cause) : String(error.cause);
  return [error.message, error.stack, JSON.stringify(error), JSON.stringify(Object.entries(error)), cause].join('\n');
}
