// Who may enter the roles of a deployment, asked of the evaluator of trust policies.

import { describe, expect, it } from 'vitest';
import { type EntryRequest, mayEnter } from '../../src/domain/trust-evaluator.ts';
import { parseTrustPolicy } from '../../src/domain/trust-policy.ts';
import { controllerArn, hubId, planArn, planSubject, region, spokeId, trustDocuments } from './deployed.ts';

type Principal = EntryRequest['principal'];

interface Case {
  readonly name: string;
  readonly role: string;
  readonly principal: Principal;
  readonly action: string;
  readonly keys: Readonly<Record<string, string>>;
  readonly enters: boolean;
}

const aws = (id: string): Principal => ({ type: 'AWS', id });
const enter = { role: 'spoke', action: 'sts:AssumeRole' } as const;
const externalId = { 'sts:externalid': 'contoso-dev' };

const tasks = { role: 'tasks', action: 'sts:AssumeRole' } as const;
const ecs: Principal = { type: 'Service', id: 'ecs-tasks.amazonaws.com' };
const fromHere = {
  'aws:sourceaccount': hubId,
  'aws:sourcearn': `arn:aws:ecs:${region}:${hubId}:task/rolewarden/1`,
};

const github = {
  role: 'plan',
  action: 'sts:AssumeRoleWithWebIdentity',
  principal: {
    type: 'Federated',
    id: `arn:aws:iam::${hubId}:oidc-provider/token.actions.githubusercontent.com`,
  },
} as const;
const token = (sub: string, aud = 'sts.amazonaws.com') => ({
  'token.actions.githubusercontent.com:aud': aud,
  'token.actions.githubusercontent.com:sub': sub,
});

const cases: readonly Case[] = [
  {
    name: 'the controller, with the external id',
    ...enter,
    principal: aws(controllerArn),
    keys: externalId,
    enters: true,
  },
  {
    name: 'the controller, without it',
    ...enter,
    principal: aws(controllerArn),
    keys: {},
    enters: false,
  },
  {
    name: 'the role that plans are made with',
    ...enter,
    principal: aws(planArn),
    keys: externalId,
    enters: false,
  },
  {
    name: 'anybody of the hub account',
    ...enter,
    principal: aws(`arn:aws:iam::${hubId}:root`),
    keys: externalId,
    enters: false,
  },
  { name: 'ECS, for a task of this account', ...tasks, principal: ecs, keys: fromHere, enters: true },
  {
    name: 'ECS, for a task of another account',
    ...tasks,
    principal: ecs,
    keys: { ...fromHere, 'aws:sourceaccount': spokeId },
    enters: false,
  },
  {
    name: 'ECS, for a task of another region',
    ...tasks,
    principal: ecs,
    keys: { ...fromHere, 'aws:sourcearn': `arn:aws:ecs:us-east-1:${hubId}:task/rolewarden/1` },
    enters: false,
  },
  { name: 'the workflow on the default branch', ...github, keys: token(planSubject), enters: true },
  {
    name: 'the workflow as a pull request has changed it',
    ...github,
    keys: token(planSubject.replace('refs/heads/main', 'refs/pull/7/merge')),
    enters: false,
  },
  {
    name: 'another repository',
    ...github,
    keys: token(planSubject.replace('123456789', '987654321')),
    enters: false,
  },
  {
    name: 'a token for somebody else',
    ...github,
    keys: token(planSubject, 'api://AzureADTokenExchange'),
    enters: false,
  },
];

describe.each(cases)('$name', ({ role, principal, action, keys, enters }) => {
  it(enters ? `may enter (${role})` : `may not enter (${role})`, () => {
    const trust = parseTrustPolicy(trustDocuments[role] ?? '');
    if (!trust.ok) throw new Error(`the trust policy of ${role} is not understood`);
    const context = new Map(Object.entries(keys).map(([key, value]) => [key, [value]]));
    const verdict = mayEnter(trust.policy, { action, principal, context, atMs: 0 });
    expect(verdict.decision).toBe(enters ? 'allowed' : 'denied');
  });
});
