// The form of a case for the evaluator: statements, the sign-in that is asked about, and the answer.
// Each case starts from Alice's ordinary SAML sign-in at noon and says what is different.

import type { Verdict } from '../../src/domain/condition-evaluator.ts';
import type { EntryRequest } from '../../src/domain/trust-evaluator.ts';
import type { Json, JsonObject } from '../../src/domain/statement.ts';
import { oidcIssuer, oidcProvider, samlAudience, samlProvider } from '../builders.ts';

export interface EvaluatorCase {
  /** A sentence. */
  readonly name: string;
  readonly statements: readonly JsonObject[];
  /** What differs from Alice's sign-in. */
  readonly request?: Partial<Omit<EntryRequest, 'context'>>;
  /** Claims on top of Alice's; undefined takes one away. */
  readonly claims?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly decision: Verdict['decision'];
  readonly because?: string;
}

export const alice = '6d2a9f1e-1111-4222-8333-944455556666';
export const noon = Date.UTC(2026, 5, 1, 12);

/** An Allow for the SAML provider on this condition. */
export const allow = (condition?: Json, more: JsonObject = {}): JsonObject => ({
  Effect: 'Allow',
  Principal: { Federated: samlProvider },
  Action: 'sts:AssumeRoleWithSAML',
  ...(condition === undefined ? {} : { Condition: condition }),
  ...more,
});

export const deny = (condition?: Json, more: JsonObject = {}): JsonObject => ({
  ...allow(condition),
  Effect: 'Deny',
  ...more,
});

/** What we write for Alice. */
export const ours = allow({ StringEquals: { 'saml:aud': samlAudience, 'saml:sub': alice } });

export const webIdentityAllow = (condition: Json): JsonObject =>
  allow(condition, { Principal: { Federated: oidcProvider }, Action: 'sts:AssumeRoleWithWebIdentity' });

export const webIdentity = {
  action: 'sts:AssumeRoleWithWebIdentity',
  principal: { type: 'Federated', id: oidcProvider },
} as const;

export const issuerKey = (suffix: string): string => `${oidcIssuer}:${suffix}`;

const level = 'aws:RequestTag/level';

/** One operator on one session tag: what the policy wants, and what the request has. */
export const onLevel = (
  name: string,
  operator: string,
  wanted: string,
  actual: string | readonly string[] | undefined,
  decision: EvaluatorCase['decision'],
): EvaluatorCase => ({
  name,
  statements: [allow({ [operator]: { [level]: wanted } })],
  claims: { [level]: actual },
  decision,
});

export const requestOf = ({ request, claims }: EvaluatorCase): EntryRequest => {
  const all = { 'saml:aud': samlAudience, 'saml:sub': alice, ...claims };
  const context = new Map<string, readonly string[]>();
  for (const [key, value] of Object.entries(all)) {
    if (value !== undefined) context.set(key.toLowerCase(), typeof value === 'string' ? [value] : value);
  }
  return {
    action: 'sts:AssumeRoleWithSAML',
    principal: { type: 'Federated', id: samlProvider },
    context,
    atMs: noon,
    ...request,
  };
};
