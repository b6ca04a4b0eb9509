/** The shape of an event as written: fields, types and sizes. What fields mean to one another is `event-spec.ts`. */
import { z } from 'zod';
import { normaliseAddress, parseAddress } from './address.ts';

const mostKeyBytes = 512;
const mostSummaryCharacters = 1_024;
const mostLocationCharacters = 1_024;
/** What Google's own editor takes. */
const mostDescriptionCharacters = 8_192;
/** Google publishes no number; an old help page of it names 500 invitees for a single event. Groups go beyond it. */
const mostAttendees = 500;
/** From the discovery document: EventReminder, at most 5, 0 to 40320 minutes (four weeks). */
const mostReminders = 5;
const mostReminderMinutes = 40_320;
const mostLabels = 64;
const mostLabelNameCharacters = 64;
const mostLabelValueCharacters = 1_024;
const mostCalendarCharacters = 254;
const mostNameCharacters = 256;
const mostPersonBytes = 256;

const lineBreakAndTab = /[\n\t]/g;
const control = /\p{Cc}/u;
const utf8 = new TextEncoder();

/** Any text that can be stored and shown: whole characters, no control characters (but \n and \t where lines are allowed). */
function text(mostCharacters: number, lines: 'one line' | 'lines'): z.ZodString {
  return z
    .string()
    .max(mostCharacters, `is longer than ${mostCharacters} characters`)
    .refine((value) => value.isWellFormed(), 'holds half a character (a lone surrogate): it cannot be written as UTF-8')
    .refine((value) => !control.test(lines === 'lines' ? value.replaceAll(lineBreakAndTab, '') : value), {
      error: lines === 'lines' ? 'holds control characters other than line break and tab' : 'holds control characters',
    });
}

/** \r\n is a line break, as files from Windows have it. */
function freeText(mostCharacters: number): z.ZodType<string | null | undefined> {
  const unixLines = (value: unknown): unknown => (typeof value === 'string' ? value.replaceAll('\r\n', '\n') : value);
  return z.preprocess(unixLines, text(mostCharacters, 'lines').nullish());
}

/** PostgreSQL indexes it, URLs and mails carry it. */
function identifier(what: string): z.ZodString {
  return z
    .string()
    .min(1, `is empty: name the ${what}`)
    .refine((value) => value.length <= mostKeyBytes && utf8.encode(value).length <= mostKeyBytes, {
      error: `is longer than ${mostKeyBytes} bytes in UTF-8`,
    })
    .refine((value) => value.isWellFormed() && !control.test(value), {
      error: 'holds control characters or half a character',
    });
}

/** A step of a path: every reader of URLs resolves it away, encoded or not, so no URL can name it (WHATWG URL, section 4.4). */
const isPathStep = (value: string): boolean => value === '.' || value === '..';
const pathStepProblem = 'is . or .., which no URL can name';

const address = z.string().transform((value, context) => {
  const parsed = parseAddress(value);
  if (parsed.ok) return parsed.address;
  context.addIssue({ code: 'custom', message: parsed.problem });
  return z.NEVER;
});

/** A caller's id of a person: `person.id`. */
export const personId = z
  .string()
  .min(1, 'is empty: name the person')
  .refine((value) => value.length <= mostPersonBytes && utf8.encode(value).length <= mostPersonBytes, {
    error: `is longer than ${mostPersonBytes} bytes in UTF-8`,
  })
  .refine((value) => value.isWellFormed() && !control.test(value), {
    error: 'holds control characters or half a character',
  })
  .refine((value) => !isPathStep(value), pathStepProblem);

/** What a person or a guest is called. */
export const personName = text(mostNameCharacters, 'one line');

/** By address or as a person. With both, the address has to be the one that the person's calendar uses. */
const attendee = z
  .strictObject({
    email: address.optional(),
    person: personId.nullish(),
    displayName: personName.nullish(),
    optional: z.boolean().nullish(),
  })
  .transform(({ email, person, displayName, optional }, context) => {
    const role = { displayName: displayName ?? null, optional: optional ?? false };
    if (email !== undefined) return person == null ? { email, ...role } : { email, person, ...role };
    if (person != null) return { email: null, person, ...role };
    context.addIssue({
      code: 'invalid_type',
      expected: 'string',
      path: ['email'],
      input: undefined,
      message: 'is missing',
    });
    return z.NEVER;
  });

const attendees = z
  .array(attendee)
  .max(mostAttendees, `has more than ${mostAttendees} entries: invite a group's address instead`)
  .superRefine((list, context) => {
    const firstByMailbox = new Map<string, number>();
    const firstByPerson = new Map<string, number>();
    for (const [index, entry] of list.entries()) {
      const { mailbox, person } = namesOf(entry);
      const [sameMailbox, samePerson] = [
        firstOf(firstByMailbox, mailbox, index),
        firstOf(firstByPerson, person, index),
      ];
      if (sameMailbox !== null)
        context.addIssue({
          code: 'custom',
          path: [index, 'email'],
          message: `is the same mailbox as attendees[${sameMailbox}]`,
        });
      if (samePerson !== null)
        context.addIssue({
          code: 'custom',
          path: [index, 'person'],
          message: `is the same person as attendees[${samePerson}]`,
        });
    }
  });

/** An entry with a problem of its own arrives here as it was written, whatever that is. */
function namesOf(entry: unknown): { readonly mailbox: string | null; readonly person: string | null } {
  if (typeof entry !== 'object' || entry === null) return { mailbox: null, person: null };
  const mailbox = 'email' in entry && typeof entry.email === 'string' ? normaliseAddress(entry.email) : null;
  return { mailbox, person: 'person' in entry && typeof entry.person === 'string' ? entry.person : null };
}

/** Where a value stood before; notes it when it did not. */
function firstOf(seen: Map<string, number>, value: string | null, index: number): number | null {
  if (value === null) return null;
  const first = seen.get(value) ?? null;
  if (first === null) seen.set(value, index);
  return first;
}

const reminder = z.strictObject({
  method: z.enum(['email', 'popup']),
  minutes: z
    .int()
    .min(0, 'must be 0 or more')
    .max(mostReminderMinutes, `must be at most ${mostReminderMinutes} (four weeks)`),
});

const reminders = z
  .strictObject({
    useDefault: z.boolean(),
    overrides: z.array(reminder).max(mostReminders, `has more than ${mostReminders} entries`).nullish(),
  })
  .transform(({ useDefault, overrides }) => ({ useDefault, overrides: overrides ?? [] }))
  .superRefine(({ useDefault, overrides }, context) => {
    if (useDefault && overrides.length > 0)
      context.addIssue({ code: 'custom', path: ['overrides'], message: 'goes with useDefault: false only' });
    const kinds = new Set(overrides.map(({ method, minutes }) => `${method} ${minutes}`));
    if (kinds.size < overrides.length)
      context.addIssue({ code: 'custom', path: ['overrides'], message: 'names one reminder twice' });
  });

const eventTime = z.strictObject({
  date: z.string().nullish(),
  dateTime: z.string().nullish(),
  timeZone: z.string().nullish(),
});

const namedLabels = z
  .record(
    text(mostLabelNameCharacters, 'one line').min(1, 'has a label without a name'),
    text(mostLabelValueCharacters, 'lines'),
  )
  .refine((record) => Object.keys(record).length <= mostLabels, `has more than ${mostLabels} labels`);

/** `__proto__` would be lost on its way through objects, and nothing is lost in silence. */
const labels = z
  .unknown()
  .refine((value) => typeof value !== 'object' || value === null || !Object.hasOwn(value, '__proto__'), {
    error: 'cannot have a label called __proto__',
  })
  .pipe(namedLabels);

/** An optional field may be left out or be null: both mean that it is not stated. */
export const eventSchema = z.strictObject({
  key: identifier('key').refine((value) => !isPathStep(value), pathStepProblem),
  calendar: text(mostCalendarCharacters, 'one line')
    .min(1, 'is empty: name the calendar')
    .refine((value) => !/\s/.test(value), 'holds white space'),
  schedule: identifier('schedule').nullish(),
  summary: freeText(mostSummaryCharacters),
  description: freeText(mostDescriptionCharacters),
  location: freeText(mostLocationCharacters),
  start: eventTime,
  end: eventTime,
  attendees: attendees.nullish(),
  recurrence: z.array(z.string()).nullish(),
  labels: labels.nullish(),
  sendUpdates: z.enum(['all', 'externalOnly', 'none']).nullish(),
  reminders: reminders.nullish(),
  allowTwin: z.boolean().nullish(),
});
