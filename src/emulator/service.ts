import { roleOn } from './access.ts';
import { type Act, newAct, putRow } from './act.ts';
import { apiError } from './api-error.ts';
import { authorise, grantOf } from './auth.ts';
import { type Answer, type Call, emptyAnswer, errorAnswer, jsonAnswer, parseJsonBody } from './call.ts';
import { Faults, type Hit, listingFaults } from './faults.ts';
import { answerThrough } from './faulty-answer.ts';
import { applyFields } from './field-mask.ts';
import type { GrantRow, JsonObject } from './model.ts';
import { insufficientScopes } from './newer-errors.ts';
import { Push, type PushOptions } from './push.ts';
import { Quota, unitsOf } from './quota.ts';
import { RequestLog } from './request-log.ts';
import { type Matched, matchRoute } from './route-table.ts';
import { roleWithin } from './scope-reach.ts';
import { answerSignIn, signInOperation } from './sign-in.ts';
import type { State } from './state.ts';
import { TokenEndpoint } from './token-endpoint.ts';

const apiRoot = '/calendar/v3/';
const batchRoot = '/batch/';

/** A request as it was understood, before anything was done about it. */
interface Asked {
  readonly call: Call;
  readonly method: string;
  /** Google's name of the method; `unknown` when there is none. */
  readonly operation: string;
  readonly matched: Matched | undefined;
  readonly grant: GrantRow | undefined;
  readonly hits: readonly Hit[];
  readonly act: Act;
}

/** The API and the token endpoint: every request through its faults, its answer, and into the log. */
export class Service {
  readonly state: State;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly tokens: TokenEndpoint;
  readonly push: Push;
  private readonly quota: Quota;
  private readonly sleep: (delayMs: number) => Promise<void>;

  constructor(
    state: State,
    clientSecret: string | undefined,
    sleep: (delayMs: number) => Promise<void>,
    pushing: PushOptions,
  ) {
    this.state = state;
    this.sleep = sleep;
    this.faults = new Faults(state);
    this.push = new Push(state, this.faults, pushing);
    state.onChanged = (collections) => this.push.tell(collections);
    this.log = new RequestLog(state);
    this.quota = new Quota(state);
    this.tokens = new TokenEndpoint(state, clientSecret);
  }

  /** Rejects with ConnectionLost when a fault breaks the connection. */
  async answer(call: Call): Promise<Answer> {
    const asked = this.examine(call);
    let status = 0;
    try {
      const answer = await answerThrough(asked.hits, { sleep: this.sleep, now: this.state.now }, () =>
        this.apply(asked),
      );
      status = answer.status;
      return answer;
    } finally {
      this.state.commit();
      this.record(asked, status);
    }
  }

  private examine(call: Call): Asked {
    const override = call.method === 'POST' ? call.header('x-http-method-override') : undefined;
    const method = override?.toUpperCase() ?? call.method;
    const matched = call.path.startsWith(apiRoot) ? matchRoute(method, call.path.slice(apiRoot.length)) : undefined;
    const grant = matched === undefined ? undefined : grantOf(this.state, call.header('authorization'), call.query);
    const operation = matched?.route.operation ?? signInOperation(call.path) ?? 'unknown';
    const hits = this.faults.hitsOn({ method, path: decodedPath(call.path), operation, account: grant?.email });
    return {
      call,
      method,
      operation,
      matched,
      grant,
      hits,
      act: newAct(this.state, 'client', grant?.email ?? '', grant),
    };
  }

  private apply(asked: Asked): Answer {
    const { call, matched } = asked;
    try {
      if (matched !== undefined) return this.callRoute(asked, matched);
      const signIn = answerSignIn(this.state, this.tokens, call);
      if (signIn !== undefined) return signIn;
      throw apiError(call.path.startsWith(apiRoot) || call.path.startsWith(batchRoot) ? 'notEmulated' : 'notFound');
    } catch (thrown) {
      return errorAnswer(thrown);
    }
  }

  private callRoute({ call, method, grant, hits, act }: Asked, matched: Matched): Answer {
    const { route, path } = matched;
    const caller = authorise(grant, route.operation, route.scopes);
    this.quota.spend(payerOf(call, caller), unitsOf(method));
    this.checkReach(matched, caller);
    if (method !== 'GET') this.beforeWrite(matched, caller.email, hits);
    const body = route.run({
      act,
      path,
      query: call.query,
      body: () => parseJsonBody(call.body),
      ifMatch: call.header('if-match'),
      listing: listingFaults(hits),
      reach: (role, { row }) => roleWithin(role, row, caller, route.scopes),
      greet: (channel) => this.push.greet(channel),
    });
    return body === undefined ? emptyAnswer(204) : resourceAnswer(call, body);
  }

  private beforeWrite({ path: { calendarId, eventId } }: Matched, email: string, hits: readonly Hit[]): void {
    if (calendarId === undefined) return;
    const id = calendarId === 'primary' ? email : calendarId;
    this.quota.spendOn(id);
    if (eventId !== undefined && hits.some(({ action }) => action.kind === 'touch_event')) this.touch(id, eventId);
  }

  /** 403 when the scopes do not reach the calendar at all; how far they reach is for the method to ask. */
  private checkReach({ path, route: { scopes, operation } }: Matched, caller: GrantRow): void {
    const { calendarId } = path;
    const calendar = this.state.calendars.get(calendarId === 'primary' ? caller.email : (calendarId ?? ''));
    const role = roleOn(calendar, caller.email);
    if (calendar === undefined || role === 'none') return;
    if (roleWithin(role, calendar.row, caller, scopes) === 'none') {
      throw insufficientScopes(operation);
    }
  }

  /** The fault `touch_event`: somebody else's change lands just before this write is looked at. */
  private touch(calendarId: string, eventId: string): void {
    const calendar = this.state.calendars.get(calendarId);
    const row = calendar?.events.get(eventId);
    if (calendar === undefined || row === undefined) return;
    const act = newAct(this.state, 'person', calendar.row.dataOwner);
    putRow(act, calendar, { ...row, updatedMs: this.state.now() });
    this.log.addDeed(act, 'touch', `${calendarId}/${eventId}`);
  }

  private record({ call, method, operation, matched, grant, hits, act }: Asked, status: number): void {
    const { changes, mailings } = act;
    const asked = { actor: 'client', account: grant?.email, method, path: call.path, operation } as const;
    const sent = { ifMatch: call.header('if-match'), sendUpdates: call.query.get('sendUpdates') ?? undefined };
    const units = matched === undefined ? 0 : unitsOf(method);
    const faults = hits.map(({ id }) => id);
    this.log.add({ ...asked, ...sent, atMs: this.state.now(), status, units, faults, changes }, mailings);
  }
}

/** Delegation charges the service account; `quotaUser` names another payer (API facts §8). */
function payerOf(call: Call, { serviceAccount, email }: GrantRow): string {
  return call.query.get('quotaUser') ?? call.header('x-goog-quota-user') ?? serviceAccount ?? email;
}

/** The body cut by `fields`, or 304 when `If-None-Match` names the etag. */
function resourceAnswer(call: Call, body: JsonObject): Answer {
  const etag = typeof body.etag === 'string' ? body.etag : undefined;
  const none = call.header('if-none-match');
  if (call.method === 'GET' && etag !== undefined && none === etag) return emptyAnswer(304);
  const shown = applyFields(body, call.query.get('fields'));
  const headers = etag === undefined ? {} : { etag };
  const answer = jsonAnswer(200, shown, headers);
  return call.query.get('prettyPrint') === 'true' ? { ...answer, body: JSON.stringify(shown, null, 1) } : answer;
}

function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
