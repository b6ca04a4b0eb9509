/**
 * Mail addresses: what counts as one, and when two are the same.
 *
 * An address is one by the rule of the WHATWG HTML standard for `<input type=email>`, once ASCII white space round it is
 * gone, and at most 254 characters long (RFC 5321 §4.5.3.1.3, path without its brackets). The local part is not bounded by
 * itself. The constraint `address_form` and `calsync.normal_address` say the same in SQL.
 */
export type ParsedAddress =
  | { readonly ok: true; readonly address: string }
  | { readonly ok: false; readonly problem: string };

const mostAddressCharacters = 254;

const addressForm =
  /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;

const whiteSpaceAround = /^[ \t\n\f\r]+|[ \t\n\f\r]+$/g;

/** The trimmed address in the caller's spelling, or what is wrong with it. */
export function parseAddress(text: string): ParsedAddress {
  const address = text.replaceAll(whiteSpaceAround, '');
  if (address === '') return { ok: false, problem: 'is empty' };
  if (address.length > mostAddressCharacters)
    return { ok: false, problem: `is longer than ${mostAddressCharacters} characters` };
  return addressForm.test(address)
    ? { ok: true, address }
    : { ok: false, problem: 'is not a mail address such as ada@example.com' };
}

/**
 * The form in which two addresses of one mailbox are equal; for comparison only, never to be sent. Google lower-cases
 * addresses, and may list a Gmail account under its primary spelling, so there dots and +tags of the local part go,
 * and googlemail.com is gmail.com. Other hosts keep theirs: dots mean something to them.
 */
export function normaliseAddress(address: string): string {
  const lower = address.trim().toLowerCase();
  const at = lower.lastIndexOf('@');
  const domain = lower.slice(at + 1);
  if (domain !== 'gmail.com' && domain !== 'googlemail.com') return lower;
  const mailbox = lower.slice(0, at).replace(/\+.*$/s, '').replaceAll('.', '');
  return mailbox === '' ? lower : `${mailbox}@gmail.com`;
}
