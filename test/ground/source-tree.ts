/** The sources of calsync as syntax trees, for rules that no import shows. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from '@swc/core';

const root = join(import.meta.dirname, '..', '..');

export interface SourceFile {
  /** From the top of the checkout, such as `src/core/plan.ts`. */
  readonly path: string;
  /** The statements of the module. */
  readonly statements: readonly SyntaxNode[];
  /** Everything in it, statements included. */
  readonly nodes: readonly SyntaxNode[];
}

/** A node of the tree: swc's own, seen as what all of them have in common. */
export interface SyntaxNode {
  readonly type: string;
  readonly [property: string]: unknown;
}

export function sourceFiles(pattern: string): readonly SourceFile[] {
  return globSync(pattern, { cwd: root })
    .sort()
    .map((path) => parsed(path, readFileSync(join(root, path), 'utf8')));
}

export function parsed(path: string, text: string): SourceFile {
  const { body } = parseSync(text, { syntax: 'typescript', target: 'es2024' });
  const nodes: SyntaxNode[] = [];
  collect(body, nodes);
  return { path, statements: body.map((statement) => ({ ...statement })), nodes };
}

function collect(value: unknown, nodes: SyntaxNode[]): void {
  if (typeof value !== 'object' || value === null) return;
  if ('type' in value && typeof value.type === 'string') nodes.push(value as SyntaxNode); // just checked
  for (const each of Object.values(value)) collect(each, nodes);
}

/** `a.b` for a member of a name, `a` for a name, else null. */
export function nameOf(node: unknown): string | null {
  const { type, value, object, property } = (node ?? {}) as SyntaxNode; // any node; what is read is checked
  if (type === 'Identifier' && typeof value === 'string') return value;
  if (type !== 'MemberExpression') return null;
  const [left, right] = [nameOf(object), nameOf(property)];
  return left === null || right === null ? null : `${left}.${right}`;
}
