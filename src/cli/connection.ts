import type { App } from '../app.ts';
import { CalsyncError } from '../core/error.ts';
import { whoAmI } from '../google/oauth.ts';
import { connectAccount } from '../store/account.ts';

export interface StoredConnection {
  /** The address as Google spells it. */
  readonly id: string;
  readonly scopes: readonly string[];
}

/** Tries a refresh token, and stores it if it belongs to the account of that address. Throws `usage` if it is another's. */
export async function storeConnection(app: App, email: string, refreshToken: string): Promise<StoredConnection> {
  // First what can be said without asking Google.
  const [{ identity }, keys, db] = await Promise.all([app.googleAccess(), app.secretKeys(), app.database()]);
  let scopes: readonly string[] = [];
  const google = await app.googleBy(email, refreshToken, (granted) => {
    scopes = granted;
  });
  const id = await whoAmI(google);
  if (id.toLowerCase() !== email.toLowerCase()) {
    const message = `this token is of ${id}, not of ${email}: nothing was stored; name the account that it belongs to`;
    throw new CalsyncError('usage', message, { reason: 'another_account' });
  }
  await connectAccount(db, { id, refreshToken, scopes }, identity, keys, app.random);
  return { id, scopes };
}
