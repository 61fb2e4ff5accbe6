// The tenant as experiments see it: Graph, asked plainly, so that every status and body can be looked at, and tokens.

import {
  ClientAssertionCredential,
  ClientSecretCredential,
  type ClientSecretCredentialOptions,
  type TokenCredential,
} from '@azure/identity';
import { parseJson, textOf } from './json.ts';

export interface GraphAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
  /** Of an error. */
  readonly code: string;
  readonly message: string;
}

export interface GraphRequest {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Absent: as ourselves. */
  readonly token?: string;
}

export type AskGraph = (
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE',
  /** Behind `/v1.0`, or a whole link that Graph gave. */
  path: string,
  request?: GraphRequest,
) => Promise<GraphAnswer>;

export interface EntraSide {
  readonly tenantId: string;
  /** Of our own application. */
  readonly clientId: string;
  /** `https://login.microsoftonline.com`, without a slash. */
  readonly authority: string;
  /** `https://graph.microsoft.com`, without a slash. */
  readonly graphEndpoint: string;
  readonly graph: AskGraph;
  /** For undoing: goes on after an interruption. */
  readonly steadfast: AskGraph;
  readonly ownToken: (scope: string) => Promise<string>;
  readonly tokenBySecret: (clientId: string, secret: string, scope: string) => Promise<string>;
  readonly tokenByAssertion: (clientId: string, assertion: string, scope: string) => Promise<string>;
}

export interface EntraOptions {
  readonly tenantId: string;
  readonly clientId: string;
  readonly credential: TokenCredential;
  readonly authority: string;
  /** `https://graph.microsoft.com`, without a slash. */
  readonly graphEndpoint: string;
  readonly signal: AbortSignal;
  readonly sleep: (ms: number) => Promise<void>;
  readonly maxAttempts?: number;
}

export const graphScope = 'https://graph.microsoft.com/.default';
const requestMs = 30_000;
const usualPauseMs = 2_000;

const answerFrom = async (response: Response): Promise<GraphAnswer> => {
  const text = await response.text();
  const body = parseJson(text) ?? text;
  return {
    status: response.status,
    headers: response.headers,
    body,
    code: textOf(body, 'error', 'code'),
    message: textOf(body, 'error', 'message'),
  };
};

const isPassing = ({ status }: GraphAnswer): boolean => status === 429 || status >= 500;

export class GraphTrouble extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'GraphTrouble';
  }
}

const asker = (
  { graphEndpoint, sleep, maxAttempts = 4 }: EntraOptions,
  ownToken: () => Promise<string>,
  signal: AbortSignal | undefined,
): AskGraph => {
  const once: AskGraph = async (method, path, { body, headers = {}, token } = {}) => {
    signal?.throwIfAborted();
    const bearer = token ?? (await ownToken());
    const url = path.startsWith('https:') ? path : `${graphEndpoint}/v1.0${path}`;
    // A link that leads elsewhere gets no token of ours.
    if (new URL(url).origin !== new URL(graphEndpoint).origin)
      throw new GraphTrouble(`the link ${url} leads away from ${graphEndpoint}`);
    const limit = AbortSignal.timeout(requestMs);
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      headers: {
        ...(bearer === '' ? {} : { Authorization: `Bearer ${bearer}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return await answerFrom(response);
  };
  return async (method, path, request) => {
    for (let tried = 1; ; tried += 1) {
      const answer = await once(method, path, request);
      if (!isPassing(answer)) return answer;
      if (tried >= maxAttempts) throw new GraphTrouble(`${method} ${path}: ${answer.status} ${answer.code}`);
      await sleep(Number(answer.headers.get('retry-after') ?? 0) * 1_000 || usualPauseMs);
    }
  };
};

const tokenOf = async (credential: TokenCredential, scope: string): Promise<string> =>
  (await credential.getToken(scope))?.token ?? '';

const spareMs = 300_000;

/** A token is asked for again when it is nearly over, and a refusal at once. */
const keeping = (credential: TokenCredential): ((scope: string) => Promise<string>) => {
  const kept = new Map<string, { readonly token: string; readonly expiresOnTimestamp: number }>();
  return async (scope) => {
    const known = kept.get(scope);
    if (known !== undefined && known.expiresOnTimestamp - spareMs > Date.now()) return known.token;
    const found = await credential.getToken(scope);
    if (found !== null) kept.set(scope, found);
    return found?.token ?? '';
  };
};

/** With discovery on, @azure/identity asks Microsoft's public cloud whether it knows the host. */
export const credentialOptions = (authority: string): ClientSecretCredentialOptions => ({
  authorityHost: authority,
  disableInstanceDiscovery: !/\.(microsoftonline\.(com|us)|chinacloudapi\.cn)$/.test(
    new URL(authority).hostname,
  ),
  retryOptions: { maxRetries: 0 },
});

export const openEntra = (options: EntraOptions): EntraSide => {
  const { tenantId, clientId, credential, authority, signal } = options;
  const ownToken = keeping(credential);
  const forGraph = (): Promise<string> => ownToken(graphScope);
  const more = credentialOptions(authority);
  return {
    tenantId,
    clientId,
    authority,
    graphEndpoint: options.graphEndpoint,
    graph: asker(options, forGraph, signal),
    steadfast: asker(options, forGraph, undefined),
    ownToken,
    tokenBySecret: (id, secret, scope) =>
      tokenOf(new ClientSecretCredential(tenantId, id, secret, more), scope),
    tokenByAssertion: (id, assertion, scope) =>
      tokenOf(new ClientAssertionCredential(tenantId, id, async () => assertion, more), scope),
  };
};
