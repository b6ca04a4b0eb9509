import { calendar, type calendar_v3 } from '@googleapis/calendar';
import { OAuth2Client } from 'google-auth-library';
import { createEmulator, type Emulator, type EmulatorOptions } from '../../src/emulator/index.ts';
import { checkAnswer } from './discovery.ts';

/** 2026-09-01T09:00:00Z; tests move it by hand. */
export const startMs = Date.UTC(2026, 8, 1, 9);

export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // Tests look into bodies of every shape.
  // biome-ignore lint/suspicious/noExplicitAny: a body is whatever the emulator sent
  readonly body: any;
}

export interface Harness {
  readonly emulator: Emulator;
  readonly email: string;
  readonly refreshToken: string;
  readonly token: string;
  readonly client: calendar_v3.Calendar;
  /** Moves the emulator's clock. */
  pass(ms: number): void;
  now(): number;
  /** `path` below /calendar/v3/; answers of 200 are checked against the discovery document. */
  call(method: string, path: string, options?: CallOptions): Promise<RawAnswer>;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly token?: string;
}

export const email = 'ann@example.com';

/** An emulator with one account, its token, and both clients over the in-process door. */
export async function start(options: EmulatorOptions = {}): Promise<Harness> {
  let nowMs = startMs;
  const emulator = createEmulator({ now: () => nowMs, ...options });
  const { refreshToken } = emulator.administration.createAccount({ email, timeZone: 'Europe/Berlin' });
  const token = await accessToken(emulator, refreshToken, options.secret);
  const auth = new OAuth2Client();
  auth.setCredentials({ access_token: token, expiry_date: Date.now() + 3_600_000 });
  const client = calendar({
    version: 'v3',
    auth,
    rootUrl: 'http://emulator.test/',
    retry: false,
    fetchImplementation: emulator.fetch,
  });
  return {
    emulator,
    email,
    refreshToken,
    token,
    client,
    pass: (ms) => {
      nowMs += ms;
    },
    now: () => nowMs,
    call: (method, path, given = {}) => rawCall(emulator, method, path, { token, ...given }),
  };
}

export async function accessToken(emulator: Emulator, refreshToken: string, secret = 'any'): Promise<string> {
  const answer = await tokenCall(emulator, {
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    client_id: 'calsync',
    client_secret: secret,
  });
  return answer.body.access_token;
}

export async function tokenCall(emulator: Emulator, form: Record<string, string>): Promise<RawAnswer> {
  const body = new URLSearchParams(form);
  return read(await emulator.fetch('http://emulator.test/token', { method: 'POST', body }));
}

async function rawCall(emulator: Emulator, method: string, path: string, options: CallOptions): Promise<RawAnswer> {
  const { body, headers = {}, token = '' } = options;
  const answer = await read(
    await emulator.fetch(`http://emulator.test/calendar/v3/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    }),
  );
  if (answer.status === 200 && !path.includes('fields=')) checkAnswer(answer.body);
  return answer;
}

async function read(response: Response): Promise<RawAnswer> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
}

/** A lesson of an hour; override what matters to the test. */
export function anEvent(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    summary: 'Algebra',
    start: { dateTime: '2026-09-07T10:00:00', timeZone: 'Europe/Berlin' },
    end: { dateTime: '2026-09-07T11:00:00', timeZone: 'Europe/Berlin' },
    ...fields,
  };
}

/** `count` lessons named lesson0…, in order. */
export function lessons(count: number): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, index) => anEvent({ id: `lesson${index}`, summary: `Lesson ${index}` }));
}
