// A role's trust policy as a list of statements that the evaluator can work on.
// A statement outside the grammar is *opaque*: it is kept and reported, and nothing is guessed about it.

import {
  type Condition,
  type Json,
  type JsonObject,
  asList,
  isJsonObject,
  lowerCase,
  parseConditions,
  parseDocument,
} from './statement.ts';

export interface Principal {
  /** `Federated`, `AWS`, `Service`, `CanonicalUser`; `*` for a bare `"*"`. */
  readonly type: string;
  readonly id: string;
}

export interface TrustStatement {
  readonly sid: string | undefined;
  readonly effect: 'Allow' | 'Deny';
  readonly principals: readonly Principal[];
  /** Lower case, perhaps with `*` and `?`. */
  readonly actions: readonly string[];
  readonly conditions: readonly Condition[];
  /** Why nothing may be concluded from this statement; undefined when it was understood completely. */
  readonly opaque: string | undefined;
  /** As AWS returned it, for writing it back unchanged. */
  readonly raw: JsonObject;
}

export interface TrustPolicy {
  readonly statements: readonly TrustStatement[];
}

export type ParsedTrust =
  | { readonly ok: true; readonly policy: TrustPolicy }
  | { readonly ok: false; readonly reason: string };

const knownFields = new Set(['Sid', 'Effect', 'Principal', 'Action', 'Condition']);

const parsePrincipals = (value: Json | undefined): readonly Principal[] | undefined => {
  if (value === '*') return [{ type: '*', id: '*' }];
  if (!isJsonObject(value)) return undefined;
  const principals: Principal[] = [];
  for (const [type, ids] of Object.entries(value)) {
    for (const id of asList(ids)) {
      if (typeof id !== 'string') return undefined;
      principals.push({ type, id });
    }
  }
  return principals;
};

const parseActions = (value: Json | undefined): readonly string[] | undefined => {
  const actions = asList(value);
  if (actions.length === 0 || !actions.every((action) => typeof action === 'string')) return undefined;
  return actions.map(lowerCase);
};

const usesVariables = (conditions: readonly Condition[]): boolean =>
  conditions.some((condition) => condition.values.some((value) => value.includes('${')));

const parseStatement = (raw: JsonObject): TrustStatement => {
  const principals = parsePrincipals(raw['Principal']);
  const actions = parseActions(raw['Action']);
  const conditions = parseConditions(raw['Condition']);
  const strange = Object.keys(raw).find((field) => !knownFields.has(field));
  const effect = raw['Effect'];
  const opaque =
    effect !== 'Allow' && effect !== 'Deny'
      ? `its Effect is ${JSON.stringify(effect ?? null)}`
      : strange !== undefined
        ? `it uses ${strange}`
        : principals === undefined
          ? 'its Principal has an unknown form'
          : actions === undefined
            ? 'its Action has an unknown form'
            : conditions === undefined
              ? 'its Condition uses an unknown operator or form'
              : usesVariables(conditions)
                ? 'its Condition uses policy variables'
                : undefined;
  return {
    sid: typeof raw['Sid'] === 'string' ? raw['Sid'] : undefined,
    // An unknown effect may be either, which the evaluator knows; a `deny` is kept as what it was meant to be.
    effect: typeof effect === 'string' && lowerCase(effect) === 'deny' ? 'Deny' : 'Allow',
    principals: principals ?? [],
    actions: actions ?? [],
    conditions: conditions ?? [],
    opaque,
    raw,
  };
};

/** Not ok only if the text is no policy document at all; single statements that we do not understand are opaque instead. */
export const parseTrustPolicy = (json: string): ParsedTrust => {
  const document = parseDocument(json);
  return document.ok
    ? { ok: true, policy: { statements: document.statements.map(parseStatement) } }
    : document;
};
