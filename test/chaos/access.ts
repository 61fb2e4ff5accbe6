// What AWS would let people do by the documents of a role: asked of the evaluators, person by person, and never of the
// controller.

import { mayAct } from '../../src/domain/access-evaluator.ts';
import { readDenies } from '../../src/domain/denies.ts';
import { isDenyPolicy } from '../../src/domain/role.ts';
import { isOwnStatement } from '../../src/domain/permissions.ts';
import { mayEnter } from '../../src/domain/trust-evaluator.ts';
import { parseTrustPolicy } from '../../src/domain/trust-policy.ts';
import { canonicalStatement, parseDocument } from '../../src/domain/statement.ts';
import { closedProvider } from '../../src/domain/closed-trust.ts';
import type { SandboxRole } from '../../src/sandbox/aws/aws-cloud.ts';
import {
  type AccountName,
  accountIds,
  actions,
  audience,
  everybody,
  foreignAction,
  personId,
  providerArn,
} from './scene.ts';

/** What one role gives at one moment. */
export interface Access {
  /** Ids of those who may enter. */
  readonly people: ReadonlySet<string>;
  /** Ids of those whom the trust policy names: others may enter by a statement that names nobody. */
  readonly named: ReadonlySet<string>;
  /** Actions that whoever is in may do. */
  readonly actions: ReadonlySet<string>;
  /** Ids of those whose every session, begun now or before, is denied everything. */
  readonly denied: ReadonlySet<string>;
  /** Every Deny that is not the controller's, in one spelling. */
  readonly foreignDenies: ReadonlySet<string>;
}

export const noAccess: Access = {
  people: new Set(),
  named: new Set(),
  actions: new Set(),
  denied: new Set(),
  foreignDenies: new Set(),
};

const knownActions: readonly string[] = [...actions, foreignAction];

const peopleOf = (trustDocument: string, account: AccountName, atMs: number): ReadonlySet<string> => {
  const parsed = parseTrustPolicy(trustDocument);
  if (!parsed.ok) return new Set();
  const principal = { type: 'Federated', id: providerArn(accountIds[account]) } as const;
  return new Set(
    everybody.map(personId).filter((sub) => {
      const context = new Map([
        ['saml:aud', [audience]],
        ['saml:sub', [sub]],
      ]);
      const request = { action: 'sts:AssumeRoleWithSAML', principal, context, atMs };
      return mayEnter(parsed.policy, request).decision === 'allowed';
    }),
  );
};

const actionsOf = (policies: readonly string[], atMs: number): ReadonlySet<string> =>
  new Set(
    knownActions.filter(
      (action) =>
        mayAct({ policies, boundary: undefined }, { action, resource: '*', context: new Map(), atMs })
          .decision === 'allowed',
    ),
  );

/** Asked for a session that begins now: a deny that it escapes is none. */
const deniedIn = (policies: readonly string[], atMs: number): ReadonlySet<string> => {
  const everything = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}';
  return new Set(
    everybody.map(personId).filter((sub) => {
      const context = new Map([
        ['saml:sub', [sub]],
        ['aws:tokenissuetime', [new Date(atMs).toISOString()]],
      ]);
      const request = { action: 'sts:GetCallerIdentity', resource: '*', context, atMs };
      return (
        mayAct({ policies: [...policies, everything], boundary: undefined }, request).decision === 'denied'
      );
    }),
  );
};

const deniesIn = (place: string, document: string): readonly string[] => {
  const parsed = parseDocument(document);
  if (!parsed.ok) return [];
  return parsed.statements
    .filter(
      (statement) =>
        statement['Effect'] === 'Deny' &&
        closedProvider(statement) === undefined &&
        !isOwnStatement(statement),
    )
    .map((statement) => `${place} ${canonicalStatement(statement)}`);
};

/** Of the policy that carries the controller's own. */
const foreignIn = (place: string, document: string): readonly string[] => {
  const read = readDenies(document);
  return read.ok
    ? read.denies.foreign.map((statement) => `${place} ${canonicalStatement(statement)}`)
    : deniesIn(place, document);
};

/** `role`: undefined when it is not there. */
export const accessOf = (role: SandboxRole | undefined, account: AccountName, atMs: number): Access => {
  if (role === undefined) return noAccess;
  const inline = Object.entries(role.inlinePolicies);
  return {
    people: peopleOf(role.trustDocument, account, atMs),
    named: new Set(everybody.map(personId).filter((id) => role.trustDocument.includes(id))),
    actions: actionsOf(
      inline.map(([, document]) => document),
      atMs,
    ),
    denied: deniedIn(
      inline.map(([, document]) => document),
      atMs,
    ),
    foreignDenies: new Set([
      ...deniesIn('trust', role.trustDocument),
      ...inline.flatMap(([name, document]) =>
        isDenyPolicy(name) ? foreignIn(name, document) : deniesIn(name, document),
      ),
    ]),
  };
};
