// `ownership: statements`: what a policy may say of a role that is somebody else's, and what only a role of our own can hold.

import type { AccessPolicy } from '../domain/policy.ts';
import type { FieldPath } from './field-path.ts';
import { quote } from './words.ts';
import { type Finding, finding, type SourceDocument } from './source-document.ts';

type Policy = Pick<AccessPolicy, 'role' | 'servicePrincipals' | 'prune'>;

/** Microsoft Graph takes 120 characters for `roleArn,providerArn`. */
const maxOwnNameChars = 30;

const refusal = (document: SourceDocument, path: FieldPath, why: string): Finding =>
  finding(
    document,
    'sharedRoleLimits',
    path,
    `${why}; remove it, or let the policy make a role of its own (ownership: role)`,
    {
      part: 'key',
    },
  );

const ofOwner = (what: string): string =>
  `the role is somebody else's (ownership: statements), and ${what} is up to its owner`;

const sharedFindings = (
  document: SourceDocument,
  { role, servicePrincipals, prune }: Policy,
  hasAccess: boolean,
): readonly Finding[] => {
  const findings: Finding[] = [];
  const refuse = (path: FieldPath, why: string): void => {
    findings.push(refusal(document, path, why));
  };
  if (hasAccess) refuse(['spec', 'access'], ofOwner('what it may do'));
  for (const [field, what] of [
    ['description', 'its description'],
    ['maxSession', 'how long its sessions last'],
  ] as const)
    if (document.textOf(['spec', 'role', field]) !== undefined)
      refuse(['spec', 'role', field], ofOwner(what));
  if (prune) refuse(['spec', 'prune'], ofOwner('whether it is deleted'));
  if (role.admission === 'appRole')
    refuse(
      ['spec', 'role', 'admission'],
      'a shared role names the people it admits, since whoever enters unnamed cannot be put out without signing out the people of its owner too',
    );
  if (servicePrincipals.length > 0)
    refuse(
      ['spec', 'subjects', 'servicePrincipals'],
      'a service principal cannot be put out of a shared role without signing out the people of its owner too',
    );
  return findings;
};

/** `hasAccess`: whether the policy says what may be done. */
export const checkOwnership = (
  document: SourceDocument,
  policy: Policy,
  hasAccess: boolean,
): readonly Finding[] => {
  if (policy.role.ownership === 'statements') return sharedFindings(document, policy, hasAccess);
  const findings: Finding[] = [];
  if (policy.role.name.length > maxOwnNameChars) {
    const message = `${quote(policy.role.name)} must be at most ${maxOwnNameChars} characters, as the name of a role that is made here, so that the Entra app-role value stays short enough; shorten it`;
    findings.push(finding(document, 'malformedValue', ['spec', 'role', 'name'], message));
  }
  if (!hasAccess) {
    const message =
      'is missing: what the role may do (ecs, cli or statements); only a policy that shares a role of somebody else (role.ownership: statements) has none';
    findings.push(finding(document, 'missingField', ['spec', 'access'], message, { part: 'key' }));
  }
  return findings;
};
