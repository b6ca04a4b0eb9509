import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';

/** The API's own description, of `CALSYNC_TEST_DATA`; answers are walked along its schemas. */
interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
}

export const dataDirectory = process.env.CALSYNC_TEST_DATA;
const file = dataDirectory === undefined ? undefined : join(dataDirectory, 'google', 'calendar-v3.discovery.json');
const description = file !== undefined && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
const schemas: Readonly<Record<string, Schema>> | undefined = description?.schemas;

const schemaOfKind: Readonly<Record<string, string>> = {
  'calendar#event': 'Event',
  'calendar#events': 'Events',
  'calendar#calendar': 'Calendar',
  'calendar#calendarListEntry': 'CalendarListEntry',
  'calendar#calendarList': 'CalendarList',
  'calendar#acl': 'Acl',
  'calendar#aclRule': 'AclRule',
  'api#channel': 'Channel',
};

/** Problems of an answer against its schema: unknown fields, wrong types, wrong formats. */
export function schemaProblems(body: { kind?: string }): string[] {
  if (schemas === undefined) return [];
  const name = schemaOfKind[body.kind ?? ''];
  return name === undefined ? [`no schema for kind ${body.kind}`] : walk(body, { $ref: name }, name);
}

interface Method {
  readonly id: string;
  readonly httpMethod: string;
  readonly path: string;
  readonly scopes: readonly string[];
}

/** The methods of all resources, by their full names. */
export function discoveryMethods(): Readonly<Record<string, Method>> {
  const resources: { methods: Record<string, Method> }[] = Object.values(description?.resources ?? {});
  const methods = resources.flatMap((resource) => Object.values(resource.methods));
  return Object.fromEntries(methods.map((method) => [method.id, method]));
}

export function checkAnswer(body: { kind?: string }): void {
  expect(schemaProblems(body)).toEqual([]);
}

function walk(value: unknown, given: Schema, at: string): string[] {
  const schema = given.$ref === undefined ? given : schemas?.[given.$ref];
  if (schema === undefined) return [`${at}: no schema ${given.$ref}`];
  switch (schema.type) {
    case 'array':
      return Array.isArray(value)
        ? value.flatMap((item, index) => walk(item, schema.items ?? {}, `${at}[${index}]`))
        : [`${at}: not an array`];
    case 'object':
      return walkObject(value, schema, at);
    case 'integer':
      return Number.isInteger(value) ? [] : [`${at}: not an integer`];
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`${at}: not a boolean`];
    default:
      return typeof value === 'string' && formatFits(value, schema.format)
        ? []
        : [`${at}: not a ${schema.format ?? 'string'}`];
  }
}

function walkObject(value: unknown, { properties, additionalProperties }: Schema, at: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${at}: not an object`];
  return Object.entries(value).flatMap(([name, part]) => {
    const schema = properties?.[name] ?? additionalProperties;
    return schema === undefined ? [`${at}.${name}: unknown field`] : walk(part, schema, `${at}.${name}`);
  });
}

function formatFits(text: string, format: string | undefined): boolean {
  if (format === 'date-time') return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?(Z|[+-]\d\d:\d\d)$/.test(text);
  if (format === 'date') return /^\d{4}-\d\d-\d\d$/.test(text);
  if (format === 'int64') return /^-?\d+$/.test(text);
  return true;
}
