/**
 * The one place where things are put together. Everything is made when it is first asked for, and loaded then: a command that reads no
 * calendar waits neither for Google's client nor for a database.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Config, GoogleEndpoints } from './config.ts';
import { CalsyncError } from './core/error.ts';
import type { Clock, Google, Mailer, Random } from './core/ports.ts';
import type { DiffReader } from './engine/diff.ts';
import type { Engine, EngineSettings, Progress } from './engine/engine.ts';
import type { GoogleCall } from './google/call.ts';
import type { Attachment } from './sandbox/attach.ts';
import { systemClock } from './sandbox/system-clock.ts';
import type { DatabaseAddress, Db } from './store/database.ts';
import type { SecretKeys } from './store/secret-box.ts';
import type { GoogleIdentity } from './store/setting.ts';

/** Chance from the system, good enough for secrets. */
export const systemRandom: Random = {
  fraction: () => randomBytes(4).readUInt32BE() / 2 ** 32,
  hex: (byteCount) => randomBytes(byteCount).toString('hex'),
};

/** The Google of this start, with everything that a connection to it needs. */
export interface GoogleAccess {
  readonly identity: GoogleIdentity;
  readonly endpoints: GoogleEndpoints;
  readonly oauthClient: { readonly id: string; readonly secret: string };
  /** The emulator behind it; null for the real one. */
  readonly sandbox: { readonly origin: string; readonly secret: string } | null;
}

export interface App {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  /** Migrated and of this Google. Throws `usage` or `transient` with what to do. */
  database(): Promise<Db>;
  /** The same through a pool of its own, whose statements wait a bounded time: one held row cannot hold up every request. */
  serverDatabase(): Promise<Db>;
  /** The same, whatever its schema. */
  databaseAsItIs(): Promise<Db>;
  secretKeys(): Promise<SecretKeys>;
  /** Throws `usage` where no Google is set. */
  googleAccess(): Promise<GoogleAccess>;
  /** Which Google this start would use; null where none is set. */
  googleIdentity(): GoogleIdentity | null;
  /** Google as a connected account. */
  google(account: string): Promise<Google>;
  /** Google by a refresh token that is not stored yet. */
  googleBy(account: string, refreshToken: string, onScopes: (scopes: readonly string[]) => void): Promise<Google>;
  /** Turns end between two batches once `signal` is aborted. */
  engine(options: {
    readonly signal: AbortSignal;
    readonly onProgress?: (progress: Progress) => void;
  }): Promise<Engine>;
  /** What a diff reads with; nothing in it can write. */
  diffReader(): Promise<DiffReader>;
  mailer(): Promise<Mailer>;
  /** The address that mail comes from. */
  readonly mailFrom: string;
  /** Lets go of everything. Safe to call twice. */
  close(): Promise<void>;
}

export interface AppOptions {
  readonly clock?: Clock;
  readonly random?: Random;
  /** Told of every request to Google; holds nothing of its content. */
  readonly onGoogleCall?: (call: GoogleCall) => void;
}

const sandboxClientId = 'sandbox';
const serverPool = {
  maxConnections: 20,
  applicationName: 'calsync serve',
  lockWaitMs: 10_000,
  statementMs: 30_000,
} as const;

export function createApp(config: Config, options: AppOptions = {}): App {
  const { clock = systemClock, random = systemRandom, onGoogleCall } = options;
  const closers: (() => Promise<void> | void)[] = [];

  const attachment = once(async (): Promise<Attachment> => {
    const { attachSandbox } = await import('./sandbox/attach.ts');
    const attached = await attachSandbox({
      home: config.home,
      needs: { emulator: config.google.kind === 'sandbox' },
      clock,
    });
    closers.push(() => attached.detach());
    return attached;
  });

  const openPooled = async (pool: Omit<DatabaseAddress, 'connection'>): Promise<Db> => {
    const { openDatabase, openPool } = await import('./store/database.ts');
    const { database } = config;
    const connection = database.kind === 'url' ? { url: database.url } : (await attachment()).postgres;
    const db = openDatabase(openPool({ connection, ...pool }));
    closers.push(() => db.destroy());
    return db;
  };

  const databaseAsItIs = once(() => openPooled({}));

  const database = once(async (): Promise<Db> => {
    const db = await databaseAsItIs();
    await requireSchema(db, config, random);
    if (config.google.kind !== 'unset') {
      const { checkGoogleIdentity } = await import('./store/setting.ts');
      await checkGoogleIdentity(db, identityOf(config));
    }
    return db;
  });

  const serverDatabase = once(async (): Promise<Db> => {
    await database();
    return openPooled(serverPool);
  });

  const googleAccess = once(async (): Promise<GoogleAccess> => {
    const { google } = config;
    const identity = identityOf(config);
    if (google.kind === 'google')
      return { identity, endpoints: google.endpoints, oauthClient: google.oauthClient, sandbox: null };
    const sandbox = (await attachment()).emulator;
    if (sandbox === null)
      throw new CalsyncError('invariant', 'the keeper gave no emulator although it was asked for one');
    const { origin, secret } = sandbox;
    const endpoints = { rootUrl: origin, tokenUrl: `${origin}/token` };
    return { identity, endpoints, oauthClient: { id: sandboxClientId, secret }, sandbox };
  });

  const secretKeys = once(async (): Promise<SecretKeys> => {
    const { parseSecretKeys } = await import('./store/secret-box.ts');
    if (config.secretKey !== null) return parseSecretKeys(config.secretKey);
    if (config.database.kind === 'url') throw secretKeyMissing();
    const { secretKey } = await import('./sandbox/secret-key.ts');
    return parseSecretKeys(secretKey(config.home));
  });

  const pacer = once(async () => {
    const { quotaPacer } = await import('./store/quota.ts');
    return quotaPacer(await database(), config.quota, clock);
  });

  const createClient = async (
    account: string,
    refreshToken: string,
    onTokenRefreshed: (grant: {
      readonly scopes: readonly string[];
      readonly refreshToken?: string;
    }) => Promise<void> | void,
  ): Promise<Google> => {
    const [{ createGoogle }, { endpoints, oauthClient }, quota] = await Promise.all([
      import('./google/gateway.ts'),
      googleAccess(),
      pacer(),
    ]);
    const credentials = { kind: 'refresh_token', refreshToken } as const;
    const listener = onGoogleCall === undefined ? {} : { onCall: onGoogleCall };
    return createGoogle({ account, credentials, endpoints, oauthClient, clock, quota, onTokenRefreshed, ...listener });
  };

  const connected = onceEach(async (account: string): Promise<Google> => {
    const [store, keys, db] = await Promise.all([import('./store/account.ts'), secretKeys(), database()]);
    const refreshToken = await store.openRefreshToken(db, account, keys);
    return createClient(account, refreshToken, async (grant) => {
      if (grant.refreshToken === undefined) return;
      const replaced = { id: account, refreshToken: grant.refreshToken, scopes: grant.scopes };
      await store.connectAccount(db, replaced, identityOf(config), keys, random);
    });
  });

  const engineParts = once(async () => {
    const [{ defaultEngineSettings }, { readInstallation }, db] = await Promise.all([
      import('./engine/engine.ts'),
      import('./store/setting.ts'),
      database(),
    ]);
    const { name: installation, fingerprintSecret } = await readInstallation(db);
    const settings: EngineSettings = { ...defaultEngineSettings, settledAfterMs: config.settledAfterMs };
    return { db, clock, google: connected, installation, fingerprintSecret, settings };
  });

  return {
    config,
    clock,
    random,
    database,
    serverDatabase,
    databaseAsItIs,
    secretKeys,
    googleAccess,
    googleIdentity: () => (config.google.kind === 'unset' ? null : identityOf(config)),
    google: connected,
    googleBy: (account, refreshToken, onScopes) =>
      createClient(account, refreshToken, ({ scopes }) => onScopes(scopes)),
    async engine({ signal, onProgress }) {
      const parts = await engineParts();
      const { sayStatusLimits } = await import('./store/status-limits.ts');
      await sayStatusLimits(parts.db, parts.settings);
      const worker = `${hostname()}/${process.pid}/${random.hex(4)}`;
      const progress = onProgress === undefined ? {} : { onProgress };
      return { ...parts, random, worker, settings: stoppable(parts.settings, signal), ...progress };
    },
    diffReader: engineParts,
    mailer: () => openMailer(config, clock),
    mailFrom: config.mailFrom ?? unstatedSender,
    async close() {
      // In the order opposite to opening: the pool ends before its server is let go.
      for (const close of closers.splice(0).reverse()) await close();
    },
  };
}

/** Up to date, or brought there where nobody else looks after it: the embedded database. */
async function requireSchema(db: Db, config: Config, random: Random): Promise<void> {
  const { checkMigrations, migrateToLatest } = await import('./store/migrate.ts');
  const { pending } = await checkMigrations(db);
  if (pending.length === 0) return;
  if (config.database.kind === 'embedded') {
    await migrateToLatest(db, random);
    return;
  }
  const message = `the database lacks ${pending.length} of this program's migrations: run \`calsync migrate\``;
  throw new CalsyncError('usage', message, { reason: 'not_migrated' });
}

/** Throws `usage` where no Google is set. */
function identityOf({ google }: Config): GoogleIdentity {
  switch (google.kind) {
    case 'sandbox':
      return { root: 'sandbox', clientId: null };
    case 'google':
      return { root: google.endpoints.rootUrl, clientId: google.oauthClient.id };
    case 'unset':
      throw new CalsyncError('usage', google.problem, { reason: 'google_unset' });
  }
}

/** A turn that is to stop has no time left: it ends between two batches and gives its lease back. */
function stoppable(settings: EngineSettings, signal: AbortSignal): EngineSettings {
  return {
    ...settings,
    get mostMsPerTurn() {
      return signal.aborted ? 0 : settings.mostMsPerTurn;
    },
  };
}

const unstatedSender = 'calsync@localhost';

/** SMTP where it is set, else files in the home. */
async function openMailer({ mail, mailFrom, home }: Config, clock: Clock): Promise<Mailer> {
  if (mail.kind === 'smtp') {
    const { createSmtpMailer } = await import('./mail/smtp-mailer.ts');
    return createSmtpMailer({ url: mail.url, from: mail.from, clock });
  }
  const { createFileMailer } = await import('./mail/file-mailer.ts');
  return createFileMailer({ directory: join(home, 'mail'), from: mailFrom ?? unstatedSender, clock });
}

function secretKeyMissing(): CalsyncError {
  const message =
    'CALSYNC_SECRET_KEY is missing: with a DATABASE_URL it encrypts refresh tokens (make one with: openssl rand -base64 32)';
  return new CalsyncError('usage', message, { reason: 'secret_key_unset' });
}

/** The same promise for all who ask; a failure is forgotten, so that the next one tries again. */
function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  const each = onceEach<Value>(make);
  return () => each('');
}

function onceEach<Value>(make: (name: string) => Promise<Value>): (name: string) => Promise<Value> {
  const made = new Map<string, Promise<Value>>();
  return (name) => {
    const known = made.get(name);
    if (known !== undefined) return known;
    const value = make(name);
    made.set(name, value);
    value.catch(() => made.delete(name));
    return value;
  };
}
