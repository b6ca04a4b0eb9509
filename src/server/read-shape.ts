/** A body that is no event, against its shape. */
import type { z } from '@hono/zod-openapi';
import { pathOf } from '../core/spec-problem.ts';
import { Refusal } from './problem.ts';

/** Throws a `Refusal` that names every field that is wrong. */
export function readShape<Shape>(schema: z.ZodType<Shape>, body: unknown): Shape {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((name) => ({ field: pathOf([...issue.path, name]), message: 'is not a known field' }))
      : [{ field: pathOf(issue.path), message: issue.message }],
  );
  throw new Refusal({ name: 'invalid_request', detail: 'the body is not what this resource takes', errors });
}
