// What a route of the control API is: documentation, a schema for its body, and what it does.

import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { AppError } from '../../domain/errors.ts';

export interface RouteInput {
  /** The path parameter of that name, decoded. */
  readonly parameter: (name: string) => string;
  readonly query: (name: string) => string | undefined;
  /** Already valid by the route's schema. */
  readonly body: unknown;
}

export interface ControlRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Hono's notation: `/groups/:group`. */
  readonly path: string;
  /** One sentence for `GET /`. */
  readonly does: string;
  /** A real path and body for `GET /`. */
  readonly example: { readonly path: string; readonly body?: unknown };
  /** JSON Schema of the body; without it, the body is ignored. */
  readonly schema?: Readonly<Record<string, unknown>>;
  /** The result is sent as JSON; undefined as `{"ok":true}`. Throws `AppError`. */
  readonly run: (input: RouteInput) => unknown;
}

export const notFound = (message: string): AppError => new AppError('invalid', message, { code: 'notFound' });

/** An object without surprises: every property that is not listed is an error. */
export const objectSchema = (
  properties: Readonly<Record<string, unknown>>,
  required: readonly string[] = [],
): Readonly<Record<string, unknown>> => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});

export const uuidSchema = {
  type: 'string',
  pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$',
};
export const textSchema = { type: 'string', minLength: 1 };

const sentence = ({ instancePath, message, params, keyword }: ErrorObject): string => {
  const where = instancePath === '' ? 'the body' : `body${instancePath.replaceAll('/', '.')}`;
  const extra: unknown =
    keyword === 'additionalProperties' ? params['additionalProperty'] : params['allowedValues'];
  return `${where} ${message ?? 'is not valid'}${extra === undefined ? '' : ` (${Array.isArray(extra) ? extra.join(', ') : JSON.stringify(extra)})`}`;
};

const ajv = new Ajv({ allErrors: true, discriminator: true, strict: true, allowUnionTypes: true });

/** Compiles the schema once and gives the check of one body, which throws all problems in one `AppError`. */
export const bodyCheck = (route: ControlRoute): ((body: unknown) => void) => {
  if (route.schema === undefined) return () => undefined;
  const validate: ValidateFunction = ajv.compile(route.schema);
  return (body) => {
    if (validate(body)) return;
    const problems = (validate.errors ?? []).map(sentence).join('; ');
    const example = JSON.stringify(route.example.body);
    throw new AppError('invalid', `${problems}. For example: ${example}`);
  };
};
