// What doctor reads of an account, by the real adapter in front of the sandbox: whatever IAM refuses is named, and nothing is
// ever written.

import { afterEach, describe, expect, it } from 'vitest';
import { openAccounts } from '../../src/aws/open-accounts.ts';
import type { AccountExamination, AccountQuestions } from '../../src/domain/examination.ts';
import { canonicalDocument } from '../../src/domain/statement.ts';
import { type AwsCloud, startAwsCloud } from '../../src/sandbox/aws/aws-cloud.ts';
import { makeSigningCertificate } from '../../src/sandbox/certificate.ts';
import { account } from '../builders.ts';

const hubId = '999988887777';
const spokeId = '111122223333';
const signal = new AbortController().signal;
const issuer = 'https://sts.windows.net/contoso/';
const providerArn = (kind: string): string => `arn:aws:iam::${spokeId}:${kind}`;
const boundaryArn = providerArn('policy/rolewarden-boundary');
const attachedArn = providerArn('policy/rolewarden-more');
const documentOf = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });
const allow = (...Action: readonly string[]) => ({ Effect: 'Allow', Action, Resource: '*' });

const spoke = account({
  accountId: spokeId,
  spokeRole: { arn: `arn:aws:iam::${spokeId}:role/rolewarden-spoke`, externalId: 'contoso-dev' },
  permissionsBoundary: boundaryArn,
});
const questions: AccountQuestions = {
  instance: 'contoso-main',
  boundaries: [boundaryArn],
  samlProviders: [providerArn('saml-provider/EntraID'), providerArn('saml-provider/Other')],
  oidcProviders: [providerArn('oidc-provider/sts.windows.net/contoso/')],
  services: [{ region: 'eu-west-1', cluster: 'payments', service: 'api' }],
  writes: true,
};

let stop: (() => Promise<void>) | undefined;
afterEach(() => stop?.());

interface Run {
  readonly cloud: AwsCloud;
  readonly examination: AccountExamination;
  readonly wrote: readonly string[];
}

const examine = async (
  policy: string,
  change: {
    readonly externalId?: string;
    readonly asked?: AccountQuestions;
    readonly spoil?: (cloud: AwsCloud) => void;
  } = {},
): Promise<Run> => {
  const keys = { accessKeyId: 'AKIA999988887777HUB1', secretAccessKey: 'secret-of-the-hub' };
  const nothing = { samlProviders: [], oidcProviders: [], managedPolicies: {}, spokeRoles: [] };
  const cloud = await startAwsCloud({
    issuer,
    signingCertificate: await makeSigningCertificate(new Date(Date.UTC(2026, 0, 1))),
    accounts: [
      { accountId: hubId, ...keys, ...nothing },
      {
        accountId: spokeId,
        accessKeyId: 'AKIA111122223333DEV1',
        secretAccessKey: 'secret-of-the-spoke',
        samlProviders: ['EntraID'],
        oidcProviders: ['sts.windows.net/contoso/'],
        oidcClientIds: ['api://rolewarden'],
        managedPolicies: {
          'rolewarden-boundary': documentOf(allow('ecs:*')),
          'rolewarden-more': documentOf(allow('iam:GetAccountSummary')),
        },
        spokeRoles: [
          {
            name: 'rolewarden-spoke',
            trustedAccountId: hubId,
            externalId: change.externalId ?? 'contoso-dev',
            policies: { read: policy },
          },
        ],
      },
    ],
  });
  cloud.editRole(spokeId, 'rolewarden-spoke', (role) => {
    role.attachedPolicyArns.push(attachedArn);
  });
  change.spoil?.(cloud);
  const wrote: string[] = [];
  cloud.onMutation(({ operation }) => void wrote.push(operation));
  const open = openAccounts({
    settings: { requestTimeoutMs: 20_000, writesPerSecond: 1_000, writeBurst: 1_000 },
    clock: { now: () => Date.now() },
    endpoint: cloud.url,
    ownCredentials: async () => keys,
  });
  stop = async () => {
    open.close();
    await cloud.stop();
  };
  const examination = await open.examine(spoke, change.asked ?? questions, signal);
  return { cloud, examination, wrote };
};

const outcomes = ({ trials }: AccountExamination, outcome: string): readonly string[] =>
  trials
    .filter((one) => one.outcome === outcome)
    .map(({ action }) => action)
    .sort();

describe('an account that may be read', () => {
  it('is read: who we are, what the role may do, boundaries and providers', async () => {
    const { examination, wrote } = await examine(documentOf(allow('*')));
    expect(examination.identity).toMatchObject({
      value: { accountId: spokeId, arn: `arn:aws:sts::${spokeId}:assumed-role/rolewarden-spoke/rolewarden` },
    });
    expect(outcomes(examination, 'denied')).toEqual([]);
    expect(outcomes(examination, 'unknown')).toEqual([]);
    expect(examination.regions).toEqual(new Map([['eu-west-1', { state: 'present', value: true }]]));
    if (examination.own.state !== 'present') throw new Error('the role does not show');
    const { policies, ...own } = examination.own.value;
    expect(own).toEqual({ roleArn: spoke.spokeRole?.arn, boundary: undefined, unread: [] });
    expect(policies.map(canonicalDocument)).toEqual(
      [documentOf(allow('*')), documentOf(allow('iam:GetAccountSummary'))].map(canonicalDocument),
    );
    expect(examination.boundaries.get(boundaryArn)).toMatchObject({ value: documentOf(allow('ecs:*')) });
    expect(examination.samlProviders.get(questions.samlProviders[0] ?? '')).toEqual({
      state: 'present',
      value: {
        issuer,
        validUntilMs: expect.any(Number),
        certificateEndsMs: [Date.UTC(2026, 0, 1) + 3 * 365 * 86_400_000],
      },
    });
    expect(examination.samlProviders.get(questions.samlProviders[1] ?? '')).toEqual({ state: 'absent' });
    expect(examination.oidcProviders.get(questions.oidcProviders[0] ?? '')).toEqual({
      state: 'present',
      value: { audiences: ['api://rolewarden'] },
    });
    expect(examination.creation).toEqual({
      action: 'iam:CreateRole',
      region: undefined,
      outcome: 'allowed',
      because: '',
      isMade: false,
    });
    expect(wrote).toEqual([]);
  });

  it('asks for no write, and for no shell, where nothing is written', async () => {
    const { cloud, examination } = await examine(documentOf(allow('iam:*', 'ecs:*')), {
      asked: { ...questions, services: [], writes: false },
    });
    expect(examination.creation).toBeUndefined();
    const asked = cloud.requests.list().map(({ operation }) => operation);
    expect(asked.filter((one) => /CreateRole|DescribeSessions|DescribeClusters|GetRole$/.test(one))).toEqual(
      [],
    );
  });
});

describe('an account that may not be read', () => {
  it('has every action named that IAM refuses, each by itself', async () => {
    const { examination, wrote } = await examine(
      documentOf(allow('iam:List*', 'iam:GetRole', 'ecs:ListTasks', 'ecs:DescribeTasks')),
    );
    expect(outcomes(examination, 'denied')).toEqual([
      'ecs:DescribeClusters',
      'ecs:DescribeServices',
      'ecs:DescribeTaskDefinition',
      'iam:GetAccountAuthorizationDetails',
      'iam:GetOpenIDConnectProvider',
      'iam:GetPolicy',
      'iam:GetPolicyVersion',
      'iam:GetRolePolicy',
      'iam:GetSAMLProvider',
      'iam:GetSAMLProvider',
      'ssm:DescribeSessions',
    ]);
    expect(examination.creation).toMatchObject({
      outcome: 'denied',
      because: expect.stringContaining('iam:CreateRole on role rolewarden-doctor is denied'),
    });
    expect(examination.own.state).toBe('unreadable');
    expect(examination.observed.state).toBe('unreadable');
    expect(wrote).toEqual([]);
  });

  it('has policies that could not be read named', async () => {
    const { examination } = await examine(
      documentOf(allow('iam:GetAccountAuthorizationDetails', 'iam:List*')),
    );
    expect(examination.own).toMatchObject({ value: { unread: [attachedArn], boundary: undefined } });
  });

  it('does not take a failure for a refusal', async () => {
    const { examination } = await examine(documentOf(allow('*')), {
      spoil: (cloud) =>
        void cloud.addFault({
          service: 'iam',
          operation: 'GetAccountSummary',
          effect: { kind: 'error', status: 403, code: 'SignatureDoesNotMatch' },
        }),
    });
    expect(outcomes(examination, 'unknown')).toEqual(['iam:GetAccountSummary']);
  });

  it('is not gone into where the role cannot be assumed', async () => {
    const { cloud, examination } = await examine(documentOf(allow('*')), { externalId: 'another' });
    expect(examination.identity).toMatchObject({
      state: 'unreadable',
      problem: { kind: 'denied', message: expect.stringContaining('external id') },
    });
    expect(examination.trials).toEqual([]);
    expect(cloud.requests.list().every(({ service }) => service === 'sts')).toBe(true);
  });
});
