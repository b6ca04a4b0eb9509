/** `/v1/people/{id}` and `/v1/bounces`: where people are invited, and which addresses turned out not to work. */
import { CalsyncError } from '../core/error.ts';
import { type Person, readPeople } from '../store/person.ts';
import { recordBounce } from '../write/bounce.ts';
import { type PersonFacts, putPerson } from '../write/person.ts';
import { type Answer, ok } from './answer.ts';
import { bounceInput, person, personInput, recordedBounce } from './documents.ts';
import { Refusal } from './problem.ts';
import { noQuery, plainText } from './query.ts';
import { jsonTypes } from './read-body.ts';
import { readShape } from './read-shape.ts';
import { type Call, defineRoute, type Route } from './route.ts';

const personPath = '/v1/people/{id}';

export const peopleRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: personPath,
    summary: 'A person: where they are invited, and how they sign in',
    scope: 'read',
    query: noQuery,
    answers: { 200: person },
    problems: ['not_found'],
    serve: getPerson,
  }),
  defineRoute({
    method: 'PUT',
    path: personPath,
    summary: 'Say who a person is and where their calendar is',
    description:
      'What the body leaves out stays as it is. A new calendar address moves every invitation that lies ahead, in the same transaction.',
    scope: 'write',
    query: noQuery,
    body: { types: jsonTypes, optional: false, schema: personInput },
    answers: { 200: person },
    problems: ['not_the_persons_address'],
    serve: putOnePerson,
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/bounces',
    summary: 'Say that mail to an address does not arrive',
    description:
      'Opens the finding `unreachable` of every event ahead with this guest. Told again, nothing is doubled.',
    scope: 'write',
    query: noQuery,
    body: { types: jsonTypes, optional: false, schema: bounceInput },
    answers: { 200: recordedBounce },
    problems: [],
    serve: postBounce,
  }),
];

async function getPerson(call: Call): Promise<Answer> {
  const id = idOf(call);
  const [found] = await readPeople(call.db, { ids: [id] });
  if (found === undefined) throw new Refusal({ name: 'not_found', detail: 'there is no person of this id' });
  return ok(personDocument(found));
}

async function putOnePerson(call: Call): Promise<Answer> {
  const stated = readShape(personInput, call.body);
  const facts: PersonFacts = {
    id: idOf(call),
    ...(stated.displayName !== undefined && { displayName: stated.displayName }),
    ...(stated.calendarAddress !== undefined && { calendarAddress: stated.calendarAddress }),
    ...(stated.loginAddresses !== undefined && { loginAddresses: stated.loginAddresses }),
  };
  return call.write(async (db) => {
    try {
      return ok(personDocument(await putPerson(db, facts, call.writer)));
    } catch (thrown) {
      throw refusalOfPerson(thrown);
    }
  });
}

async function postBounce(call: Call): Promise<Answer> {
  const { address, reason, at } = readShape(bounceInput, call.body);
  const bounce = {
    address,
    reason: reason ?? '',
    at: at === undefined ? new Date(call.parts.clock.now()) : new Date(at),
  };
  return call.write(async (db) => {
    const { address: recorded, keys } = await recordBounce(db, bounce, call.writer);
    return ok({ address: recorded, keys });
  });
}

function idOf({ params }: Call): string {
  return readShape(plainText, params.id ?? '');
}

function personDocument({
  id,
  displayName,
  calendarAddress,
  loginAddresses,
}: Person): Readonly<Record<string, unknown>> {
  return { id, displayName, calendarAddress, loginAddresses };
}

/** The write path names the field in its reason: `person.calendarAddress`. */
function refusalOfPerson(thrown: unknown): unknown {
  if (!(thrown instanceof CalsyncError)) return thrown;
  const { reason = '', message } = thrown;
  if (reason === 'address_of_one_person') {
    const field = message.startsWith('loginAddresses') ? 'loginAddresses' : 'calendarAddress';
    return new Refusal({ name: 'not_the_persons_address', detail: message, errors: [{ field, message }] });
  }
  if (!reason.startsWith('person.')) return thrown;
  const field = reason.slice('person.'.length);
  return new Refusal({ name: 'invalid_request', detail: message, errors: [{ field, message }] });
}
