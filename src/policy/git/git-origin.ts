// `spec.policies.git` of a ControllerConfig: typed, and what the schema cannot say about it.

import { posix } from 'node:path';
import type { GitAuth, GitOrigin } from '../../domain/policy.ts';
import type { FieldPath } from '../field-path.ts';
import { type Finding, finding, type SourceDocument } from '../source-document.ts';
import { hasCredentials, remoteUrl } from './remote-url.ts';

export interface RawGit {
  readonly url: string;
  readonly ref: string;
  readonly path: string;
  readonly auth?: {
    readonly token?: { readonly username: string };
    readonly githubApp?: {
      readonly appId: number | string;
      readonly installationId: number | string;
      readonly apiUrl?: string;
    };
  };
}

const gitHubApi = 'https://api.github.com';
const at: FieldPath = ['spec', 'policies', 'git'];

const readAuth = ({ auth }: RawGit): GitAuth => {
  if (auth?.token !== undefined) return { kind: 'token', username: auth.token.username };
  if (auth?.githubApp === undefined) return { kind: 'none' };
  const { appId, installationId, apiUrl } = auth.githubApp;
  return {
    kind: 'githubApp',
    appId: String(appId),
    installationId: String(installationId),
    apiUrl: remoteUrl(apiUrl ?? gitHubApi),
  };
};

/**
 * A bare name is a branch and never a tag: who may push tags, which are mostly less protected, could put one in the place
 * of a protected branch.
 */
const fullRef = (ref: string): string => (ref.startsWith('refs/') ? ref : `refs/heads/${ref}`);

export const readGitOrigin = (raw: RawGit): GitOrigin => ({
  kind: 'git',
  url: remoteUrl(raw.url),
  ref: fullRef(raw.ref),
  path: posix.normalize(raw.path).replace(/\/$/, ''),
  auth: readAuth(raw),
});

/** Neither message repeats the address: it may hold a secret. */
export const checkGitOrigin = (document: SourceDocument, { url, auth }: RawGit): readonly Finding[] => {
  const api = auth?.githubApp?.apiUrl;
  const addresses: readonly (readonly [FieldPath, string | undefined])[] = [
    [[...at, 'url'], url],
    [[...at, 'auth', 'githubApp', 'apiUrl'], api],
  ];
  const findings = addresses
    .filter(([, address]) => address !== undefined && hasCredentials(address))
    .map(([path]) => {
      const message =
        'the address holds a user name or a password; remove it, say in auth how the controller proves who it is, and replace a secret that stood here';
      return finding(document, 'secretInUrl', path, message);
    });
  const { hostname } = new URL(url);
  if (auth?.githubApp === undefined || api !== undefined || hostname === 'github.com') return findings;
  const message = `is missing: the repository is at ${hostname}, so say where its API is; for GitHub Enterprise Server apiUrl: https://${hostname}/api/v3`;
  const path = [...at, 'auth', 'githubApp'];
  const place = document.placeOf(path, 'key');
  return [...findings, finding(document, 'missingField', [...path, 'apiUrl'], message, { place })];
};
