// Everything that IAM holds for one account of the sandbox.

import { createHash } from 'node:crypto';

import type { SandboxAccount } from '../world.ts';
import { managedPolicyFromWorld, type ManagedPolicy, awsManagedPolicies } from './iam/managed-policy.ts';
import { type RoleStore, type SandboxRole, createRoleStore } from './role-store.ts';
import { type RoleUses, createRoleUses } from './role-uses.ts';

export interface SamlProvider {
  readonly arn: string;
  readonly name: string;
  readonly metadata: string;
  /** The issuer that the metadata names; undefined: any issuer of the sandbox is taken. */
  readonly entityId: string | undefined;
  readonly uuid: string;
  readonly createdAtMs: number;
  readonly tags: Readonly<Record<string, string>>;
}

export interface OidcProvider {
  readonly arn: string;
  /** Without `https://`. */
  readonly url: string;
  /** undefined: a provider of the world's start, which takes any audience. */
  readonly clientIds: readonly string[] | undefined;
  readonly thumbprints: readonly string[];
  readonly createdAtMs: number;
  readonly tags: Readonly<Record<string, string>>;
}

export interface Account {
  readonly accountId: string;
  readonly trustQuotaChars: number;
  readonly roles: RoleStore;
  readonly roleUses: RoleUses;
  /** Roles, or items of a table, that a page holds at most. */
  mostOnPage: number;
  /** Customer managed and AWS managed, by ARN. */
  readonly managedPolicies: Map<string, ManagedPolicy>;
  /** Spoke roles of the world's start that were given no policies: they may do everything. */
  readonly unweighedRoleArns: ReadonlySet<string>;
  readonly samlProviders: Map<string, SamlProvider>;
  readonly oidcProviders: Map<string, OidcProvider>;
  /** `AROA` and the like: 21 characters, never the same twice. */
  newId(prefix: string): string;
  /** Counts up with every look at a document, so that no two looks need to show the same order. */
  nextLook(): number;
}

export const defaultTrustQuotaChars = 2_048;
export const defaultMaxSessionSeconds = 3_600;

export const iamArn = (accountId: string, resource: string): string =>
  `arn:aws:iam::${accountId}:${resource}`;

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

const uniqueId = (prefix: string, seed: string): string => {
  const digest = createHash('sha256').update(`${prefix}/${seed}`).digest();
  return prefix + [...digest.subarray(0, 17)].map((byte) => base32[byte % 32]).join('');
};

export interface NewRoleState {
  readonly name: string;
  readonly path: string;
  readonly trustDocument: string;
  readonly createdAtMs: number;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly permissionsBoundary?: string | undefined;
  readonly inlinePolicies?: Readonly<Record<string, string>> | undefined;
  readonly attachedPolicyArns?: readonly string[] | undefined;
  readonly description?: string | undefined;
  readonly maxSessionSeconds?: number | undefined;
  readonly instanceProfileNames?: readonly string[] | undefined;
}

/** A role with the id and the ARN that this account gives it, and IAM's defaults for what is not said. */
export const buildRole = (account: Account, role: NewRoleState): SandboxRole => ({
  name: role.name,
  path: role.path,
  arn: iamArn(account.accountId, `role${role.path}${role.name}`),
  roleId: account.newId('AROA'),
  createdAtMs: role.createdAtMs,
  trustDocument: role.trustDocument,
  tags: role.tags ?? {},
  permissionsBoundary: role.permissionsBoundary,
  inlinePolicies: role.inlinePolicies ?? {},
  attachedPolicyArns: role.attachedPolicyArns ?? [],
  description: role.description ?? '',
  maxSessionSeconds: role.maxSessionSeconds ?? defaultMaxSessionSeconds,
  instanceProfileNames: role.instanceProfileNames ?? [],
});

const spokeTrust = (trustedAccountId: string, externalId: string | undefined): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: iamArn(trustedAccountId, 'root') },
        Action: 'sts:AssumeRole',
        ...(externalId === undefined
          ? {}
          : { Condition: { StringEquals: { 'sts:ExternalId': externalId } } }),
      },
    ],
  });

const keyOf = (certificate: string): string =>
  `<KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>${certificate}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>`;

const metadataOf = (entityId: string, certificate: string | undefined): string =>
  `<?xml version="1.0"?><EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${entityId}"><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">${certificate === undefined ? '' : keyOf(certificate)}</IDPSSODescriptor></EntityDescriptor>`;

const addProviders = (
  account: Account,
  world: SandboxAccount,
  { issuer, signingCertificate }: Pick<AccountSettings, 'issuer' | 'signingCertificate'>,
  now: number,
): void => {
  for (const name of world.samlProviders) {
    const arn = iamArn(account.accountId, `saml-provider/${name}`);
    account.samlProviders.set(arn, {
      arn,
      name,
      metadata: metadataOf(issuer ?? 'https://sts.windows.net/any/', signingCertificate),
      entityId: issuer,
      uuid: account.newId('ASPR'),
      createdAtMs: now,
      tags: {},
    });
  }
  for (const url of world.oidcProviders) {
    const arn = iamArn(account.accountId, `oidc-provider/${url}`);
    account.oidcProviders.set(arn, {
      arn,
      url,
      clientIds: world.oidcClientIds,
      thumbprints: [],
      createdAtMs: now,
      tags: {},
    });
  }
};

export interface AccountSettings {
  readonly clock: () => number;
  readonly staleMs: () => number;
  /** How late IAM tells that a role was used. */
  readonly useLagMs: () => number;
  /** The issuer that the SAML providers of the world's start accept. */
  readonly issuer: string | undefined;
  /** That their metadata names, DER in base64; undefined: none. */
  readonly signingCertificate: string | undefined;
}

/** The account as the world says it is at the start. */
export const createAccount = (world: SandboxAccount, settings: AccountSettings): Account => {
  const now = settings.clock();
  let ids = 0;
  let looks = 0;
  const account: Account = {
    accountId: world.accountId,
    trustQuotaChars: world.trustQuotaChars ?? defaultTrustQuotaChars,
    roles: createRoleStore(settings.clock, settings.staleMs),
    roleUses: createRoleUses(settings.clock, settings.useLagMs),
    mostOnPage: 1_000,
    managedPolicies: new Map(),
    unweighedRoleArns: new Set(
      world.spokeRoles
        .filter(({ policies }) => policies === undefined)
        .map((spoke) => iamArn(world.accountId, `role/${spoke.name}`)),
    ),
    samlProviders: new Map(),
    oidcProviders: new Map(),
    newId: (prefix) => uniqueId(prefix, `${world.accountId}/${(ids += 1)}`),
    nextLook: () => (looks += 1),
  };
  for (const policy of awsManagedPolicies(now)) account.managedPolicies.set(policy.arn, policy);
  for (const [pathAndName, document] of Object.entries(world.managedPolicies)) {
    const policy = managedPolicyFromWorld(account, pathAndName, document, now);
    account.managedPolicies.set(policy.arn, policy);
  }
  addProviders(account, world, settings, now);
  for (const spoke of world.spokeRoles) {
    const trustDocument = spokeTrust(spoke.trustedAccountId, spoke.externalId);
    const { name, policies: inlinePolicies } = spoke;
    account.roles.seed(
      buildRole(account, { name, path: '/', trustDocument, inlinePolicies, createdAtMs: now }),
    );
  }
  return account;
};
