import { expect, test } from 'vitest';
import { CalsyncError } from '../../src/core/error.ts';
import { parseSmtpUrl } from '../../src/mail/smtp-url.ts';

test.each([
  ['smtp://mail.example.com', { host: 'mail.example.com', port: 25, tls: 'offered', login: null }],
  ['smtp://mail.example.com:2525/', { host: 'mail.example.com', port: 2525, tls: 'offered', login: null }],
  ['smtps://mail.example.com', { host: 'mail.example.com', port: 465, tls: 'implicit', login: null }],
  ['smtp://[::1]:25', { host: '::1', port: 25, tls: 'offered', login: null }],
])('%s is understood', (url, server) => {
  expect(parseSmtpUrl(url)).toEqual(server);
});

test('a login goes to another machine only encrypted', () => {
  const login = { user: 'a@b', password: 'p w' };
  expect(parseSmtpUrl('smtp://a%40b:p%20w@mail.example.com')).toMatchObject({ port: 587, tls: 'required', login });
  expect(parseSmtpUrl('smtp://a%40b:p%20w@127.0.0.1:25')).toMatchObject({ tls: 'offered', login });
  expect(parseSmtpUrl('smtps://a%40b:p%20w@mail.example.com')).toMatchObject({ tls: 'implicit', login });
});

test.each([
  'hunter2',
  'http://user:hunter2@mail.example.com',
  'smtp://user:hunter2@',
  'smtp://user:hunter2@mail.example.com:99999',
  'smtp://user:hunter2@mail.example.com/path',
  'smtp://user:hunter2@mail.example.com?pool=true',
  'smtp://:hunter2@mail.example.com',
  'smtp://hunter2@mail.example.com',
  'smtp://user:hunter2%@mail.example.com',
])('an SMTP_URL that cannot be used is refused without being repeated (%#)', (url) => {
  try {
    parseSmtpUrl(url);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(CalsyncError);
    expect(thrown).toMatchObject({ kind: 'usage', message: expect.stringMatching(/^SMTP_URL cannot be used: /) });
    expect(String(thrown)).not.toContain('hunter2');
    return;
  }
  expect.unreachable();
});
