/**
 * Texts as people read them, for comparison only: what is sent is what the row says. Two descriptions are equal
 * if they show the same words with the same links and emphasis, however Google's sanitiser, its web editor or
 * another client wrote the markup.
 *
 * - White space of any kind and length between words of a line is one space; line breaks, paragraphs and other
 *   blocks, however many, are one line break. Ends of lines and of the text have none.
 * - Bold, italic, underlined and struck words, targets of links and items of lists are kept. Emphasis belongs to words, not to the
 *   spaces between. All other tags, attributes and comments go, scripts and styles with their contents.
 * - A link that shows its own target is that text (the web editor makes links of addresses). Google's
 *   redirection round a link is taken off.
 * - The block of Google Meet, which Google adds and takes away by itself, is left out.
 * - Character references are the characters; Unicode is in NFC; control characters and zero-width spaces go.
 */
import { decodeEntities, encodeEntities } from './html-entities.ts';
import { type HtmlToken, htmlTokens } from './html-tokens.ts';

/** In the order in which they are written, outermost first. */
const emphases = ['b', 'i', 'u', 's'] as const;
type Emphasis = (typeof emphases)[number];

const emphasisByElement: Readonly<Record<string, Emphasis>> = {
  b: 'b',
  strong: 'b',
  i: 'i',
  em: 'i',
  u: 'u',
  ins: 'u',
  s: 's',
  strike: 's',
  del: 's',
};
const lineElements = new Set(
  (
    'address article aside blockquote body br center dd details dir div dl dt figcaption figure footer form h1 h2 h3 h4 h5 h6 ' +
    'header hr html li main menu nav ol p pre section table tbody td tfoot th thead title tr ul'
  ).split(' '),
);
const hiddenElements = new Set(['script', 'style', 'head', 'title']);
const linkSchemes = /^(https?|mailto|tel|ftp):/i;
/** Longer links are read as none: what is written must fit what `htmlTokens` takes for a tag. */
const mostTargetCharacters = 4_000;
const meetDelimiter = /-::~:~::[:~]*::-/g;

/** The canonical form of a description: itself HTML, and its own canonical form. Never throws, takes linear time. */
export function readableText(html: string): string {
  const page = new Page();
  for (const token of htmlTokens(withoutMeetBlocks(withoutInvisible(html)))) page.take(token);
  return page.finish();
}

/** The canonical form of a summary or location, which hold no markup: one line, single spaces, none at its ends, NFC. */
export function plainText(text: string): string {
  return withoutInvisible(text)
    .replaceAll(/[\s\u0085]+/g, ' ')
    .trim()
    .normalize('NFC');
}

/** Lone surrogates become U+FFFD, as they do on any way through UTF-8. */
function withoutInvisible(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is meant
  return text.toWellFormed().replaceAll(/[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u200b\ufeff]/g, '');
}

/** Cuts every pair of delimiters with what lies between them; a single one is text. */
function withoutMeetBlocks(text: string): string {
  const delimiters = [...text.matchAll(meetDelimiter)];
  let kept = '';
  let from = 0;
  for (let pair = 0; pair + 1 < delimiters.length; pair += 2) {
    const [first, second] = [delimiters[pair], delimiters[pair + 1]];
    if (first === undefined || second === undefined) break;
    kept += `${text.slice(from, first.index)}\n`;
    from = second.index + second[0].length;
  }
  return kept + text.slice(from);
}

/** Words of one look that follow one another without a space. */
interface Piece {
  readonly look: string;
  readonly href: string | null;
  readonly text: string;
}

/** Takes tokens one by one and writes words, each with its own emphasis. */
class Page {
  readonly #written: string[] = [];
  readonly #depths: Record<Emphasis, number> = { b: 0, i: 0, u: 0, s: 0 };
  #href: string | null = null;
  #hidden: string | null = null;
  #word: Piece[] = [];
  #gap: 'none' | 'space' | 'line' = 'none';
  #item = false;

  take(token: HtmlToken): void {
    if (token.kind === 'text') {
      if (this.#hidden === null) this.#takeText(decodeEntities(token.text));
      return;
    }
    const { kind, element, attributes } = token;
    if (this.#hidden !== null && (kind === 'open' || element !== this.#hidden)) return;
    if (hiddenElements.has(element)) this.#hidden = kind === 'open' ? element : null;
    if (lineElements.has(element)) this.#breakLine();
    if (element === 'li') this.#item = kind === 'open';
    if (element === 'ul' || element === 'ol') this.#item = false;
    if (element === 'a') this.#href = kind === 'open' ? linkTarget(attributes) : null;
    const emphasis = Object.hasOwn(emphasisByElement, element) ? emphasisByElement[element] : undefined;
    if (emphasis !== undefined)
      this.#depths[emphasis] = Math.max(0, this.#depths[emphasis] + (kind === 'open' ? 1 : -1));
  }

  finish(): string {
    this.#endWord();
    return this.#written.join('');
  }

  #takeText(decoded: string): void {
    const text = withoutInvisible(decoded);
    const look = emphases.filter((emphasis) => this.#depths[emphasis] > 0).join('');
    for (const [part] of text.matchAll(/[\n\r\u0085\u2028\u2029\v\f]+|[^\S\n\r\u2028\u2029\v\f]+|[^\s\u0085]+/g)) {
      if (/^[\n\r\u0085\u2028\u2029\v\f]/.test(part)) this.#breakLine();
      else if (/^\s/.test(part)) this.#space();
      else this.#word.push({ look, href: this.#href, text: part });
    }
  }

  #space(): void {
    this.#endWord();
    if (this.#gap === 'none') this.#gap = 'space';
  }

  #breakLine(): void {
    this.#endWord();
    this.#gap = 'line';
  }

  #endWord(): void {
    if (this.#word.length === 0) return;
    if (this.#written.length > 0 && this.#gap !== 'none') this.#written.push(this.#gap === 'line' ? '\n' : ' ');
    if (this.#item) this.#written.push('<li>');
    for (const piece of joinPieces(this.#word)) this.#written.push(writePiece(piece));
    this.#word = [];
    this.#gap = 'none';
    this.#item = false;
  }
}

/** Neighbours of one look and link become one; links that show their own target become text first. */
function joinPieces(pieces: readonly Piece[]): readonly Piece[] {
  const linked = mergeAlike(pieces).map((piece) => (showsItsTarget(piece) ? { ...piece, href: null } : piece));
  return mergeAlike(linked);
}

function mergeAlike(pieces: readonly Piece[]): readonly Piece[] {
  const merged: { look: string; href: string | null; texts: string[] }[] = [];
  for (const { look, href, text } of pieces) {
    const last = merged.at(-1);
    if (last !== undefined && last.look === look && last.href === href) last.texts.push(text);
    else merged.push({ look, href, texts: [text] });
  }
  return merged.map(({ look, href, texts }) => ({ look, href, text: texts.join('').normalize('NFC') }));
}

function showsItsTarget({ href, text }: Piece): boolean {
  return href === text || href === `mailto:${text}` || href === `${text}/`;
}

function writePiece({ look, href, text }: Piece): string {
  const tags = [...look];
  const open = tags.map((tag) => `<${tag}>`).join('');
  const close = tags
    .toReversed()
    .map((tag) => `</${tag}>`)
    .join('');
  const shown = `${open}${encodeEntities(text)}${close}`;
  return href === null ? shown : `<a href="${encodeEntities(href)}">${shown}</a>`;
}

/** Where a link leads, or null if it leads nowhere that a sanitiser lets pass. */
function linkTarget(attributes: string): string | null {
  const match = /(?:^|[\s"'/])href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i.exec(attributes);
  const written = withoutInvisible(decodeEntities(match?.[1] ?? match?.[2] ?? match?.[3] ?? '')).replaceAll(/\s+/g, '');
  const target = withoutRedirection(written);
  const isTarget = linkSchemes.test(target) && encodeEntities(target).length <= mostTargetCharacters;
  return isTarget ? target : null;
}

/** Google sometimes leads links over `https://www.google.com/url?q=TARGET&…`. */
function withoutRedirection(target: string): string {
  const url = /^https:\/\/www\.google\.com\/url\?/.test(target) ? URL.parse(target) : null;
  const inner = withoutInvisible(url?.searchParams.get('q') ?? '').replaceAll(/\s+/g, '');
  return linkSchemes.test(inner) && inner.length < target.length ? withoutRedirection(inner) : target;
}
