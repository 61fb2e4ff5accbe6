// The sandbox's Entra with the writes that conformance needs, which the sandbox leaves out because the controller writes
// nothing there: groups, users and members are written into the sandbox's own tenant; applications and policies are kept here.
// Tokens are JWTs, as real ones are.

import { randomUUID } from 'node:crypto';
import { makeLoopbackCertificate } from '../../src/sandbox/certificate.ts';
import { makeEntra } from '../../src/sandbox/entra/entra-cloud.ts';
import { type HttpAnswer, type HttpRequest, startHttpsServer } from '../../src/sandbox/entra/https-server.ts';
import { goodTransport } from '../../src/sandbox/entra/scripted-faults.ts';
import type { SandboxWorld } from '../../src/sandbox/world.ts';
import { listOf, objectOf, parseJson, textOf } from './entra/json.ts';

type Entity = Readonly<Record<string, unknown>>;

interface Call {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

type Route = (call: Call, ...parts: readonly string[]) => HttpAnswer | undefined;

export interface GraphStandInOptions {
  readonly world: SandboxWorld;
  readonly clock: () => number;
  /** How the AWS of the sandbox knows a token of this tenant. */
  readonly issue: (
    claims: { readonly iss: string; readonly sub: string; readonly aud: string } & Entity,
  ) => string;
}

/** What becomes of a request: nothing unusual, a 503 in its place, or its answer is lost. */
export type Fate = 'served' | 'refused' | 'lost';

export interface GraphStandIn {
  readonly url: string;
  readonly caCertificatePem: string;
  /** Of Graph, as `POST /groups/ID/members/$ref`. */
  readonly requests: { readonly list: () => readonly string[]; readonly clear: () => void };
  /** Is asked with the number of the request, from 0 on since `clear`. */
  decideFate: (request: number) => Fate;
  /** Names of all that is there or kept. */
  readonly things: () => readonly string[];
  readonly entra: ReturnType<typeof makeEntra>;
  readonly stop: () => Promise<void>;
}

const json = (status: number, body?: unknown): HttpAnswer => ({
  status,
  headers: { 'Content-Type': 'application/json', 'request-id': randomUUID() },
  body: body === undefined ? '' : JSON.stringify(body),
  transport: goodTransport,
});

const refusal = (status: number, code: string, message: string): HttpAnswer =>
  json(status, { error: { code, message, innerError: {} } });

const notFound = (id: string): HttpAnswer =>
  refusal(
    404,
    'Request_ResourceNotFound',
    `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
  );

/** Of `displayName eq 'x'` and `startswith(displayName,'x')`, all that is asked of collections here. */
const matches = (filter: string | null, { displayName }: Entity): boolean => {
  const name = String(displayName);
  if (filter === null) return true;
  const start = /^startswith\(displayName,'(.*)'\)$/.exec(filter)?.[1];
  return start === undefined ? filter === `displayName eq '${name}'` : name.startsWith(start);
};

const shapeOf = ({ method, url }: HttpRequest): string => {
  const [path = ''] = url.replace('/v1.0', '').split('?');
  return `${method} ${path.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')}`;
};

const ownKinds = ['applications', 'servicePrincipals', 'policies/claimsMappingPolicies'] as const;
type OwnKind = (typeof ownKinds)[number];
const ownPattern = ownKinds.join('|');

const graphPermissions = {
  id: randomUUID(),
  appRoles: [{ id: randomUUID(), value: 'Policy.Read.ConditionalAccess' }],
};
const graphAppId = '00000003-0000-0000-c000-000000000000';

export const startGraphStandIn = async ({
  world,
  clock,
  issue,
}: GraphStandInOptions): Promise<GraphStandIn> => {
  const entra = makeEntra(world, clock);
  const own = new Map<OwnKind, Map<string, Entity>>(ownKinds.map((kind) => [kind, new Map()]));
  const kept = new Map<string, Entity>();
  const secrets = new Map<string, string>();
  const trusted = new Map<string, Entity>();
  const sandboxTokens = new Map<string, string>();
  /** The sandbox's service principals cannot be made, so each new one takes the place of one that is there. */
  const spares = world.servicePrincipals.map(({ id }) => id).slice(1);
  const [ourselves] = world.servicePrincipals;
  const storeOf = (kind: string): Map<string, Entity> =>
    own.get(kind as OwnKind) ?? new Map<string, Entity>();
  const principalOf = (appId: string): Entity | undefined =>
    appId === ourselves?.appId
      ? { ...ourselves }
      : [...storeOf('servicePrincipals').values()].find((one) => one['appId'] === appId);

  const routes: readonly (readonly [RegExp, Route])[] = [
    [/^GET \/domains$/, () => json(200, { value: [{ id: 'contoso.onmicrosoft.com', isInitial: true }] })],
    [
      /^POST \/groups$/,
      ({ body }) => {
        const id = randomUUID();
        entra.addGroup({ id, displayName: textOf(body, 'displayName'), members: [] });
        return json(201, { ...objectOf(body), id });
      },
    ],
    [
      /^POST \/users$/,
      ({ body }) => {
        const id = randomUUID();
        const [displayName, userPrincipalName] = [
          textOf(body, 'displayName'),
          textOf(body, 'userPrincipalName'),
        ];
        entra.addUser({
          id,
          displayName,
          userPrincipalName,
          mail: null,
          accountEnabled: false,
          userType: 'Member',
        });
        return json(201, { id, displayName, userPrincipalName });
      },
    ],
    [
      /^POST \/groups\/([^/]+)\/members\/\$ref$/,
      ({ body }, id = '') => {
        if (!entra.groups().some((group) => group.id === id)) return notFound(id);
        entra.addMember(id, textOf(body, '@odata.id').split('/').at(-1) ?? '');
        return json(204);
      },
    ],
    [
      /^DELETE \/groups\/([^/]+)$/,
      (_call, id = '') => {
        if (!entra.groups().some((group) => group.id === id)) return notFound(id);
        entra.deleteGroup(id);
        return json(204);
      },
    ],
    [
      /^DELETE \/users\/([^/]+)$/,
      (_call, id = '') => {
        if (entra.user(id) === undefined) return notFound(id);
        entra.deleteUser(id);
        return json(204);
      },
    ],
    [
      /^DELETE \/directory\/deletedItems\/([^/]+)$/,
      (_call, id = '') => {
        if (kept.delete(id)) return json(204);
        if (!entra.deletedUsers().some((user) => user.id === id)) return notFound(id);
        entra.purgeUser(id);
        return json(204);
      },
    ],
    [
      /^GET \/directory\/deletedItems\/microsoft\.graph\.(group|application|servicePrincipal)$/,
      (_call, kind = '') =>
        json(200, { value: [...kept.values()].filter((one) => one['kind'] === `${kind}s`) }),
    ],
    [
      /^POST \/identityGovernance\/privilegedAccess\/group\/assignmentScheduleRequests$/,
      ({ body }) => {
        entra.assign(textOf(body, 'principalId'), textOf(body, 'groupId'), { endMs: clock() + 3_600_000 });
        return json(201, { id: randomUUID() });
      },
    ],
    [
      /^GET \/servicePrincipals\(appId='([^']+)'\)$/,
      (_call, appId = '') => {
        const found = appId === graphAppId ? graphPermissions : principalOf(appId);
        return found === undefined ? notFound(appId) : json(200, found);
      },
    ],
    [
      /^POST \/applications\/([^/]+)\/federatedIdentityCredentials$/,
      ({ body }, id = '') => {
        trusted.set(String(storeOf('applications').get(id)?.['appId']), objectOf(body));
        return json(201, objectOf(body));
      },
    ],
    [
      /^POST \/applications\/([^/]+)\/addPassword$/,
      (_call, id = '') => {
        const secretText = randomUUID();
        secrets.set(String(storeOf('applications').get(id)?.['appId']), secretText);
        return json(200, { secretText });
      },
    ],
    [/^POST \/servicePrincipals\/[^/]+\/appRoleAssignments$/, () => json(201, { id: randomUUID() })],
    [/^GET \/identity\/conditionalAccess\/policies$/, () => json(200, { value: [] })],
    [
      new RegExp(`^POST /(${ownPattern})$`),
      ({ body }, kind = '') => {
        const { appId = randomUUID(), displayName } = objectOf(body);
        const application = [...storeOf('applications').values()].find((one) => one['appId'] === appId);
        const id = kind === 'servicePrincipals' ? (spares.shift() ?? randomUUID()) : randomUUID();
        const made = {
          ...objectOf(body),
          kind,
          id,
          appId,
          displayName: displayName ?? application?.['displayName'],
        };
        storeOf(kind).set(id, made);
        return json(201, made);
      },
    ],
    [
      new RegExp(`^GET /(${ownPattern})$`),
      ({ query }, kind = '') => {
        const value = [...storeOf(kind).values()].filter((one) => matches(query.get('$filter'), one));
        return json(200, { value });
      },
    ],
    [
      new RegExp(`^GET /(${ownPattern})/([^/]+)$`),
      (_call, kind = '', id = '') => {
        const found = storeOf(kind).get(id);
        return found === undefined ? notFound(id) : json(200, found);
      },
    ],
    [
      new RegExp(`^PATCH /(${ownPattern})/([^/]+)$`),
      ({ body }, kind = '', id = '') => {
        const found = storeOf(kind).get(id);
        if (found === undefined) return notFound(id);
        if (listOf(body, 'appRoles').some((one) => textOf(one, 'value').length > 120))
          return refusal(
            400,
            'Request_BadRequest',
            'The value of an app role must not exceed 120 characters.',
          );
        storeOf(kind).set(id, { ...found, ...objectOf(body) });
        return json(204);
      },
    ],
    [
      new RegExp(`^DELETE /(${ownPattern})/([^/]+)$`),
      (_call, kind = '', id = '') => {
        const found = storeOf(kind).get(id);
        if (found === undefined) return notFound(id);
        storeOf(kind).delete(id);
        if (kind !== 'policies/claimsMappingPolicies') kept.set(id, found);
        return json(204);
      },
    ],
  ];

  const ownAnswer = (request: HttpRequest): HttpAnswer | undefined => {
    const url = new URL(request.url, 'https://localhost');
    const path = decodeURIComponent(url.pathname.replace('/v1.0', ''));
    const call: Call = { path, query: url.searchParams, body: parseJson(request.body) };
    for (const [pattern, route] of routes) {
      const found = pattern.exec(`${request.method} ${path}`);
      if (found !== null) return route(call, ...found.slice(1));
    }
    return undefined;
  };

  /** Who has this token, in the sandbox's own words; undefined: nobody. */
  const sandboxToken = (request: HttpRequest): string | undefined =>
    sandboxTokens.get(request.headers['authorization']?.replace('Bearer ', '') ?? '');

  const graph = (request: HttpRequest): HttpAnswer => {
    const token = sandboxToken(request);
    const headers = {
      ...request.headers,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    return (token === undefined ? undefined : ownAnswer(request)) ?? entra.handle({ ...request, headers });
  };

  const claimsFor = (clientId: string, scope: string) => {
    const oid = String(principalOf(clientId)?.['id']);
    const base = { sub: oid, oid, tid: world.tenantId };
    const v1 = { iss: `https://sts.windows.net/${world.tenantId}/`, appid: clientId, ver: '1.0' };
    const appId = /api:\/\/([^/]+)\/\.default/.exec(scope)?.[1];
    const resource = [...storeOf('applications').values()].find((one) => one['appId'] === appId);
    if (appId === undefined) return { ...base, ...v1, aud: 'https://graph.microsoft.com' };
    const isV2 = objectOf(resource?.['api'])['requestedAccessTokenVersion'] === 2;
    return isV2
      ? {
          ...base,
          iss: `https://login.microsoftonline.com/${world.tenantId}/v2.0`,
          azp: clientId,
          ver: '2.0',
          aud: appId,
        }
      : { ...base, ...v1, aud: `api://${appId}` };
  };

  /** The sandbox knows only the applications of its world, so those made here sign in as one of them. */
  const asKnown = (form: URLSearchParams): URLSearchParams | undefined => {
    const clientId = form.get('client_id') ?? '';
    const [known] = world.applications;
    if (known === undefined || clientId === known.clientId) return form;
    const credential = trusted.get(clientId);
    const assertion = objectOf(
      parseJson(Buffer.from(form.get('client_assertion')?.split('.')[1] ?? '', 'base64url').toString('utf8')),
    );
    const isTrusted =
      credential !== undefined &&
      credential['issuer'] === assertion['iss'] &&
      credential['subject'] === assertion['sub'];
    const hasSecret =
      form.get('client_secret') !== null && form.get('client_secret') === secrets.get(clientId);
    if (!isTrusted && !hasSecret) return undefined;
    const scope = form.get('scope') ?? '';
    return new URLSearchParams({
      client_id: known.clientId,
      client_secret: known.clientSecret,
      grant_type: 'client_credentials',
      scope,
    });
  };

  const token = (request: HttpRequest): HttpAnswer => {
    const form = new URLSearchParams(request.body);
    const known = asKnown(form);
    if (known === undefined)
      return json(401, {
        error: 'invalid_client',
        error_description: 'AADSTS70021: No matching federated identity record found.',
      });
    const answer = entra.handle({ ...request, body: known.toString() });
    const given = objectOf(parseJson(answer.body));
    if (answer.status !== 200) return answer;
    const issued = issue({
      ...claimsFor(form.get('client_id') ?? '', form.get('scope') ?? ''),
      jti: randomUUID(),
    });
    sandboxTokens.set(issued, String(given['access_token']));
    return json(200, { ...given, access_token: issued });
  };

  const serve = (request: HttpRequest): HttpAnswer => {
    if (request.url.startsWith('/v1.0/')) return graph(request);
    return request.method === 'POST' ? token(request) : entra.handle(request);
  };

  let requests: readonly string[] = [];
  const handle = (request: HttpRequest): HttpAnswer => {
    // Only Graph's requests have a fate of their own.
    const isGraph = request.url.startsWith('/v1.0/');
    const fate = isGraph ? standIn.decideFate(requests.length) : 'served';
    if (isGraph) requests = [...requests, shapeOf(request)];
    if (fate === 'refused') return refusal(503, 'serviceNotAvailable', 'Service unavailable.');
    const answer = serve(request);
    return fate === 'lost' ? { ...answer, transport: { delayMs: 0, fate: 'dropConnection' } } : answer;
  };

  const certificate = await makeLoopbackCertificate();
  const server = await startHttpsServer({ certificate, port: 0, latencyMs: () => 0, clock, handle });
  const standIn: GraphStandIn = {
    url: server.origin,
    caCertificatePem: certificate.caCertificatePem,
    requests: {
      list: () => requests,
      clear: () => {
        requests = [];
      },
    },
    decideFate: () => 'served',
    things: () =>
      [
        ...entra.groups().map(({ displayName }) => `group ${displayName}`),
        ...entra.users().map(({ displayName }) => `user ${displayName}`),
        ...entra.deletedUsers().map(({ displayName }) => `deleted user ${displayName}`),
        ...ownKinds.flatMap((kind) =>
          [...storeOf(kind).values()].map((one) => `${kind} ${String(one['displayName'])}`),
        ),
        ...[...kept.values()].map((one) => `deleted ${String(one['kind'])} ${String(one['displayName'])}`),
      ].toSorted(),
    entra,
    stop: server.stop,
  };
  return standIn;
};
