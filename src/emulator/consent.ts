import { badRequest } from './api-error.ts';
import type { Answer, Call } from './call.ts';
import { html, type Markup } from './markup.ts';
import type { AccountRow } from './model.ts';
import { htmlAnswer, page } from './page-frame.ts';
import type { State } from './state.ts';
import type { TokenEndpoint } from './token-endpoint.ts';

/**
 * Google's consent page (API facts §9): the person picks the account and the scopes, and the browser goes back to
 * `redirect_uri` with a code or with `access_denied`. By the switch `consent` nobody is asked.
 */
export const consentPaths: readonly string[] = ['/o/oauth2/v2/auth', '/o/oauth2/auth'];

interface ConsentRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly state: string | undefined;
  readonly offline: boolean;
  readonly forced: boolean;
  readonly loginHint: string | undefined;
  readonly challenge: { readonly codeChallenge: string; readonly codeChallengeMethod: 'S256' | 'plain' } | undefined;
}

/** GET shows the page, POST takes the decision. A request that names no usable redirect is told so, never redirected. */
export function answerConsent(state: State, tokens: TokenEndpoint, call: Call): Answer {
  const form = call.method === 'POST' ? new URLSearchParams(call.body) : undefined;
  const query = form === undefined ? call.query : new URLSearchParams(form.get('request') ?? '');
  const request = parseRequest(query);
  if (typeof request === 'string') return htmlAnswer(400, page('Access blocked', html`<p>Error 400: ${request}</p>`));
  if (form !== undefined) return decide(state, tokens, request, form);
  const account = suggested(state, request.loginHint);
  if (state.switches.consent === 'automatic' && account !== undefined)
    return allow(tokens, request, account, request.scopes);
  return htmlAnswer(200, consentPage(state, request, query.toString(), call.path, account));
}

function parseRequest(query: URLSearchParams): ConsentRequest | string {
  const redirectUri = query.get('redirect_uri') ?? '';
  const clientId = query.get('client_id') ?? '';
  const scopes = (query.get('scope') ?? '').split(/\s+/).filter((scope) => scope !== '');
  const codeChallenge = query.get('code_challenge') ?? undefined;
  const method = query.get('code_challenge_method') ?? 'plain';
  if (clientId === '') return 'invalid_request: missing required parameter: client_id';
  if (!URL.canParse(redirectUri) || new URL(redirectUri).hash !== '') return 'redirect_uri_mismatch';
  if (!['http:', 'https:'].includes(new URL(redirectUri).protocol)) return 'redirect_uri_mismatch';
  if (query.get('response_type') !== 'code') return 'unsupported_response_type';
  if (scopes.length === 0) return 'invalid_request: missing required parameter: scope';
  if (method !== 'S256' && method !== 'plain')
    return 'invalid_request: invalid parameter value for code_challenge_method';
  return {
    clientId,
    redirectUri,
    scopes,
    state: query.get('state') ?? undefined,
    offline: query.get('access_type') === 'offline',
    forced: (query.get('prompt') ?? '').split(' ').includes('consent'),
    loginHint: query.get('login_hint')?.toLowerCase(),
    challenge: codeChallenge === undefined ? undefined : { codeChallenge, codeChallengeMethod: method },
  };
}

function suggested(state: State, hint: string | undefined): AccountRow | undefined {
  const hinted = hint === undefined ? undefined : state.accounts.get(hint);
  const [first] = [...state.accounts.values()].filter(({ email }) => !state.serviceAccounts.has(email));
  return hinted ?? first;
}

function decide(state: State, tokens: TokenEndpoint, request: ConsentRequest, form: URLSearchParams): Answer {
  const account = state.accounts.get(form.get('email') ?? '');
  const scopes = form.getAll('scope').filter((scope) => request.scopes.includes(scope));
  if (form.get('decision') !== 'allow' || scopes.length === 0) return back(request, { error: 'access_denied' });
  if (account === undefined) throw badRequest('invalid', 'No such account.');
  return allow(tokens, request, account, scopes);
}

function allow(
  tokens: TokenEndpoint,
  request: ConsentRequest,
  { email }: AccountRow,
  scopes: readonly string[],
): Answer {
  const { clientId, redirectUri, offline, forced, challenge } = request;
  const code = tokens.issueCode({ email, scopes, redirectUri, clientId, offline, forced, ...challenge });
  return back(request, { code, scope: scopes.join(' ') });
}

function back({ redirectUri, state }: ConsentRequest, result: Readonly<Record<string, string>>): Answer {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries(result)) url.searchParams.set(name, value);
  if (state !== undefined) url.searchParams.set('state', state);
  return { status: 302, headers: { location: url.href, 'cache-control': 'no-store' }, body: '' };
}

function consentPage(
  state: State,
  { clientId, scopes, loginHint }: ConsentRequest,
  request: string,
  path: string,
  account: AccountRow | undefined,
): Markup {
  const people = [...state.accounts.values()].filter(({ email }) => !state.serviceAccounts.has(email));
  const options = people.map(
    ({ email }) => html`<option value="${email}"${email === account?.email && html` selected`}>${email}</option>`,
  );
  const boxes = scopes.map(
    (scope) => html`<label><input type="checkbox" name="scope" value="${scope}" checked> <code>${scope}</code></label>`,
  );
  const unknown = loginHint !== undefined && !state.accounts.has(loginHint);
  return page(
    'Sign in with the emulated Google',
    html`<form method="post" action="${path}" class="consent"><h1>Sign in with the emulated Google</h1>
<p><strong>${clientId}</strong> wants to access the account</p>
${unknown && html`<p class="warn">The login hint ${loginHint} is no account here.</p>`}
${people.length === 0 && html`<p class="warn">There are no accounts yet. Create one, then load this page again.</p>`}
<input type="hidden" name="request" value="${request}">
<p><select name="email" aria-label="Account">${options}</select></p>
<fieldset><legend>What it may do</legend>${boxes}</fieldset>
<p><button name="decision" value="allow"${people.length === 0 && html` disabled`}>Allow</button>
<button name="decision" value="deny">Cancel</button></p>
</form>`,
  );
}
