/** Input that is meant to do harm, or would by accident: texts for every field of an event, and bodies that are no proper JSON. */

/** Each is data and nothing else: where a field can hold it, it is stored and shown as it is; else the field is named. */
const texts: Readonly<Record<string, string>> = {
  'SQL that ends a statement': `'); drop table calsync.desired_event; --`,
  'SQL in dollars': `$$; select pg_sleep(10); $$ $1 :name %s ?`,
  'a script': `<script>alert(document.cookie)</script>`,
  'markup that closes what is open': `"></td></tr></table><img src=x onerror=alert(1)>`,
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is meant to be no template
  'entities and a template': '&lt;b&gt; &amp;amp; ${7*7} {{7*7}} <%= 7*7 %> #{7*7}',
  'a way up the file system': '../../../../etc/passwd',
  'where one is': '.',
  'one way up': '..',
  'a way up, encoded': '..%2f..%2F%2e%2e/%00%0d%0aSet-Cookie:x=1',
  'a way of Windows': 'C:\\Windows\\System32\\..\\..\\con',
  'a format of C': '%s%s%n%x%d%p',
  'a formula of a spreadsheet': `=cmd|'/c calc'!A1`,
  'backslashes and quotes': `\\" \\' \\\\ \` "" '' \\u0041 \\x41`,
  'a name that objects have': '__proto__',
  'another name that objects have': 'constructor.prototype',
  'words that are values': 'null',
  'a number beyond numbers': '1e400',
  'an escape of a terminal': '\u001b[2J\u001b[31mred\u001b]0;title\u0007',
  'a NUL': 'before\u0000after',
  'a control character beyond ASCII': 'CSI \u009b31m',
  'a header in a second line': 'x\r\nBcc: everyone@example.com',
  'a line and a paragraph separator': 'a\u2028b\u2029c',
  'text that runs backwards': 'safe\u202egnp.exe\u202c\u2066hidden\u2069',
  'letters that look alike': 'раураl \u0430dmin Ꭺlgebra',
  'what cannot be seen': 'a\u200bb\u200cc\u200dd\u2060e\ufefff\u00ad',
  'a tower of accents': `Z${'\u0301'.repeat(100)}`,
  'families and flags': '👨‍👩‍👧‍👦🏴‍☠️🇩🇰👍🏽',
  'half a character': 'a\ud800b',
  'the other half': '\udc00',
  'characters that are none': '\ufffe\uffff\u{1fffe}',
};

/** Fields that are texts, each with the event that has the text there. */
const places: Readonly<Record<string, (text: string) => Readonly<Record<string, unknown>>>> = {
  key: (text) => ({ key: text }),
  calendar: (text) => ({ calendar: text }),
  schedule: (text) => ({ schedule: text }),
  summary: (text) => ({ summary: text }),
  description: (text) => ({ description: text }),
  location: (text) => ({ location: text }),
  'start.timeZone': (text) => ({ start: { dateTime: '2026-11-30T10:00:00', timeZone: text } }),
  'start.dateTime': (text) => ({ start: { dateTime: text, timeZone: 'Europe/Copenhagen' } }),
  'attendees[0].email': (text) => ({ attendees: [{ email: text }] }),
  'attendees[0].displayName': (text) => ({ attendees: [{ email: 'ada@example.com', displayName: text }] }),
  'recurrence[0]': (text) => ({ recurrence: [`RRULE:${text}`] }),
  'labels.note': (text) => ({ labels: { note: text } }),
  'a label of this name': (text) => ({ labels: Object.fromEntries([[text, 'x']]) }),
  'an unknown field of this name': (text) => Object.fromEntries([[text, 'x']]),
};

export interface HostileEvent {
  readonly name: string;
  readonly event: Readonly<Record<string, unknown>>;
}

const plain = {
  calendar: 'classes',
  summary: 'Algebra',
  start: { dateTime: '2026-11-30T10:00:00', timeZone: 'Europe/Copenhagen' },
  end: { dateTime: '2026-11-30T11:00:00', timeZone: 'Europe/Copenhagen' },
};

export const hostileEvents: readonly HostileEvent[] = Object.entries(texts).flatMap(([what, text], index) =>
  Object.entries(places).map(([place, at]) => ({
    name: `${what}, in ${place}`,
    event: Object.fromEntries([
      ...Object.entries({ key: `hostile/${index}/${place}`, ...plain }),
      ...Object.entries(at(text)),
    ]),
  })),
);

const opening = '{"key":"hostile","calendar":"classes","start":{"date":"2026-11-30"},"end":{"date":"2026-12-01"}';
const utf8 = new TextEncoder();

export interface HostileBody {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Whether PostgreSQL's `jsonb` takes it for an event: of a name that stands twice the last one counts. */
  readonly isEventOfJsonb?: boolean;
}

const bodies: Readonly<Record<string, string | Uint8Array>> = {
  'nothing but a brace': '{',
  'a body that breaks off': opening,
  'two bodies': `${opening}}${opening}}`,
  'a comma too many': `${opening},}`,
  'single quotes': `{'key':'hostile'}`,
  'a comment': `${opening}/* x */}`,
  NaN: `${opening},"summary":NaN}`,
  Infinity: `${opening},"summary":-Infinity}`,
  'a hexadecimal number': `${opening},"summary":0x10}`,
  'a number with leading zeros': `${opening},"allowTwin":007}`,
  'a number beyond numbers': `${opening},"allowTwin":1e400}`,
  'minutes beyond numbers': `${opening},"reminders":{"useDefault":false,"overrides":[{"method":"popup","minutes":1e400}]}}`,
  'a number of a thousand digits': `${opening},"summary":${'9'.repeat(1_000)}}`,
  'a raw line break in a text': `${opening},"summary":"a\nb"}`,
  'a raw escape character in a text': `${opening},"summary":"\u001b"}`,
  'an unknown escape': `${opening},"summary":"\\x41"}`,
  'half a character, escaped': `${opening},"summary":"\\ud800"}`,
  'a NUL, escaped': `${opening},"summary":"\\u0000"}`,
  'the key twice': `${opening},"key":"other"}`,
  'the key twice, once escaped': `${opening},"\\u006bey":"other"}`,
  'a part of the start twice': `{"key":"hostile","calendar":"classes","start":{"date":"2026-11-30","date":"2026-11-29"},"end":{"date":"2026-12-01"}}`,
  'a label twice': `${opening},"labels":{"a":"1","a":"2"}}`,
  'a thousand brackets': `${'['.repeat(1_000)}${']'.repeat(1_000)}`,
  'a hundred thousand open brackets': '['.repeat(100_000),
  'ten thousand objects, one in another': `${'{"labels":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
  'a label of objects': `${opening},"labels":${'{"a":'.repeat(100)}1${'}'.repeat(100)}}`,
  'UTF-16': new Uint8Array(Buffer.from(`${opening}}`, 'utf16le')),
  'Latin-1': new Uint8Array([...utf8.encode(`${opening},"summary":"caf`), 0xe9, ...utf8.encode('"}')]),
  'a surrogate as UTF-8': new Uint8Array([
    ...utf8.encode(`${opening},"summary":"`),
    0xed,
    0xa0,
    0x80,
    ...utf8.encode('"}'),
  ]),
  'an overlong slash': new Uint8Array([...utf8.encode(`${opening},"summary":"`), 0xc0, 0xaf, ...utf8.encode('"}')]),
  'a character that breaks off': new Uint8Array([
    ...utf8.encode(`${opening},"summary":"`),
    0xf0,
    0x9f,
    ...utf8.encode('"}'),
  ]),
  'a raw NUL': new Uint8Array([...utf8.encode(`${opening},"summary":"a`), 0, ...utf8.encode('b"}')]),
  'an event in a text': JSON.stringify(`${opening}}`),
  'a list in a list': `[[${opening}}]]`,
  'a constructor': `${opening},"constructor":{"prototype":{"admin":true}}}`,
  'a prototype': `${opening},"__proto__":{"admin":true}}`,
  'a prototype among the labels': `${opening},"labels":{"__proto__":"x"}}`,
  'a key that is an object': `{"key":{"$ne":""},"calendar":"classes","start":{"date":"2026-11-30"},"end":{"date":"2026-12-01"}}`,
};

const takenByJsonb = new Set([
  'the key twice',
  'the key twice, once escaped',
  'a part of the start twice',
  'a label twice',
]);

/** None of these is an event. */
export const hostileBodies: readonly HostileBody[] = Object.entries(bodies).map(([name, body]) => ({
  name,
  bytes: typeof body === 'string' ? utf8.encode(body) : body,
  ...(takenByJsonb.has(name) && { isEventOfJsonb: true }),
}));
