// Clouds that are not as we think: the experiments see it. What AWS or Graph might do otherwise is done here by editing behind
// their backs at the right moment.

import { readFile } from 'node:fs/promises';
import { AssumeRoleWithSAMLCommand } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openAws } from './aws/aws-side.ts';
import type { AskHuman, Experiment } from './experiment.ts';
import { experiments } from './experiments.ts';
import { accountId, type Clouds, keys, region, startClouds } from './sandbox-clouds.ts';

let clouds: Clouds;
beforeEach(async () => {
  clouds = await startClouds();
});
afterEach(() => clouds.stop());

const named = (name: string): Experiment => {
  const found = experiments.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no experiment ${name}`);
  return found;
};

type Otherwise = readonly [what: string, experiment: string, change: () => void, observed: RegExp];

/** Changes roles whose name ends so, as soon as they are made or written. */
const rewrite = (
  label: string,
  change: (role: { trustDocument: string; inlinePolicies: Record<string, string> }) => void,
): void => {
  let isChanging = false;
  clouds.aws.onMutation(({ resource, operation }) => {
    if (isChanging || resource?.endsWith(label) !== true || operation.startsWith('Delete')) return;
    isChanging = true;
    clouds.aws.editRole(accountId, resource, change);
    isChanging = false;
  });
};

const allowAll = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}';
const withoutKey = (text: string, key: string): string =>
  text.replaceAll(new RegExp(`,?"${key}":"[^"]*"`, 'g'), '');

const others: readonly Otherwise[] = [
  [
    'IAM knows saml:sub when it is asked for session tags',
    'saml-sub-beside-session-tags',
    () =>
      rewrite('-asked', (role) => {
        role.trustDocument = withoutKey(role.trustDocument, 'saml:sub');
      }),
    /^she was let in$/,
  ],
  [
    'IAM does not know the boundary when a trust policy is written',
    'boundary-key-on-trust-write',
    () =>
      rewrite('-bounded', (role) => {
        Object.assign(role, { permissionsBoundary: undefined });
      }),
    /^with the boundary: AccessDenied after 30\d s; without: AccessDenied/,
  ],
  [
    'IAM lets a role without the boundary be written, too',
    'boundary-key-on-trust-write',
    () =>
      rewrite('-writer', (role) => {
        role.inlinePolicies = { all: allowAll };
      }),
    /^with the boundary: accepted .*; without: accepted$/,
  ],
  [
    'IAM looks at the document first',
    'authorizes-before-validating',
    () => {
      const effect = { kind: 'error', status: 400, code: 'MalformedPolicyDocument' } as const;
      clouds.aws.addFault({ service: 'iam', operation: 'CreateRole', resource: '-never', skip: 1, effect });
    },
    /^MalformedPolicyDocument: /,
  ],
  [
    'a deny by saml:sub does not reach sessions',
    'deny-by-saml-sub-inside',
    () =>
      rewrite('-inside', (role) => {
        delete role.inlinePolicies['rolewarden-revoked'];
      }),
    /^the leaver: accepted after 30\d s; a colleague in the same role: accepted$/,
  ],
  [
    'a deny by saml:sub reaches everybody in the role',
    'deny-by-saml-sub-inside',
    () =>
      rewrite('-inside', (role) => {
        if ('rolewarden-revoked' in role.inlinePolicies)
          role.inlinePolicies = { deny: allowAll.replace('Allow', 'Deny') };
      }),
    /^the leaver: AccessDenied after .*; a colleague in the same role: AccessDenied$/,
  ],
  [
    'the tag of the service does not count',
    'exec-by-service-name-tag',
    () =>
      rewrite('-asked', (role) => {
        role.inlinePolicies = {};
      }),
    /^AccessDeniedException for 60 s$/,
  ],
  [
    'tags of cluster and task count together',
    'exec-tags-are-per-resource',
    () =>
      rewrite('-asked', (role) => {
        role.inlinePolicies = { all: allowAll };
      }),
    /^the shell was opened$/,
  ],
  [
    'TerminateSession succeeds and ends nothing',
    'terminate-ends-exec-session',
    () => void clouds.aws.shells.ignoreTermination(),
    /the channel was open, the session perhaps not over$/,
  ],
  [
    'PIM does not list members of its own',
    'pim-lists-plain-members',
    () => {
      const { entra } = clouds.graph;
      clouds.graph.decideFate = () => {
        for (const { id, displayName } of entra.groups())
          if (displayName.endsWith('-group')) entra.enablePim(id, { showsPlainMembers: false });
        return 'served';
      };
    },
    /^not listed in 60 s, while the assigned one is$/,
  ],
];

test.each(others)('%s: %s differs', async (_what, name, change, observed) => {
  change();
  const result = await clouds.run(named(name));
  expect(result.observed).toMatch(observed);
  expect({ verdict: result.verdict, leftovers: result.leftovers }).toEqual({
    verdict: 'differs',
    leftovers: [],
  });
});

test('a deny that closes channels differs', async () => {
  let isDenied = false;
  clouds.aws.onMutation(({ operation, resource }) => {
    isDenied ||= operation === 'PutRolePolicy' && resource?.endsWith('-visitor') === true && shells > 0;
  });
  let shells = 0;
  const openChannel = async () => {
    shells += 1;
    return { isOpen: () => !isDenied, close: () => undefined };
  };
  const { verdict, observed } = await clouds.run(named('deny-leaves-shell-open'), {
    context: { openChannel },
  });
  expect([verdict, observed]).toEqual(['differs', expect.stringMatching(/^the open channel was closed/)]);
});

test('a channel that closes by itself tells nothing', async () => {
  const openChannel = async () => ({ isOpen: () => false, close: () => undefined });
  const { verdict, observed } = await clouds.run(named('deny-leaves-shell-open'), {
    context: { openChannel },
  });
  expect([verdict, observed]).toEqual(['could not be told', expect.stringMatching(/closed by itself/)]);
});

/** Does what the steps say, without a browser: takes the assertion of the page to STS, and exports the credentials. */
const diligent: AskHuman = async ([first = '']) => {
  const page = /open (\S+)/.exec(first)?.[1] ?? '';
  const assertion = /name="SAMLResponse" value="([^"]+)"/.exec(await readFile(page, 'utf8'))?.[1] ?? '';
  const xml = Buffer.from(assertion, 'base64').toString('utf8');
  const [, role = '', provider = ''] = /(arn:aws:iam::\d+:role\/[^,]+),([^<]+)</.exec(xml) ?? [];
  const { sts } = openAws({
    accountId,
    partition: 'aws',
    region,
    credentials: keys,
    endpoint: clouds.aws.url,
    signal: new AbortController().signal,
  });
  const command = new AssumeRoleWithSAMLCommand({
    RoleArn: role,
    PrincipalArn: provider,
    SAMLAssertion: assertion,
  });
  const { Credentials } = await sts.send(command);
  return JSON.stringify({ Version: 1, ...Credentials });
};

test('what a person brings from her browser is denied like every session of hers', async () => {
  const { verdict, observed } = await clouds.run(named('deny-by-saml-sub-after-login'), {
    context: { askHuman: diligent },
  });
  expect([verdict, observed]).toEqual(['as expected', expect.stringMatching(/^AccessDenied after/)]);
});

test('a file that holds no credentials tells nothing', async () => {
  const askHuman: AskHuman = async () => 'export AWS_ACCESS_KEY_ID=…';
  const { verdict, observed } = await clouds.run(named('deny-by-saml-sub-after-login'), {
    context: { askHuman },
  });
  expect([verdict, observed]).toEqual(['could not be told', expect.stringMatching(/no AccessKeyId/)]);
});

test('an old delta link is asked, and how it is refused is told', async () => {
  let link = '';
  await clouds.run(named('old-delta-token')).then(({ observed }) => {
    link = /'(https:[^']+)'/.exec(observed)?.[1] ?? '';
  });
  clouds.clock.advance(8 * 86_400_000);
  const { verdict, observed } = await clouds.run(named('old-delta-token'), { context: { deltaLink: link } });
  expect([verdict, observed]).toEqual(['as expected', expect.stringMatching(/^400 syncStateNotFound/)]);
});

test('a link that leads elsewhere gets no token', async () => {
  const deltaLink = 'https://graph.example.com/v1.0/groups/delta?$deltatoken=x';
  const { verdict, observed } = await clouds.run(named('old-delta-token'), { context: { deltaLink } });
  expect([verdict, observed]).toEqual([
    'could not be told',
    expect.stringMatching(/leads away from https:\/\/localhost/),
  ]);
});
