// One origin serves both the sign-in endpoints and Graph, told apart by path as `login.microsoftonline.com` and
// `graph.microsoft.com` are by host.

import type { ServedRequest } from '../world.ts';
import type { GraphService } from './graph-service.ts';
import type { HttpAnswer, HttpRequest } from './https-server.ts';
import { goodTransport, type ScriptedFaults, transportOf } from './scripted-faults.ts';
import type { TokenAnswer, TokenEndpoint } from './token-endpoint.ts';

export interface OriginParts {
  readonly graph: GraphService;
  readonly tokens: TokenEndpoint;
  readonly faults: ScriptedFaults;
  readonly record: (request: ServedRequest) => void;
  readonly clock: () => number;
}

const jsonAnswer = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) => ({
  status,
  headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store', ...headers },
  body: JSON.stringify(body),
  transport: goodTransport,
});

const originOf = (request: HttpRequest): string => `https://${request.headers['host'] ?? 'localhost'}`;

const parseJson = (text: string): unknown => {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    // Graph's operations answer a body that they cannot use with a 400 of their own.
    return undefined;
  }
};

const serveGraph = (graph: GraphService, request: HttpRequest): HttpAnswer => {
  const { response, transport } = graph.serve({
    method: request.method,
    url: request.url.slice('/v1.0'.length),
    headers: request.headers,
    body: parseJson(request.body),
    baseUrl: `${originOf(request)}/v1.0`,
  });
  const body = typeof response.body === 'string' ? response.body : JSON.stringify(response.body);
  return { status: response.status, headers: response.headers, body, transport };
};

const signInPath = /^\/([^/]+)\/(v2\.0\/\.well-known\/openid-configuration|oauth2\/v2\.0\/token)(?:\?|$)/;

/** `openidConfiguration` and `token` are the operations of the service `token`; faults apply to them as to Graph. */
const serveSignIn = (
  parts: OriginParts,
  request: HttpRequest,
  tenant: string,
  discovery: boolean,
): HttpAnswer => {
  const operation = discovery ? 'openidConfiguration' : 'token';
  const effects = parts.faults.meet({ service: 'token', operation, resource: tenant });
  const scripted = effects.find((effect) => effect.kind === 'error');
  const answer = (): TokenAnswer =>
    discovery
      ? parts.tokens.discover(tenant, originOf(request))
      : parts.tokens.grant(tenant, originOf(request), new URLSearchParams(request.body));
  const { status, body } =
    scripted === undefined
      ? answer()
      : {
          status: scripted.status,
          body: { error: scripted.code, error_description: scripted.message ?? 'An error was scripted.' },
        };
  parts.record({ service: 'token', operation, resource: tenant, status, atMs: parts.clock() });
  const retry = scripted?.retryAfterSeconds;
  return {
    ...jsonAnswer(status, body, retry === undefined ? {} : { 'Retry-After': String(retry) }),
    transport: transportOf(effects),
  };
};

export const makeOriginHandler =
  (parts: OriginParts) =>
  (request: HttpRequest): HttpAnswer => {
    if (request.url.startsWith('/v1.0/')) return serveGraph(parts.graph, request);
    const [, tenant, path] = signInPath.exec(request.url) ?? [];
    if (tenant !== undefined && path !== undefined) {
      const discovery = path.startsWith('v2.0');
      if (request.method === (discovery ? 'GET' : 'POST'))
        return serveSignIn(parts, request, decodeURIComponent(tenant), discovery);
    }
    return jsonAnswer(404, {
      error: 'not_found',
      error_description: `the sandbox's Entra serves /v1.0/… and /{tenant}/oauth2/v2.0/token, not ${request.method} ${request.url}`,
    });
  };
