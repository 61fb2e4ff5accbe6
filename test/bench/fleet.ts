// Many accounts, and the policies for them as files on disk: what the program itself is started with.

import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { samlFingerprint } from '../../src/domain/verification.ts';
import { largeWorld, largeWorldIds } from '../../src/sandbox/large-world.ts';
import type { SandboxWorld } from '../../src/sandbox/world.ts';

export interface FleetSize {
  readonly accounts: number;
  readonly policiesPerAccount: number;
  /** A policy is for so many accounts, side by side, and so has as many roles. */
  readonly accountsPerPolicy: number;
  readonly membersPerGroup: number;
}

/** Each has a group of its own. */
export const policiesOf = ({ accounts, policiesPerAccount, accountsPerPolicy }: FleetSize): number =>
  (accounts * policiesPerAccount) / accountsPerPolicy;

export const rolesOf = ({ accounts, policiesPerAccount }: FleetSize): number => accounts * policiesPerAccount;

/** A company of 2,000: as in life, the same people are in many groups. */
const people = 2_000;

export const fleetWorld = (size: FleetSize): SandboxWorld => ({
  ...largeWorld({ groups: 1, membersPerGroup: people, accounts: size.accounts }),
  groups: Array.from({ length: policiesOf(size) }, (_, group) => ({
    id: largeWorldIds.group(group),
    displayName: `Group ${group}`,
    members: Array.from({ length: size.membersPerGroup }, (_unused, member) =>
      largeWorldIds.user((group * 7 + member * 101) % people),
    ),
  })),
});

export const accountName = (number: number): string => `account-${String(number).padStart(3, '0')}`;
const policyName = (number: number): string => `policy-${String(number).padStart(4, '0')}`;

const head = (kind: string, name: string): string =>
  `apiVersion: rolewarden/v1alpha1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec:\n`;

const accountText = (number: number): string => {
  const id = largeWorldIds.account(number);
  return `${head('Account', accountName(number))}  accountId: "${id}"
  regions: [us-east-1]
  spokeRole: { arn: "arn:aws:iam::${id}:role/rolewarden-spoke", externalId: large-${number} }
  permissionsBoundary: arn:aws:iam::${id}:policy/rolewarden-boundary
`;
};

const saml = {
  providerName: 'EntraID',
  applicationId: 'e0000000-0000-4000-8000-000000000001',
  nameId: 'objectId' as const,
  audiences: ['https://signin.aws.amazon.com/saml'],
  sendsSourceIdentity: false,
  sendsSessionTags: false,
};

const federationText = (): string => `${head('Federation', 'entra')}  tenantId: ${largeWorldIds.tenantId}
  saml:
    providerName: ${saml.providerName}
    applicationId: ${saml.applicationId}
    nameId: ${saml.nameId}
    audiences: [${saml.audiences.join(', ')}]
    verified: ${samlFingerprint(largeWorldIds.tenantId, saml)}
`;

const policyText = (number: number, { policiesPerAccount, accountsPerPolicy }: FleetSize): string => {
  const first = Math.floor(number / policiesPerAccount) * accountsPerPolicy;
  const names = Array.from({ length: accountsPerPolicy }, (_, index) => accountName(first + index));
  return `${head('AccessPolicy', policyName(number))}  accounts: { names: [${names.join(', ')}] }
  federation: entra
  subjects:
    groups: [{ id: ${largeWorldIds.group(number)}, name: Group ${number} }]
  role: { name: ${policyName(number)}, maxSession: 1h }
  access:
    statements:
      - { Effect: Allow, Action: ["ecs:DescribeTasks", "ecs:ListTasks"], Resource: "*" }
      - { Effect: Allow, Action: ["logs:FilterLogEvents", "logs:GetLogEvents"], Resource: "arn:aws:logs:*:*:log-group:/service-${number}/*" }
  mode: enforce
`;
};

const documents = (texts: readonly string[]): string => texts.join('---\n');

export const fleetInstance = 'contoso-main';

export interface FleetSettings {
  readonly pollInterval: string;
  readonly schedule: string;
  /** More of the config's spec, indented by two. */
  readonly more?: string;
}

/** Never, as far as a benchmark is concerned. */
export const noSchedule = '0 0 1 1 *';

const configText = (
  { pollInterval, schedule, more = '' }: FleetSettings,
  entra: string,
): string => `${head('ControllerConfig', 'bench')}  instance: ${fleetInstance}
  defaultMode: enforce
  policies: { directory: policies, interval: 30s }
  entra:
    tenantId: ${largeWorldIds.tenantId}
    cloud: custom
    authorityHost: ${entra}
    graphEndpoint: ${entra}
    pollInterval: ${pollInterval}
  sweep: { schedule: "${schedule}" }
  metrics: { address: 127.0.0.1, port: 0 }
  api: { address: 127.0.0.1, port: 0 }
${more}`;

/** Returns the folder, with the policies in it. */
export const writeFleet = async (size: FleetSize): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'rolewarden-fleet-'));
  const policies = join(folder, 'policies');
  await mkdir(policies);
  const numbers = (length: number): readonly number[] => Array.from({ length }, (_, index) => index);
  await writeFile(join(policies, 'accounts.yaml'), documents(numbers(size.accounts).map(accountText)));
  await writeFile(join(policies, 'federation.yaml'), federationText());
  const perFile = size.policiesPerAccount;
  for (const file of numbers(policiesOf(size) / perFile)) {
    const texts = numbers(perFile).map((index) => policyText(file * perFile + index, size));
    await writeFile(join(policies, `team-${String(file).padStart(3, '0')}.yaml`), documents(texts));
  }
  return folder;
};

/** Returns the file. Several configs may stand beside each other. */
export const writeConfig = async (
  folder: string,
  settings: FleetSettings,
  env: Readonly<Record<string, string>>,
): Promise<string> => {
  const file = join(folder, `config-${(await readdir(folder)).length}.yaml`);
  await writeFile(file, configText(settings, env['AZURE_AUTHORITY_HOST'] ?? ''));
  return file;
};
