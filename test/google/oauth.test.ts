import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import nock from 'nock';
import { expect, test } from 'vitest';
import { exchangeCode, refreshGrant, type TokenEndpoint } from '../../src/google/oauth.ts';
import { CLIENT_SECRET, rejection, TOKEN_URL, withoutNetwork } from './a-google.ts';
import { manualClock } from './manual-clock.ts';

withoutNetwork();

const clock = manualClock();
const endpoint: TokenEndpoint = {
  tokenUrl: TOKEN_URL,
  oauthClient: { id: 'client', secret: CLIENT_SECRET },
  clock,
  callTimeoutMs: 10_000,
};
const exchange = { code: '4/code', redirectUri: 'http://127.0.0.1:1/callback', codeVerifier: 'v'.repeat(43) };
const token = () => nock('https://oauth2.googleapis.com').post('/token');

test('a code becomes a grant that lasts', async () => {
  nock('https://oauth2.googleapis.com')
    .post('/token', {
      grant_type: 'authorization_code',
      code: '4/code',
      redirect_uri: 'http://127.0.0.1:1/callback',
      code_verifier: exchange.codeVerifier,
      client_id: 'client',
      client_secret: CLIENT_SECRET,
    })
    .reply(200, { access_token: 'a1', expires_in: 3599, refresh_token: 'r1', scope: 'x y', token_type: 'Bearer' });
  expect(await exchangeCode(endpoint, exchange)).toEqual({
    accessToken: 'a1',
    expiresAtMs: clock.now() + 3_599_000,
    lifetimeMs: 3_599_000,
    refreshToken: 'r1',
    scopes: ['x', 'y'],
  });
});

test('a consent without refresh token is refused with what to do, instead of ending within the hour', async () => {
  token().reply(200, { access_token: 'a1', expires_in: 3599 });
  expect(await rejection(exchangeCode(endpoint, exchange))).toMatchObject({
    kind: 'usage',
    message: expect.stringContaining('prompt=consent'),
  });
});

const dataDirectory = process.env.CALSYNC_TEST_DATA;
if (dataDirectory === undefined) console.log('skipped: recorded OAuth errors (CALSYNC_TEST_DATA is unset)');

test.skipIf(dataDirectory === undefined)(
  'every recorded OAuth error means that the owner has to connect again',
  async () => {
    const text = readFileSync(join(dataDirectory ?? '', 'google', 'errors.json'), 'utf8');
    const { oauth } = JSON.parse(text) as { oauth: { status: number; body: nock.Body }[] };
    expect(oauth.length).toBeGreaterThan(0);
    for (const { status, body } of oauth) {
      token().reply(status, body);
      expect(await rejection(refreshGrant(endpoint, 'r1'))).toMatchObject({
        kind: 'unauthorized',
        reason: 'invalid_grant',
      });
    }
  },
);

test.each(['invalid_client', 'deleted_client'])('%s is a matter of our settings, not of the account', async (error) => {
  token().reply(401, { error });
  expect(await rejection(refreshGrant(endpoint, 'r1'))).toMatchObject({ kind: 'usage', reason: error });
});
