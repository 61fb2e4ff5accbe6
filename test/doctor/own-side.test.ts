// The config, the environment, and our own side of AWS: each check in each of its states.

import { describe, expect, it } from 'vitest';
import { brokenConfig, configChecks, type ConfigReadings } from '../../src/doctor/check-config.ts';
import { ownSideChecks, type OwnSideReadings } from '../../src/doctor/check-own-side.ts';
import type { Problem, ReplicaSettings } from '../../src/domain/policy.ts';
import { absent, present } from '../../src/domain/reading.ts';
import { accessPolicy, account, controllerConfig, policySet } from '../builders.ts';
import { type Said, failing, problemsIn, said } from './scene.ts';

const problem = (severity: Problem['severity'], message: string): Problem => ({
  severity,
  rule: 'unknownField',
  file: 'policies/debug.yaml',
  line: 3,
  column: 5,
  path: 'spec',
  message,
});

const goodConfig = (change: Partial<ConfigReadings> = {}): ConfigReadings => ({
  file: 'rolewarden.yaml',
  config: controllerConfig(),
  problems: [],
  env: { AZURE_CLIENT_ID: 'client', AZURE_CLIENT_SECRET: 'secret' },
  source: 'policies',
  apiProblem: undefined,
  policies: present(policySet({ policies: [accessPolicy()], accounts: [account()] })),
  ...change,
});

const withCredential = (credential: 'certificate' | 'tokenFile' | 'awsRole') =>
  controllerConfig({ entra: { ...controllerConfig().entra, credential } });

const configCases: readonly (Partial<ConfigReadings> & {
  readonly name: string;
  readonly found: readonly Said[];
})[] = [
  { name: 'everything is there', found: [] },
  {
    name: 'no variables',
    env: { AZURE_CLIENT_SECRET: ' ' },
    found: [
      {
        what: 'environment for Entra',
        state: 'missing',
        found:
          'spec.entra.credential is clientSecret, and AZURE_CLIENT_ID and AZURE_CLIENT_SECRET are not set',
        advice:
          'set AZURE_CLIENT_ID to the client id of the registered application; set AZURE_CLIENT_SECRET to the value of a client secret of the application',
      },
    ],
  },
  {
    name: 'awsRole without a region',
    config: withCredential('awsRole'),
    found: [
      {
        what: 'environment for Entra',
        state: 'missing',
        found: 'spec.entra.credential is awsRole, and AWS_REGION is not set',
        advice: 'set AWS_REGION to the region whose STS is asked for a token',
      },
    ],
  },
  {
    name: 'awsRole with the region of the SDK',
    config: withCredential('awsRole'),
    env: { AZURE_CLIENT_ID: 'client', AWS_DEFAULT_REGION: 'eu-west-1' },
    found: [],
  },
  {
    name: 'a certificate that is named nowhere',
    config: withCredential('certificate'),
    found: [
      {
        what: 'environment for Entra',
        state: 'missing',
        found: 'spec.entra.credential is certificate, and AZURE_CLIENT_CERTIFICATE_PATH is not set',
        advice: 'set AZURE_CLIENT_CERTIFICATE_PATH to a PEM file with certificate and private key',
      },
    ],
  },
  {
    name: 'another tenant in the environment',
    env: { AZURE_CLIENT_ID: 'client', AZURE_CLIENT_SECRET: 'secret', AZURE_TENANT_ID: 'fabrikam' },
    found: [
      {
        what: 'environment for Entra',
        state: 'missing',
        found: `AZURE_TENANT_ID is fabrikam, and the config says tenant ${controllerConfig().entra.tenantId}`,
        advice: 'set both to the same tenant',
      },
    ],
  },
  {
    name: 'an API that others reach, without a token',
    apiProblem:
      'spec.api.address 0.0.0.0 can be reached from other machines, and the API names people: set ROLEWARDEN_API_TOKEN',
    found: [
      {
        what: 'API token',
        state: 'missing',
        found: 'spec.api.address 0.0.0.0 can be reached from other machines, and the API names people',
        advice: 'set ROLEWARDEN_API_TOKEN',
      },
    ],
  },
  {
    name: 'policies that cannot be read',
    policies: failing('denied', 'the Git server refuses the token: give it read access'),
    found: [
      {
        what: 'policies',
        state: 'missing',
        found: 'the Git server refuses the token',
        advice: 'give it read access',
      },
    ],
  },
  {
    name: 'a Git server that is away',
    policies: failing('transient', 'the Git server does not answer'),
    found: [{ what: 'policies', state: 'unknown', found: 'the Git server does not answer' }],
  },
  {
    name: 'no policies',
    policies: absent,
    found: [
      {
        what: 'policies',
        state: 'missing',
        found: 'there is nothing at policies',
        advice: 'correct spec.policies of the config',
      },
    ],
  },
  {
    name: 'policies with problems',
    policies: present(
      policySet({
        problems: [problem('error', 'one'), problem('error', 'two'), problem('warning', 'three')],
      }),
    ),
    found: [
      {
        what: 'policies',
        state: 'missing',
        found:
          'policies/debug.yaml:3:5 one (the first of 2); while there are errors, nothing counts as deleted',
        advice: 'rolewarden validate policies',
      },
      {
        what: 'policies',
        state: 'warning',
        found: 'policies/debug.yaml:3:5 three',
        advice: 'rolewarden validate policies',
      },
    ],
  },
  {
    name: 'a config with a warning',
    problems: [problem('warning', 'look here')],
    found: [
      {
        what: 'config',
        state: 'warning',
        found: 'policies/debug.yaml:3:5 look here',
        advice: 'rolewarden validate rolewarden.yaml',
      },
    ],
  },
];

describe('config and environment', () => {
  it.each(configCases)('$name', ({ name: _name, found, ...change }) => {
    expect(problemsIn(configChecks(goodConfig(change)))).toEqual(found);
  });

  it('name no secret', () => {
    expect(JSON.stringify(configChecks(goodConfig()))).not.toContain('"secret"');
  });

  it('a config that is not valid is one check', () => {
    const problems = [problem('error', 'no'), problem('warning', 'hm')];
    expect(said(brokenConfig('rolewarden.yaml', problems))).toEqual({
      what: 'config',
      state: 'missing',
      found: 'policies/debug.yaml:3:5 no',
      advice: 'rolewarden validate rolewarden.yaml',
    });
  });
});

const replicas: ReplicaSettings = {
  shards: 1,
  lease: { table: 'rolewarden-leases', region: 'eu-central-1', durationMs: 15_000 },
};
const yes = present(true as const);
const goodTable = { scan: yes, put: yes, remove: yes };
const noTable = failing(
  'invalid',
  'there is no table rolewarden-leases in this region of our own account: create it',
  'ResourceNotFoundException',
);

const ownCases: readonly (Partial<OwnSideReadings> & {
  readonly name: string;
  readonly found: readonly Said[];
})[] = [
  { name: 'everything is there', vouching: yes, table: goodTable, found: [] },
  {
    name: 'no credentials',
    identity: failing('denied', 'no AWS credentials for sts:GetCallerIdentity: give this process a role'),
    found: [
      {
        what: 'credentials',
        state: 'missing',
        found: 'no AWS credentials for sts:GetCallerIdentity',
        advice: 'give this process a role',
      },
    ],
  },
  {
    name: 'outbound federation is off',
    vouching: failing(
      'denied',
      'outbound identity federation is off in our account, so STS vouches for nobody: turn it on',
      'OutboundWebIdentityFederationDisabledException',
    ),
    found: [
      {
        what: 'sts:GetWebIdentityToken',
        state: 'missing',
        found: 'outbound identity federation is off in our account, so STS vouches for nobody',
        advice: 'aws iam enable-outbound-web-identity-federation, in our own account',
      },
    ],
  },
  {
    name: 'STS may not vouch for us',
    vouching: failing('denied', 'sts:GetWebIdentityToken is denied: grant it', 'AccessDenied'),
    found: [
      {
        what: 'sts:GetWebIdentityToken',
        state: 'missing',
        found: 'sts:GetWebIdentityToken is denied',
        advice: 'give our own role manifests/deploy/policies/controller-task.json.tftpl (SignInToEntra)',
      },
    ],
  },
  {
    name: 'no lease table',
    table: { scan: noTable, put: noTable, remove: noTable },
    found: [
      {
        what: 'lease table rolewarden-leases',
        state: 'missing',
        found: 'there is no table rolewarden-leases in this region of our own account',
        advice:
          'aws dynamodb create-table --table-name rolewarden-leases --billing-mode PAY_PER_REQUEST --attribute-definitions AttributeName=id,AttributeType=S --key-schema AttributeName=id,KeyType=HASH --region eu-central-1',
      },
    ],
  },
  {
    name: 'a lease table with another key',
    table: {
      ...goodTable,
      put: failing(
        'invalid',
        'table rolewarden-leases does not take leases: its key has to be id',
        'ValidationException',
      ),
    },
    found: [
      {
        what: 'lease table rolewarden-leases',
        state: 'missing',
        found: 'table rolewarden-leases does not take leases',
        advice: 'its key has to be id',
      },
    ],
  },
  {
    name: 'a lease table that may not be written',
    table: {
      ...goodTable,
      put: failing('denied', 'dynamodb:PutItem is denied: grant it', 'AccessDeniedException'),
      remove: failing('transient', 'no answer to dynamodb:DeleteItem: it is tried again'),
    },
    found: [
      {
        what: 'dynamodb:PutItem on rolewarden-leases',
        state: 'missing',
        found: 'dynamodb:PutItem is denied',
        advice:
          'give our own role manifests/deploy/policies/controller-task.json.tftpl (ShareAccountsByLeases)',
      },
      {
        what: 'dynamodb:DeleteItem on rolewarden-leases',
        state: 'unknown',
        found: 'no answer to dynamodb:DeleteItem',
        advice: 'it is tried again',
      },
    ],
  },
];

describe('our own side of AWS', () => {
  it.each(ownCases)('$name', ({ name: _name, found, ...change }) => {
    const readings: OwnSideReadings = {
      identity: present({
        arn: 'arn:aws:iam::999988887777:role/rolewarden-controller',
        accountId: '999988887777',
      }),
      vouching: undefined,
      table: undefined,
      ...change,
    };
    expect(problemsIn(ownSideChecks(controllerConfig({ replicas }), readings))).toEqual(found);
  });
});
