import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plainText, readableText } from '../../src/core/readable-text.ts';

describe('[P14] another form of the same description is no change', () => {
  const same: readonly (readonly [string, string, string])[] = [
    ['line ends of Windows', 'one\r\ntwo', 'one\ntwo'],
    ['line breaks as tags', 'one<br>two<br/>three<BR />four', 'one\ntwo\nthree\nfour'],
    ['paragraphs', '<p>one</p><p>two</p>', 'one\ntwo'],
    ['blocks of the web editor', '<div>one</div><div><br></div><div>two</div>', 'one\n\ntwo'],
    ['entities', 'Q&amp;A &lt;now&gt; caf&eacute; &#233; &#xE9; &#39;x&#39;', "Q&A <now> café é é 'x'"],
    ['attributes', '<p style="color:red" dir=ltr>one <b class="x">two</b></p>', 'one <b>two</b>'],
    [
      'attributes of a link',
      '<a href="https://example.com/a" target="_blank" rel=noopener>here</a>',
      "<A HREF='https://example.com/a'>here</A>",
    ],
    ['capitals of tags', '<B>one</B>', '<b>one</b>'],
    ['names of emphasis', '<strong>one</strong> <em>two</em>', '<b>one</b> <i>two</i>'],
    ['spaces that do not break', 'one&nbsp;two\u00a0three', 'one two three'],
    ['white space at ends', '  one  \n\n two\t\n', 'one\ntwo'],
    ['tags that say nothing', '<html-blob><span>one</span></html-blob>'.replaceAll(/<\/?html-blob>/g, ''), 'one'],
    ['comments and scripts', 'one<!-- x --><script>alert(1)</script><style>p{}</style> two', 'one two'],
    ['emphasis on a space', '<b>one </b>two', '<b>one</b> two'],
    ['emphasis cut in two', '<b>on</b><b>e</b>', '<b>one</b>'],
    ['emphasis nested the other way', '<i><b>one</b></i>', '<b><i>one</i></b>'],
    ['emphasis never closed', '<b>one', '<b>one</b>'],
    [
      'an address that the editor made a link',
      '<a href="https://example.com/x?a=1&amp;b=2">https://example.com/x?a=1&amp;b=2</a>',
      'https://example.com/x?a=1&b=2',
    ],
    ['a mail address that became a link', '<a href="mailto:ada@example.com">ada@example.com</a>', 'ada@example.com'],
    [
      "a link behind Google's redirection",
      '<a href="https://www.google.com/url?q=https://example.com/a%3Fb%3D1&amp;sa=D&amp;ust=1">here</a>',
      '<a href="https://example.com/a?b=1">here</a>',
    ],
    [
      'the block of Google Meet',
      'one\n-::~:~::~:~:~:~::~:~::-\nJoin with Google Meet: https://meet.google.com/abc\n-::~:~::~:~:~:~::~:~::-\ntwo',
      'one\ntwo',
    ],
    ['tags within a script', '<script><b></script>one', 'one'],
    ['a list item without words', '<ul><li></ul>one', 'one'],
    ['an end without a beginning', '</b><b>one</b>', '<b>one</b>'],
    ['one Unicode character in two ways', 'cafe\u0301', 'café'],
    ['a list', '<ul>\n<li>one</li>\n<li><p>two</p></li>\n</ul>', '<ul><li>one<li>two</ul>'],
    ['what is no tag', 'Contact <ada@example.com>, a < b', 'Contact &lt;ada@example.com&gt;, a &lt; b'],
  ];
  test.each(same)('%s', (_, googles, ours) => {
    expect(readableText(googles)).toBe(readableText(ours));
    expect(readableText(ours)).not.toBe('');
  });
});

describe('what a person changes is seen', () => {
  const different: readonly (readonly [string, string, string])[] = [
    ['a word', 'Bring a pen', 'Bring a pencil'],
    ['capitals', 'pen', 'Pen'],
    ['a space between words', 'to day', 'today'],
    ['lines joined', 'one\ntwo', 'one two'],
    ['the target of a link', '<a href="https://example.com/a">here</a>', '<a href="https://example.com/b">here</a>'],
    [
      'the target behind the redirection',
      '<a href="https://www.google.com/url?q=https://example.com/a">here</a>',
      '<a href="https://www.google.com/url?q=https://example.com/b">here</a>',
    ],
    ['a link removed', '<a href="https://example.com/a">here</a>', 'here'],
    ['a word made bold', 'one two', 'one <b>two</b>'],
    ['bold made italic', '<b>one</b>', '<i>one</i>'],
    ['a list made of lines', 'one\ntwo', '<ul><li>one</li><li>two</li></ul>'],
    ['an address that is no tag', 'to <ada@example.com>', 'to <bob@example.com>'],
    ['a tag written as text', '&lt;b&gt;one&lt;/b&gt;', '<b>one</b>'],
    ['an ampersand escaped twice', '&amp;lt;', '&lt;'],
    [
      'words beside the block of Meet',
      'one\n-::~:~::~:~::-\nx\n-::~:~::~:~::-',
      'two\n-::~:~::~:~::-\nx\n-::~:~::~:~::-',
    ],
    ['a single delimiter of Meet hides nothing', '-::~:~::~:~::-\none', '-::~:~::~:~::-\ntwo'],
  ];
  test.each(different)('%s', (_, before, after) => {
    expect(readableText(before)).not.toBe(readableText(after));
  });
});

describe('any input', () => {
  const fragment = fc.oneof(
    fc.constantFrom(
      '<b>',
      '</b>',
      '<i>',
      '</i>',
      '<p>',
      '</p>',
      '<br/>',
      '<li>',
      '</ul>',
      '<a href="https://example.com/">',
      "<a href='mailto:a@b.c'>",
      '</a>',
    ),
    fc.constantFrom(
      '<',
      '>',
      '&',
      '&amp;',
      '&lt;',
      '&#0;',
      '&#55296;',
      '&nbsp;',
      '"',
      "'",
      '<!--',
      '-->',
      '<script>',
      '</script>',
      '<x>',
      '\u0301',
      '\u2000',
    ),
    fc.constantFrom(
      ' ',
      '\n',
      '\r\n',
      '\t',
      '\u00a0',
      '\u2028',
      '\u0000',
      '\ud800',
      'a',
      'b@c.d',
      'https://example.com/',
    ),
    fc.string({ unit: 'binary', maxLength: 8 }),
  );
  const text = fc.oneof(
    fc.array(fragment, { maxLength: 30 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary' }),
  );

  test('the canonical form is its own canonical form', () => {
    fc.assert(
      fc.property(text, (input) => {
        const once = readableText(input);
        expect(readableText(once)).toBe(once);
        expect(once.isWellFormed()).toBe(true);
        expect(plainText(plainText(input))).toBe(plainText(input));
      }),
      { numRuns: 10_000 },
    );
  });

  test('writing a text in other markup never makes a difference', () => {
    const rewritings: readonly ((canonical: string) => string)[] = [
      (html) => html.replaceAll('\n', '<br />\r\n'),
      (html) => `<div dir="ltr">${html}</div>`,
      (html) => html.replaceAll('<b>', '<STRONG style="x">').replaceAll('</b>', '</STRONG>'),
      (html) => html.replaceAll(/ (?![^<]*>)/g, '&nbsp; '),
      (html) => html.replaceAll('&lt;', '&#60;').replaceAll('&amp;', '&#x26;'),
      (html) => html.normalize('NFD'),
    ];
    fc.assert(
      fc.property(text, fc.constantFrom(...rewritings), (input, rewrite) => {
        const canonical = readableText(input);
        expect(readableText(rewrite(canonical))).toBe(canonical);
      }),
      { numRuns: 10_000 },
    );
  });

  test('time grows with the length, whatever is repeated', () => {
    const millisecondsFor = (unit: string, characters: number): number => {
      const hostile = unit.repeat(Math.ceil(characters / unit.length));
      const startedMs = performance.now();
      readableText(hostile);
      return performance.now() - startedMs;
    };
    for (const unit of [
      '<a "',
      '<!--',
      '<a ""\'',
      '<a href="x\'',
      '&#',
      '-::~:~::',
      '-::~:~::-',
      '<p>',
      ' ',
      '<li><b>',
      '<script>',
    ]) {
      millisecondsFor(unit, 20_000);
      const [short, long] = [millisecondsFor(unit, 50_000), millisecondsFor(unit, 400_000)];
      expect(long, unit).toBeLessThan(40 * (short + 10));
    }
  });
});

describe('summaries and locations', () => {
  test('white space and control characters make no difference, words and markup do', () => {
    expect(plainText(' Room\u00a05 \r\n Building\u0000 A ')).toBe('Room 5 Building A');
    expect(plainText('<b>Algebra</b> & more')).toBe('<b>Algebra</b> & more');
    expect(plainText('cafe\u0301')).toBe('café');
    expect(plainText('Room 5')).not.toBe(plainText('Room 6'));
  });
});
