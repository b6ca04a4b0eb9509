import { calendarScope, createAccount, expireAccessTokens, grant, type NewAccount, revokeGrants } from './accounts.ts';
import { setRole } from './acl.ts';
import { apiError, badRequest } from './api-error.ts';
import { encodeBase32Hex } from './base32hex.ts';
import { createCalendar, renderCalendar, setDeleted } from './calendars.ts';
import type { AccountRow, JsonObject, Role, ServiceAccountRow } from './model.ts';
import { expandCalendar, type Occurrences, ownerView } from './owner-view.ts';
import type { State, StoredCalendar } from './state.ts';
import type { Limits, Switches } from './switches.ts';
import type { AuthorizationCode, TokenEndpoint } from './token-endpoint.ts';
import { isZone } from './zones.ts';

export interface AccountRequest extends NewAccount {
  readonly refreshToken?: string;
  /** The full calendar scope when not given. */
  readonly scopes?: readonly string[];
}

export interface ServiceAccountRequest {
  readonly email: string;
  readonly publicKey?: string;
  readonly delegatedScopes?: readonly string[];
}

export interface CreatedAccount {
  readonly email: string;
  readonly timeZone: string;
  readonly refreshToken: string;
  /** The id of the primary calendar: the address. */
  readonly calendarId: string;
}

export interface CalendarRequest {
  readonly owner: string;
  /** Made when not given. */
  readonly id?: string;
  readonly summary?: string;
  readonly timeZone?: string;
}

/** What the owner of the emulator may do behind Google's back: accounts, calendars, tokens, raw contents, settings. */
export class Administration {
  private readonly state: State;
  private readonly tokens: TokenEndpoint;

  constructor(state: State, tokens: TokenEndpoint) {
    this.state = state;
    this.tokens = tokens;
  }

  /** Makes the account if it is missing, and in any case a new consent with a refresh token. */
  createAccount(request: AccountRequest): CreatedAccount {
    checkZone(request.timeZone);
    const { email, timeZone } = createAccount(this.state, request);
    const { refreshToken } = grant(this.state, email, request.scopes ?? [calendarScope], request.refreshToken);
    this.state.commit();
    return { email, timeZone, refreshToken, calendarId: email };
  }

  /**
   * A robot account. Its assertions are checked against `publicKey` (PEM); without one they are not. `delegatedScopes`
   * are those of its domain-wide delegation: with them it may act as any account, and invite.
   */
  createServiceAccount(request: ServiceAccountRequest): ServiceAccountRow {
    const { email } = createAccount(this.state, request);
    const key = request.publicKey === undefined ? {} : { publicKey: request.publicKey };
    const row = { email, delegatedScopes: request.delegatedScopes ?? [], ...key };
    return this.committed(() => {
      this.state.saveServiceAccount(row);
      return row;
    });
  }

  accounts(): AccountRow[] {
    return [...this.state.accounts.values()];
  }

  /** A code as if the account had just consented. */
  issueCode(code: Omit<AuthorizationCode, 'scopes'> & { readonly scopes?: readonly string[] }): string {
    const email = this.account(code.email).email;
    return this.tokens.issueCode({ ...code, email, scopes: code.scopes ?? [calendarScope] });
  }

  /** How many access tokens ended. The refresh tokens stay good. */
  expireAccessTokens(email: string): number {
    return this.committed(() => expireAccessTokens(this.state, this.account(email).email));
  }

  /** How many consents the user took back; their access tokens end too. */
  revokeConsent(email: string): number {
    return this.committed(() => revokeGrants(this.state, this.account(email).email));
  }

  /** A secondary calendar; the one that is there when the id is known. */
  createCalendar(request: CalendarRequest): JsonObject {
    checkZone(request.timeZone);
    const owner = this.account(request.owner);
    const known = request.id === undefined ? undefined : this.state.calendars.get(request.id);
    if (known !== undefined) return renderCalendar(known.row);
    const id = request.id ?? this.calendarId();
    const fields = { summary: request.summary ?? id, timeZone: request.timeZone ?? owner.timeZone };
    return this.committed(() => renderCalendar(createCalendar(this.state, owner.email, id, fields)));
  }

  calendars(): JsonObject[] {
    return [...this.state.calendars.values()].map(({ row, events }) => ({
      ...renderCalendar(row),
      dataOwner: row.dataOwner,
      primary: row.primary,
      deleted: row.deleted,
      roles: row.roles,
      eventCount: events.size,
      version: events.version,
    }));
  }

  /** `none` takes the access away. With `onList`, the calendar also goes on their list. */
  share(calendarId: string, email: string, role: Role, onList = true): JsonObject {
    const { row } = this.calendar(calendarId);
    const who = email.toLowerCase();
    const listedBy = onList ? { ...row.listedBy, [who]: this.state.nextStamp() } : row.listedBy;
    return this.committed(() =>
      renderCalendar(setRole(this.state, { ...row, listedBy, etag: this.state.nextStamp() }, who, role)),
    );
  }

  deleteCalendar(calendarId: string): void {
    this.committed(() => setDeleted(this.state, this.calendar(calendarId).row, true));
  }

  /** Brings a deleted calendar back with all it held. */
  restoreCalendar(calendarId: string): void {
    this.committed(() => setDeleted(this.state, this.calendar(calendarId).row, false));
  }

  /** The next use of any sync token of the calendar is answered 410 `fullSyncRequired`. */
  invalidateSyncTokens(calendarId: string): void {
    const { row } = this.calendar(calendarId);
    this.committed(() => this.state.saveCalendar({ ...row, syncEpoch: row.syncEpoch + 1 }));
  }

  /** Everything on the calendar, tombstones too, in the order of first appearance. */
  events(calendarId: string): JsonObject[] {
    const calendar = this.calendar(calendarId);
    const { events } = calendar;
    return [...events.inOrder(0, events.version)].map((row) => ownerView(this.state, calendar, row));
  }

  /** Live occurrences that begin inside the window. */
  expand(calendarId: string, window: { readonly fromMs?: number; readonly toMs?: number } = {}): Occurrences {
    return expandCalendar(this.state, this.calendar(calendarId), window);
  }

  switches(): Switches {
    return this.state.switches;
  }

  setSwitches(changed: Partial<Switches>): Switches {
    this.state.saveSettings({ ...this.state.switches, ...changed }, this.state.limits);
    this.state.commit();
    return this.state.switches;
  }

  limits(): Limits {
    return this.state.limits;
  }

  setLimits(changed: Partial<Limits>): Limits {
    this.state.saveSettings(this.state.switches, { ...this.state.limits, ...changed });
    this.state.commit();
    return this.state.limits;
  }

  private account(email: string): AccountRow {
    const account = this.state.accounts.get(email.toLowerCase());
    if (account === undefined) throw badRequest('invalid', `No account ${email}: create it first.`);
    return account;
  }

  private calendar(id: string): StoredCalendar {
    const calendar = this.state.calendars.get(id);
    if (calendar === undefined) throw apiError('notFound');
    return calendar;
  }

  private calendarId(): string {
    const hex = this.state.nextHex('calendar').slice(0, 40);
    return `c_${encodeBase32Hex(Buffer.from(hex, 'hex'))}@group.calendar.google.com`;
  }

  private committed<Result>(change: () => Result): Result {
    const result = change();
    this.state.commit();
    return result;
  }
}

function checkZone(zone: string | undefined): void {
  if (zone !== undefined && !isZone(zone)) throw badRequest('invalid', `Unknown time zone ${zone}.`);
}
