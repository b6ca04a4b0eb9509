/** Cuts a description into tags and text, in one pass over the text. Only the elements of HTML are tags: `<ada@example.com>` is text. */
export type HtmlToken =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'open' | 'close'; readonly element: string; readonly attributes: string };

/** Longer than any link that fits a description; bounds how far a tag's end is sought. */
const mostTagCharacters = 4_096;

const elements = new Set(
  (
    'a abbr acronym address article aside b big blockquote body br button center cite code col colgroup dd del details dfn ' +
    'dir div dl dt em figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header hr html i iframe img input ins kbd ' +
    'label li link main mark menu meta nav object ol option p pre q s samp script section select small span strike ' +
    'strong style sub summary sup table tbody td textarea tfoot th thead time title tr tt u ul var video wbr'
  ).split(' '),
);

const tagStart = /<(\/?)([a-zA-Z][a-zA-Z0-9]*)(?=[\s/>])/y;
const tagRest = /((?:[^<>"']|"[^"]*"|'[^']*')*)>/y;

export function* htmlTokens(html: string): Generator<HtmlToken> {
  let textFrom = 0;
  let at = html.indexOf('<');
  const lastCommentEnd = html.lastIndexOf('-->');
  while (at >= 0) {
    const found = html.startsWith('<!--', at) && at < lastCommentEnd ? commentAt(html, at) : tagAt(html, at);
    if (found !== null) {
      if (at > textFrom) yield { kind: 'text', text: html.slice(textFrom, at) };
      if (found.token !== null) yield found.token;
      textFrom = found.end;
    }
    at = html.indexOf('<', found?.end ?? at + 1);
  }
  if (textFrom < html.length) yield { kind: 'text', text: html.slice(textFrom) };
}

interface Found {
  readonly token: HtmlToken | null;
  readonly end: number;
}

function commentAt(html: string, at: number): Found | null {
  const end = html.indexOf('-->', at + 4);
  return end < 0 ? null : { token: null, end: end + 3 };
}

function tagAt(html: string, at: number): Found | null {
  tagStart.lastIndex = at;
  const start = tagStart.exec(html);
  const element = start?.[2]?.toLowerCase() ?? '';
  if (start === null || !elements.has(element)) return null;
  const restFrom = at + start[0].length;
  tagRest.lastIndex = 0;
  const rest = tagRest.exec(html.slice(restFrom, restFrom + mostTagCharacters));
  if (rest === null) return null;
  const kind = start[1] === '/' ? 'close' : 'open';
  return { token: { kind, element, attributes: rest[1] ?? '' }, end: restFrom + rest[0].length };
}
