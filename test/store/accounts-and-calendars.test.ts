import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectAccount, listAccounts, openRefreshToken, setAccountState } from '../../src/store/account.ts';
import { addCalendar, findCalendar, listCalendars, type NewCalendar, setCalendar } from '../../src/store/calendar.ts';
import { parseSecretKeys } from '../../src/store/secret-box.ts';
import { checkGoogleIdentity, readInstallation, settleSetting } from '../../src/store/setting.ts';
import { type MigratedDatabase, openMigratedDatabase, systemRandom } from '../support/migrated.ts';

let database: MigratedDatabase;
beforeEach(async () => {
  database = await openMigratedDatabase();
});
afterEach(() => database.close());

const keys = parseSecretKeys(Buffer.alloc(32, 7).toString('base64'));
const google = { root: 'https://www.googleapis.com', clientId: 'client-1' };
const token = 'refresh-token-in-clear';
const connect = (id: string, identity = google, refreshToken = token) =>
  connectAccount(database.db, { id, refreshToken, scopes: ['calendar'] }, identity, keys, systemRandom);
const classes: NewCalendar = {
  id: 'classes@group.calendar.google.com',
  account: 'owner@example.com',
  summary: 'Classes',
  timeZone: 'Europe/Copenhagen',
  namespace: 'live',
  policy: 'sync',
  drift: 'enforce',
  driftFields: { location: 'adopt' },
  onDelete: 'recreate',
  onMove: 'flag',
  orphans: 'flag',
  duplicates: 'delete',
  fallback: 'hold',
};

test('a refresh token is stored encrypted, opens again, and a new connection takes its place and makes the account active', async () => {
  await connect('owner@example.com');
  const { rows } = await database.pool.query('select * from calsync.account');
  expect(JSON.stringify(rows)).not.toContain(token);
  expect(await openRefreshToken(database.db, 'owner@example.com', keys)).toBe(token);

  await setAccountState(database.db, 'owner@example.com', {
    state: 'reauth_required',
    reason: 'invalid_grant',
    pausedUntil: null,
  });
  await connect('owner@example.com', google, 'another');
  expect(await openRefreshToken(database.db, 'owner@example.com', keys)).toBe('another');
  expect(await listAccounts(database.db)).toMatchObject([
    { id: 'owner@example.com', state: 'active', stateReason: null, scopes: ['calendar'] },
  ]);
});

test("a token that was copied to another account's row does not open there", async () => {
  await connect('owner@example.com');
  await connect('other@example.com');
  await database.pool.query(
    `update calsync.account set refresh_token = (select refresh_token from calsync.account where id = 'owner@example.com')`,
  );
  await expect(openRefreshToken(database.db, 'other@example.com', keys)).rejects.toMatchObject({
    reason: 'secret_damaged',
  });
});

test('the first account settles which Google the database belongs to; another Google or client is refused and adds nothing', async () => {
  await checkGoogleIdentity(database.db, { root: 'sandbox', clientId: null });
  await connect('owner@example.com');
  const refused = { kind: 'usage', reason: 'another_google' };
  await expect(
    connect('second@example.com', { root: 'https://elsewhere.example', clientId: 'client-1' }),
  ).rejects.toMatchObject(refused);
  await expect(connect('second@example.com', { ...google, clientId: 'client-2' })).rejects.toMatchObject(refused);
  await expect(checkGoogleIdentity(database.db, { root: 'sandbox', clientId: null })).rejects.toMatchObject(refused);
  await checkGoogleIdentity(database.db, google);
  expect((await listAccounts(database.db)).map(({ id }) => id)).toEqual(['owner@example.com']);
});

test('only the one who pauses an account first hears that it was news', async () => {
  await connect('owner@example.com');
  const pause = () =>
    setAccountState(database.db, 'owner@example.com', {
      state: 'reauth_required',
      reason: 'invalid_grant',
      pausedUntil: null,
    });
  expect((await Promise.all([pause(), pause(), pause()])).filter(Boolean)).toHaveLength(1);
});

test('a calendar keeps its policies as they were given, and a change touches only what it names', async () => {
  await connect('owner@example.com');
  await addCalendar(database.db, classes);
  await setCalendar(database.db, classes.id, { onMove: 'move_back', driftFields: {} });
  expect(await findCalendar(database.db, classes.id)).toMatchObject({
    ...classes,
    onMove: 'move_back',
    driftFields: {},
    state: 'active',
    observedAt: null,
  });
  expect(await listCalendars(database.db)).toHaveLength(1);
});

test('a calendar twice, an unknown calendar and an unknown account are refused by name', async () => {
  await expect(addCalendar(database.db, classes)).rejects.toMatchObject({ reason: 'unknown_account' });
  await connect('owner@example.com');
  await addCalendar(database.db, classes);
  await expect(addCalendar(database.db, classes)).rejects.toMatchObject({ reason: 'calendar_exists' });
  await expect(setCalendar(database.db, 'nowhere', { drift: 'flag' })).rejects.toMatchObject({
    reason: 'unknown_calendar',
  });
  await expect(setCalendar(database.db, 'nowhere', {})).rejects.toMatchObject({ reason: 'unknown_calendar' });
});

test("a setting is chosen once: of several who choose at the same moment, all get the first one's value", async () => {
  await database.pool.query(`delete from calsync.setting where name = 'google'`);
  const chosen = await Promise.all(
    ['a', 'b', 'c', 'd'].map((value) => settleSetting(database.db, 'google', { root: value, clientId: null })),
  );
  expect(new Set(chosen.map((value) => JSON.stringify(value))).size).toBe(1);
});

test('a database without an installation says what to run', async () => {
  await database.pool.query('delete from calsync.setting');
  await expect(readInstallation(database.db)).rejects.toMatchObject({
    kind: 'usage',
    message: expect.stringContaining('calsync migrate'),
  });
});
