// Somebody with the console edits our roles.

import fc from 'fast-check';
import type { MutableSandboxRole } from '../../../src/sandbox/aws/aws-cloud.ts';
import { accessPolicyName, tagKeys } from '../../../src/domain/role.ts';
import {
  type AccountName,
  type PersonNumber,
  accountIds,
  accountNames,
  audience,
  everybody,
  foreignAction,
  instance,
  personId,
  providerArn,
} from '../scene.ts';
import type { Trial } from '../trial.ts';
import { type PolicyName, policyNames, roleNameOf } from '../will.ts';
import { type StepKind, stepKind } from './step.ts';

const person = fc.constantFrom<PersonNumber>(...everybody);
const where = fc.record({
  account: fc.constantFrom<AccountName>(...accountNames),
  policy: fc.constantFrom<PolicyName>(...policyNames),
});
/** Which role an edit is about. */
export type Where = { readonly account: AccountName; readonly policy: PolicyName };

const isThere = ({ clouds }: Trial, { account, policy }: Where): boolean =>
  clouds.aws.roles(accountIds[account]).some(({ name }) => name === roleNameOf(policy));

/** An edit of a role, if it is there. */
const byHand = <A>(
  name: string,
  weight: number,
  given: fc.Arbitrary<A>,
  edit: (role: MutableSandboxRole, args: A, account: AccountName) => void,
): StepKind =>
  stepKind({
    name,
    weight,
    arguments: fc.record({ where, args: given }),
    run: (trial, { where: place, args }) => {
      if (!isThere(trial, place)) return;
      trial.byHand(() => {
        trial.clouds.aws.editRole(accountIds[place.account], roleNameOf(place.policy), (role) => {
          edit(role, args, place.account);
        });
      });
    },
  });

interface Document {
  readonly Version?: string;
  Statement: Record<string, unknown>[];
}

const edited = (json: string, edit: (document: Document) => void): string => {
  const document = JSON.parse(json) as Document;
  edit(document);
  return JSON.stringify(document);
};

const allowing = (account: AccountName, condition: object): Record<string, unknown> => ({
  Sid: 'ByHand',
  Effect: 'Allow',
  Principal: { Federated: providerArn(accountIds[account]) },
  Action: 'sts:AssumeRoleWithSAML',
  Condition: { StringEquals: { 'saml:aud': audience, ...condition } },
});

const brake = { Effect: 'Deny', Resource: '*', Action: 's3:*' } as const;

const withoutPerson = (document: Document, sub: string): void => {
  for (const statement of document.Statement) {
    const condition = (statement['Condition'] as Record<string, Record<string, unknown>> | undefined)?.[
      'StringEquals'
    ];
    const subs = condition?.['saml:sub'];
    if (condition === undefined || !Array.isArray(subs) || subs.length < 2) continue;
    condition['saml:sub'] = subs.filter((one) => one !== sub);
  }
};

export const handSteps: readonly StepKind[] = [
  byHand('somebody lets a person in by hand', 3, fc.record({ person }), (role, args, account) => {
    role.trustDocument = edited(role.trustDocument, (document) => {
      document.Statement = document.Statement.filter(({ Effect: effect }) => effect !== 'Deny');
      document.Statement.push(allowing(account, { 'saml:sub': [personId(args.person)] }));
    });
  }),
  byHand('somebody puts a person out by hand', 1, fc.record({ person }), (role, args) => {
    role.trustDocument = edited(role.trustDocument, (document) => {
      withoutPerson(document, personId(args.person));
    });
  }),
  byHand('somebody lets anyone in by hand', 1, fc.constant({}), (role, _args, account) => {
    role.trustDocument = edited(role.trustDocument, (document) => {
      document.Statement = [allowing(account, {})];
    });
  }),
  byHand('somebody denies a person entry by hand', 1, fc.record({ person }), (role, args, account) => {
    role.trustDocument = edited(role.trustDocument, (document) => {
      document.Statement.push({
        ...allowing(account, { 'saml:sub': personId(args.person) }),
        Sid: 'EmergencyBrake',
        Effect: 'Deny',
      });
    });
  }),
  byHand('somebody adds an inline policy', 1, fc.record({ withDeny: fc.boolean() }), (role, args) => {
    const Statement = [
      { Effect: 'Allow', Action: foreignAction, Resource: '*' },
      ...(args.withDeny ? [brake] : []),
    ];
    role.inlinePolicies['by-hand'] = JSON.stringify({ Version: '2012-10-17', Statement });
  }),
  byHand('somebody edits our permissions', 2, fc.record({ withDeny: fc.boolean() }), (role, args) => {
    const before = role.inlinePolicies[accessPolicyName];
    if (before === undefined) return;
    role.inlinePolicies[accessPolicyName] = edited(before, (document) => {
      document.Statement.push(
        args.withDeny ? brake : { Effect: 'Allow', Action: foreignAction, Resource: '*' },
      );
    });
  }),
  byHand('somebody deletes our permissions', 1, fc.constant({}), (role) => {
    delete role.inlinePolicies[accessPolicyName];
  }),
  byHand('somebody takes our tag away', 1, fc.constant({}), (role) => {
    delete role.tags[tagKeys.instance];
  }),
  byHand('somebody puts our tag back', 1, fc.constant({}), (role) => {
    role.tags[tagKeys.instance] = instance;
  }),
  byHand('somebody takes the boundary away', 1, fc.constant({}), (role) => {
    role.permissionsBoundary = undefined;
  }),
  stepKind({
    name: 'somebody deletes a role by hand',
    weight: 1,
    arguments: fc.record({ where }),
    run: (trial, { where: place }) => {
      if (!isThere(trial, place)) return;
      trial.byHand(() => {
        trial.clouds.aws.removeRole(accountIds[place.account], roleNameOf(place.policy));
      });
    },
  }),
];
