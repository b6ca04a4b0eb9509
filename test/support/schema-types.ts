/** The Kysely types of a migrated database: `src/store/schema.ts` is this text, and a test fails when it is stale. */
import type { Pool } from 'pg';

interface Column {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly given: 'always' | 'unless_stated' | 'never';
  readonly comment: string | null;
  /** The check that lists the values of this column alone, if there is one. */
  readonly check: string | null;
}

const columnsQuery = `
  select rel.relname as table, col.attname as name, format_type(col.atttypid, null) as type, not col.attnotnull as nullable,
         case when col.attidentity = 'a' or col.attgenerated <> '' then 'always'
              when col.atthasdef or col.attidentity = 'd' then 'unless_stated' else 'never' end as given,
         col_description(rel.oid, col.attnum) as comment,
         (select pg_get_constraintdef(con.oid) from pg_constraint con
            where con.conrelid = rel.oid and con.contype = 'c' and con.conkey = array[col.attnum]
              and pg_get_constraintdef(con.oid) ~ '= ANY \\(ARRAY\\[''' limit 1) as check
    from pg_class rel join pg_attribute col on col.attrelid = rel.oid
    where rel.relnamespace = 'calsync'::regnamespace and rel.relkind = 'r' and rel.relname !~ '^migration'
      and col.attnum > 0 and not col.attisdropped
    order by rel.relname, col.attnum`;

const head = `// Generated from a migrated database by \`npm run db:types\`; do not edit.
import type { ColumnType, Generated, GeneratedAlways } from 'kysely';

/** Written as text: a JavaScript array would be taken for a Postgres one. */
type Json = ColumnType<unknown, string, string>;
type GivenJson = ColumnType<unknown, string | undefined, string>;
type Timestamp = ColumnType<Date, Date | string, Date | string>;
type GivenTimestamp = ColumnType<Date, Date | string | undefined, Date | string>;
`;

const typeByColumnType: Readonly<Record<string, string>> = {
  text: 'string',
  'text[]': 'string[]',
  boolean: 'boolean',
  integer: 'number',
  bigint: 'number',
  'double precision': 'number',
  date: 'string',
  'timestamp without time zone': 'string',
  'timestamp with time zone': 'Timestamp',
  jsonb: 'Json',
};

export async function schemaTypes(pool: Pool): Promise<string> {
  const { rows } = await pool.query<Column>(columnsQuery);
  const byTable = Map.groupBy(rows, (column) => column.table);
  const interfaces = [...byTable].map(([table, columns]) => tableType(table, columns));
  const entries = [...byTable.keys()].map((table) => `  ${table}: ${typeName(table)};`);
  return `${[head, ...interfaces, `export interface Database {\n${entries.join('\n')}\n}`].join('\n')}\n`;
}

function tableType(table: string, columns: readonly Column[]): string {
  const lines = columns.map((column) => `  /** ${column.comment ?? ''} */\n  ${column.name}: ${columnType(column)};`);
  return `interface ${typeName(table)} {\n${lines.join('\n')}\n}\n`;
}

function typeName(table: string): string {
  return `${table.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())}Table`;
}

function columnType(column: Column): string {
  const plain = column.check === null ? typeByColumnType[column.type] : literals(column.check);
  if (plain === undefined) throw new Error(`no TypeScript type for ${column.type} of ${column.table}.${column.name}`);
  if (column.given === 'unless_stated' && (plain === 'Json' || plain === 'Timestamp')) return `Given${plain}`;
  const type = column.nullable ? `${plain} | null` : plain;
  if (column.given === 'always') return `GeneratedAlways<${type}>`;
  return column.given === 'unless_stated' ? `Generated<${type}>` : type;
}

function literals(check: string): string {
  return [...check.matchAll(/'([^']*)'::text/g)].map(([, value]) => `'${value}'`).join(' | ');
}
