/**
 * Every setting, read from the environment here and nowhere else, checked at start, all problems named at once. The names, their
 * meaning and their defaults are `docs/settings.md`. No message here quotes a value that may hold a secret.
 */
import { resolve } from 'node:path';
import { z } from 'zod';
import { parseAddress } from './core/address.ts';
import { asCalsyncError, CalsyncError } from './core/error.ts';
import { nearestName } from './core/spec-problem.ts';
import { isLoopback } from './google/transport.ts';
import { parseSmtpUrl } from './mail/smtp-url.ts';
import { parseSecretKeys } from './store/secret-box.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface GoogleEndpoints {
  /** Origin of the Calendar API; `/calendar/v3/…` is served at its root. */
  readonly rootUrl: string;
  readonly tokenUrl: string;
}

export type GoogleSetting =
  /** The emulator of the home, held by its keeper. */
  | { readonly kind: 'sandbox' }
  | {
      readonly kind: 'google';
      readonly oauthClient: { readonly id: string; readonly secret: string };
      readonly endpoints: GoogleEndpoints;
    }
  /** Nothing that needs Google works; `problem` says what to set. */
  | { readonly kind: 'unset'; readonly problem: string };

export interface Config {
  /** Absolute path of CALSYNC_HOME. */
  readonly home: string;
  readonly database: { readonly kind: 'embedded' } | { readonly kind: 'url'; readonly url: string };
  readonly google: GoogleSetting;
  /** CALSYNC_SECRET_KEY as given; null when unset. */
  readonly secretKey: string | null;
  readonly quota: { readonly projectPerMinute: number; readonly userPerMinute: number; readonly perDay: number };
  /** Null: events are never settled. */
  readonly settledAfterMs: number | null;
  readonly mail: { readonly kind: 'files' } | { readonly kind: 'smtp'; readonly url: string; readonly from: string };
  readonly mailFrom: string | null;
  readonly reportTo: readonly string[];
  /** Where `calsync serve` listens; `apiToken` null: it makes one at each start. */
  readonly server: { readonly host: string; readonly port: number; readonly apiToken: string | null };
  readonly logLevel: LogLevel;
  /** What is allowed but should be known: loud lines for the start. */
  readonly warnings: readonly string[];
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Names of the contract that this version does not use yet: they may be set, and have no effect. */
export const laterSettings = ['CALSYNC_GOOGLE_AUTH_URL', 'CALSYNC_PUBLIC_URL'] as const;

const dayMs = 24 * 3_600_000;
/** What Google grants a project that never asked for more (API facts, quota); the contract's defaults. */
const grantedByGoogle = { project: 10_000, user: 600, day: 1_000_000 };
const mostUnits = 100_000_000;
const mostSettledDays = 36_500;
const googleRoot = 'https://www.googleapis.com';
const googleToken = 'https://oauth2.googleapis.com/token';

/** A setting that is there but empty counts as unset, as compose files write it. */
const optional = z
  .string()
  .trim()
  .optional()
  .transform((text) => (text === '' ? undefined : text));

const wholeNumber = (least: number, most: number, unset: number) =>
  optional
    .refine(
      (text) => text === undefined || (/^\d{1,12}$/.test(text) && Number(text) >= least && Number(text) <= most),
      {
        error: `must be a whole number from ${least} to ${most}`,
      },
    )
    .transform((text) => (text === undefined ? unset : Number(text)));

/** A text that is judged by whoever will read it, in their words. */
const judgedBy = (read: (text: string) => unknown) =>
  optional.superRefine((text, context) => {
    if (text === undefined) return;
    try {
      read(text);
    } catch (thrown) {
      context.addIssue({ code: 'custom', message: `is wrong: ${asCalsyncError(thrown).message}` });
    }
  });

const origin = optional.refine((text) => text === undefined || isOrigin(text), {
  error: 'must be an origin such as https://host or http://127.0.0.1:8080, without a path',
});
const httpUrl = optional.refine((text) => text === undefined || isHttp(text), {
  error: 'must be an http or https URL',
});

const settings = z.object({
  CALSYNC_HOME: optional,
  DATABASE_URL: optional.refine((text) => text === undefined || /^postgres(ql)?:\/\/./.test(text), {
    error: 'must be a URL such as postgres://user:password@host:5432/database',
  }),
  GOOGLE_CLIENT_ID: optional,
  GOOGLE_CLIENT_SECRET: optional,
  CALSYNC_SANDBOX: optional.pipe(
    z.enum(['0', '1'], { error: 'must be 1 (use the sandbox) or 0 (refuse it)' }).optional(),
  ),
  CALSYNC_GOOGLE_ROOT_URL: origin,
  CALSYNC_GOOGLE_TOKEN_URL: httpUrl,
  CALSYNC_SECRET_KEY: judgedBy((text) => parseSecretKeys(text)),
  CALSYNC_QUOTA_PROJECT_PER_MINUTE: wholeNumber(1, mostUnits, grantedByGoogle.project),
  CALSYNC_QUOTA_USER_PER_MINUTE: wholeNumber(1, mostUnits, grantedByGoogle.user),
  CALSYNC_QUOTA_PER_DAY: wholeNumber(1, mostUnits, grantedByGoogle.day),
  CALSYNC_SETTLED_AFTER_DAYS: wholeNumber(0, mostSettledDays, 7),
  SMTP_URL: judgedBy((text) => parseSmtpUrl(text)),
  CALSYNC_MAIL_FROM: optional.refine((text) => text === undefined || isMailbox(text), {
    error: 'must be a mail address such as calsync@example.com or Calsync <calsync@example.com>',
  }),
  CALSYNC_REPORT_TO: optional.refine((text) => text === undefined || addressesOf(text).every(isAddress), {
    error: 'must be mail addresses separated by commas',
  }),
  CALSYNC_API_TOKEN: optional.refine((text) => text === undefined || /^[!-~]{16,512}$/.test(text), {
    error: 'must be 16 to 512 visible characters without spaces (make one with: openssl rand -hex 32)',
  }),
  PORT: wholeNumber(0, 65_535, 8_080),
  HOST: optional.refine((text) => text === undefined || /^[\w.:%-]+$/.test(text), {
    error: 'must be an address or name of this machine, such as 0.0.0.0',
  }),
  LOG_LEVEL: optional.pipe(z.enum(logLevels, { error: `must be one of ${logLevels.join(', ')}` }).default('info')),
});

type Settings = z.output<typeof settings>;

/** Names that calsync reads. Others that look like one of them are warned about: a misspelt setting has no effect. */
export const settingNames: readonly string[] = Object.keys(settings.shape);

/** Checks all settings. Throws `usage`, reason `settings`, naming every problem and no value. */
export function readConfig(environment: Environment): Config {
  const parsed = settings.safeParse(environment);
  const problems = parsed.success
    ? togetherProblems(parsed.data)
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
  if (!parsed.success || problems.length > 0) {
    const title = problems.length === 1 ? 'a setting is wrong' : `${problems.length} settings are wrong`;
    throw new CalsyncError('usage', `${title}:\n${problems.map((problem) => `  ${problem}`).join('\n')}`, {
      reason: 'settings',
    });
  }
  return configOf(parsed.data, warningsOf(parsed.data, environment));
}

function togetherProblems(given: Settings): readonly string[] {
  const problems: string[] = [];
  if (given.GOOGLE_CLIENT_ID !== undefined && given.GOOGLE_CLIENT_SECRET === undefined)
    problems.push('GOOGLE_CLIENT_SECRET is missing: it goes with GOOGLE_CLIENT_ID');
  if (given.GOOGLE_CLIENT_ID === undefined && given.GOOGLE_CLIENT_SECRET !== undefined)
    problems.push('GOOGLE_CLIENT_ID is missing: it goes with GOOGLE_CLIENT_SECRET');
  if (given.SMTP_URL !== undefined && given.CALSYNC_MAIL_FROM === undefined)
    problems.push('CALSYNC_MAIL_FROM is missing: mail that is sent needs an address it comes from');
  return problems;
}

function configOf(given: Settings, warnings: readonly string[]): Config {
  return {
    home: resolve(given.CALSYNC_HOME ?? '.calsync'),
    database: given.DATABASE_URL === undefined ? { kind: 'embedded' } : { kind: 'url', url: given.DATABASE_URL },
    google: googleOf(given),
    secretKey: given.CALSYNC_SECRET_KEY ?? null,
    quota: {
      projectPerMinute: given.CALSYNC_QUOTA_PROJECT_PER_MINUTE,
      userPerMinute: given.CALSYNC_QUOTA_USER_PER_MINUTE,
      perDay: given.CALSYNC_QUOTA_PER_DAY,
    },
    settledAfterMs: given.CALSYNC_SETTLED_AFTER_DAYS === 0 ? null : given.CALSYNC_SETTLED_AFTER_DAYS * dayMs,
    mail:
      given.SMTP_URL === undefined || given.CALSYNC_MAIL_FROM === undefined
        ? { kind: 'files' }
        : { kind: 'smtp', url: given.SMTP_URL, from: given.CALSYNC_MAIL_FROM },
    mailFrom: given.CALSYNC_MAIL_FROM ?? null,
    reportTo: given.CALSYNC_REPORT_TO === undefined ? [] : addressesOf(given.CALSYNC_REPORT_TO),
    server: { host: given.HOST ?? '127.0.0.1', port: given.PORT, apiToken: given.CALSYNC_API_TOKEN ?? null },
    logLevel: given.LOG_LEVEL,
    warnings,
  };
}

/** The sandbox is what one gets who set nothing, or who asked for it; never by a half-set environment. */
function googleOf(given: Settings): GoogleSetting {
  const unset =
    given.GOOGLE_CLIENT_ID === undefined &&
    given.DATABASE_URL === undefined &&
    given.CALSYNC_GOOGLE_ROOT_URL === undefined;
  if (given.CALSYNC_SANDBOX === '1' || (unset && given.CALSYNC_SANDBOX === undefined)) return { kind: 'sandbox' };
  if (given.GOOGLE_CLIENT_ID === undefined || given.GOOGLE_CLIENT_SECRET === undefined) {
    const problem =
      'this needs Google: set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET, or CALSYNC_SANDBOX=1 for the sandbox';
    return { kind: 'unset', problem };
  }
  const rootUrl = new URL(given.CALSYNC_GOOGLE_ROOT_URL ?? googleRoot).origin;
  return {
    kind: 'google',
    oauthClient: { id: given.GOOGLE_CLIENT_ID, secret: given.GOOGLE_CLIENT_SECRET },
    endpoints: { rootUrl, tokenUrl: given.CALSYNC_GOOGLE_TOKEN_URL ?? googleToken },
  };
}

function warningsOf(given: Settings, environment: Environment): readonly string[] {
  const warnings: string[] = [];
  for (const name of ['CALSYNC_GOOGLE_ROOT_URL', 'CALSYNC_GOOGLE_TOKEN_URL'] as const) {
    const url = given[name];
    if (url !== undefined && new URL(url).protocol === 'http:' && !isLoopback(url))
      warnings.push(`${name} is plain http: tokens and event texts can be read on the way`);
  }
  if (given.CALSYNC_SANDBOX !== '1') warnings.push(...quotaWarnings(given));
  const known = [...settingNames, ...laterSettings];
  for (const name of Object.keys(environment)
    .filter((each) => /^CALSYNC_/.test(each) && !known.includes(each))
    .sort()) {
    const meant = nearestName(name, known, {});
    if (meant !== null) warnings.push(`${name} is no setting of calsync and has no effect: did you mean ${meant}?`);
  }
  return warnings;
}

function quotaWarnings(given: Settings): readonly string[] {
  const stated = [
    ['CALSYNC_QUOTA_PROJECT_PER_MINUTE', grantedByGoogle.project],
    ['CALSYNC_QUOTA_USER_PER_MINUTE', grantedByGoogle.user],
    ['CALSYNC_QUOTA_PER_DAY', grantedByGoogle.day],
  ] as const;
  const isReal = googleOf(given).kind === 'google' && given.CALSYNC_GOOGLE_ROOT_URL === undefined;
  return stated
    .filter(([name, granted]) => isReal && given[name] > granted)
    .map(
      ([name, granted]) =>
        `${name} is above the ${granted} that Google grants by itself: right only if your project was given more`,
    );
}

function isOrigin(text: string): boolean {
  return isHttp(text) && /^https?:\/\/[^/?#@]+\/?$/.test(text);
}

function isHttp(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function isAddress(text: string): boolean {
  return parseAddress(text).ok;
}

/** `ada@example.com` or `Ada <ada@example.com>`. */
function isMailbox(text: string): boolean {
  return isAddress(/^[^<>"\r\n]*<([^<>]+)>$/.exec(text)?.[1] ?? text);
}

function addressesOf(text: string): readonly string[] {
  return text.split(',').map((each) => each.trim());
}

/** Whether a terminal may show colours (https://no-color.org). Never fails, so that a wrong setting can be told in the right colour. */
export function wantsColour(environment: Environment): boolean {
  return (environment.NO_COLOR ?? '') === '' && environment.TERM !== 'dumb';
}

/** Whether a failure may show its stack trace. Never fails. */
export function wantsTraces(environment: Environment): boolean {
  return environment.LOG_LEVEL === 'debug' || environment.LOG_LEVEL === 'trace';
}

/** The environment of this process, for `readConfig`. */
export function processEnvironment(): Environment {
  return process.env;
}
