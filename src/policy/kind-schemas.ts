// The schemas of schemas/, compiled. They are the single place of shapes, limits and defaults; the keywords of ours:
// - `x-minDuration`, `x-maxDuration`: limits of a duration;
// - `x-rule`: the rule that a combination (`if`, `oneOf`, `anyOf`) breaks, told by the `errorMessage` beside it;
// - `x-sensitive`: people put secrets there, so that no message repeats the value; the text says where they belong;
// - `patternErrorMessage`, `errorMessage`: what to say; the YAML language server of editors shows them too.

import { isIP } from 'node:net';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { validate as isCron } from 'node-cron';
import accessPolicySchema from '../../schemas/access-policy.schema.json' with { type: 'json' };
import accountSchema from '../../schemas/account.schema.json' with { type: 'json' };
import controllerConfigSchema from '../../schemas/controller-config.schema.json' with { type: 'json' };
import federationSchema from '../../schemas/federation.schema.json' with { type: 'json' };
import lockoutSchema from '../../schemas/lockout.schema.json' with { type: 'json' };
import taskRoleBindingSchema from '../../schemas/task-role-binding.schema.json' with { type: 'json' };
import { parseDuration } from '../domain/duration.ts';
import { isRemoteUrl } from './git/remote-url.ts';
import { parseInstant } from './instant.ts';

export const apiVersion = 'rolewarden/v1alpha1';

export const kindSchemas = {
  ControllerConfig: controllerConfigSchema,
  Account: accountSchema,
  Federation: federationSchema,
  AccessPolicy: accessPolicySchema,
  TaskRoleBinding: taskRoleBindingSchema,
  Lockout: lockoutSchema,
} as const;

export type Kind = keyof typeof kindSchemas;
export const kinds: readonly Kind[] = [
  'ControllerConfig',
  'Account',
  'Federation',
  'AccessPolicy',
  'TaskRoleBinding',
  'Lockout',
];
export const isKind = (text: string): text is Kind => Object.hasOwn(kindSchemas, text);

const isHttpsOrigin = (text: string): boolean => {
  if (!/^https:\/\/[^\s/?#@\\]+\/?$/.test(text)) return false;
  return URL.canParse(text);
};

const isTimeZone = (text: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};

/** A text that is no duration at all is reported by its pattern, not by its limits. */
const durationLimit = (keyword: string, holds: (ms: number, limitMs: number) => boolean) => ({
  keyword,
  schemaType: 'string' as const,
  validate: (limit: string, text: unknown): boolean => {
    if (typeof text !== 'string') return true;
    const [ms, limitMs] = [parseDuration(text), parseDuration(limit)];
    return ms === undefined || limitMs === undefined || holds(ms, limitMs);
  },
});

/** A validator with our formats and keywords; fills in defaults. `strict` refuses schemas that are unclear. */
export const makeAjv = (strict = true): Ajv2020 => {
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    useDefaults: true,
    allowUnionTypes: true,
    strict,
    strictRequired: false,
  });
  addFormats.default(ajv, ['uri']);
  ajv.addFormat('cron', isCron);
  ajv.addFormat('time-zone', isTimeZone);
  ajv.addFormat('instant', (text: string) => parseInstant(text) !== undefined);
  ajv.addFormat('https-origin', isHttpsOrigin);
  ajv.addFormat('remote-url', isRemoteUrl);
  ajv.addFormat('listen-address', (text: string) => text === 'localhost' || isIP(text) !== 0);
  ajv.addKeyword(durationLimit('x-minDuration', (ms, limitMs) => ms >= limitMs));
  ajv.addKeyword(durationLimit('x-maxDuration', (ms, limitMs) => ms <= limitMs));
  ajv.addVocabulary(['x-rule', 'x-sensitive', 'errorMessage', 'patternErrorMessage']);
  return ajv;
};

const validators = (() => {
  const ajv = makeAjv();
  return new Map(kinds.map((kind) => [kind, ajv.compile(kindSchemas[kind])]));
})();

/** All errors of a value against the schema of its kind; none: it is valid, and the defaults are filled in, in place. */
export const validateKind = (kind: Kind, value: unknown): readonly ErrorObject[] => {
  const validator = validators.get(kind);
  return validator === undefined || validator(value) ? [] : [...(validator.errors ?? [])];
};
