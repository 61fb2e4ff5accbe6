// Entra's sign-in side: discovery, and the client-credentials grant that hands out tokens for Graph.

import { randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import type { SandboxWorld } from '../world.ts';

export interface TokenAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface TokenEndpoint {
  /** `GET /{tenant}/v2.0/.well-known/openid-configuration` */
  readonly discover: (tenant: string, origin: string) => TokenAnswer;
  /** `POST /{tenant}/oauth2/v2.0/token` */
  readonly grant: (tenant: string, origin: string, form: URLSearchParams) => TokenAnswer;
  /** What its holder may do; undefined: the token is not valid. */
  readonly grantOf: (token: string) => { readonly permissions: readonly string[] | undefined } | undefined;
}

const tokenLifeSeconds = 3_599;
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** The audience that a federated identity credential must name. */
const exchangeAudience = 'api://AzureADTokenExchange';

class Refusal extends Error {
  readonly status: number;
  readonly error: string;
  /** The number behind `AADSTS`. */
  readonly code: number;

  constructor(status: number, error: string, code: number, message: string) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.error = error;
    this.code = code;
  }
}

const refusalAnswer = (refusal: Refusal, nowMs: number): TokenAnswer => {
  const trace = randomUUID();
  const correlation = randomUUID();
  const timestamp = new Date(nowMs)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z');
  return {
    status: refusal.status,
    body: {
      error: refusal.error,
      error_description: `AADSTS${refusal.code}: ${refusal.message} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`,
      error_codes: [refusal.code],
      timestamp,
      trace_id: trace,
      correlation_id: correlation,
    },
  };
};

const sameText = (left: string, right: string): boolean => {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
};

const required = (form: URLSearchParams, name: string): string => {
  const value = form.get(name);
  if (value !== null && value !== '') return value;
  throw new Refusal(
    400,
    'invalid_request',
    900_144,
    `The request body must contain the following parameter: '${name}'.`,
  );
};

const claimsOf = (assertion: string): Readonly<Record<string, unknown>> => {
  const [, payload, signature] = assertion.split('.');
  try {
    if (signature === undefined) throw new SyntaxError('not three parts');
    const claims: unknown = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString('utf8'));
    if (typeof claims === 'object' && claims !== null) return { ...claims };
  } catch {
    // Not a JWT; refused below like one that is no object.
  }
  throw new Refusal(401, 'invalid_client', 50_027, 'JWT token is invalid or malformed.');
};

/**
 * A client assertion is accepted by its claims: for the token-exchange audience from any issuer, or for this endpoint
 * from the client itself. The signature is not checked, because a world registers no keys.
 */
const checkAssertion = (assertion: string, clientId: string, tokenUrl: string, nowMs: number): void => {
  const { aud, iss, sub, exp } = claimsOf(assertion);
  if (typeof exp !== 'number' || exp * 1_000 <= nowMs)
    throw new Refusal(401, 'invalid_client', 700_024, 'Client assertion is not within its valid time range.');
  if (aud === exchangeAudience && typeof iss === 'string' && typeof sub === 'string') return;
  if (aud === tokenUrl && iss === clientId && sub === clientId) return;
  throw new Refusal(
    401,
    'invalid_client',
    70_021,
    'No matching federated identity record found for presented assertion.',
  );
};

type Application = SandboxWorld['applications'][number];

/**
 * A JWT where the application's permissions are known, as Graph's tokens are, with nothing that counts in its place of a
 * signature; otherwise opaque.
 */
const newToken = ({ clientId, permissions }: Application, tenantId: string, nowMs: number): string => {
  const secret = randomBytes(48).toString('base64url');
  if (permissions === undefined) return secret;
  const part = (content: object): string => Buffer.from(JSON.stringify(content)).toString('base64url');
  const issuedAt = Math.floor(nowMs / 1_000);
  const claims = {
    aud: 'https://graph.microsoft.com',
    iss: `https://sts.windows.net/${tenantId}/`,
    iat: issuedAt,
    exp: issuedAt + tokenLifeSeconds,
    appid: clientId,
    idtyp: 'app',
    // An application without permissions has no such claim.
    ...(permissions.length === 0 ? {} : { roles: permissions }),
    tid: tenantId,
    ver: '1.0',
  };
  return `${part({ typ: 'JWT', alg: 'RS256' })}.${part(claims)}.${secret}`;
};

export const makeTokenEndpoint = (
  world: Pick<SandboxWorld, 'tenantId' | 'applications'>,
  clock: () => number,
): TokenEndpoint => {
  const issued = new Map<string, { readonly expiresAtMs: number; readonly application: Application }>();

  const checkTenant = (tenant: string): void => {
    if (tenant.toLowerCase() === world.tenantId.toLowerCase()) return;
    throw new Refusal(
      400,
      'invalid_tenant',
      90_002,
      `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`,
    );
  };

  const checkClient = (form: URLSearchParams, tokenUrl: string): Application => {
    const clientId = required(form, 'client_id');
    const application = world.applications.find(
      (candidate) => candidate.clientId.toLowerCase() === clientId.toLowerCase(),
    );
    if (application === undefined)
      throw new Refusal(
        400,
        'unauthorized_client',
        700_016,
        `Application with identifier '${clientId}' was not found in the directory '${world.tenantId}'.`,
      );
    if (form.get('client_assertion_type') === assertionType) {
      checkAssertion(required(form, 'client_assertion'), clientId, tokenUrl, clock());
    } else if (!sameText(required(form, 'client_secret'), application.clientSecret)) {
      throw new Refusal(
        401,
        'invalid_client',
        7_000_215,
        `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`,
      );
    }
    return application;
  };

  const checkGrant = (form: URLSearchParams): void => {
    if (required(form, 'grant_type') !== 'client_credentials')
      throw new Refusal(400, 'unsupported_grant_type', 70_003, 'The sandbox grants client_credentials only.');
    const scope = required(form, 'scope');
    // MSAL may add its usual scopes after the resource's.
    if (!scope.split(' ').some((part) => part.endsWith('/.default')))
      throw new Refusal(
        400,
        'invalid_scope',
        1_002_012,
        `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier.`,
      );
  };

  const issue = (application: Application): TokenAnswer => {
    const nowMs = clock();
    for (const [token, { expiresAtMs }] of issued) if (expiresAtMs <= nowMs) issued.delete(token);
    const token = newToken(application, world.tenantId, nowMs);
    issued.set(token, { expiresAtMs: nowMs + tokenLifeSeconds * 1_000, application });
    const expiresIn = { expires_in: tokenLifeSeconds, ext_expires_in: tokenLifeSeconds };
    return { status: 200, body: { token_type: 'Bearer', ...expiresIn, access_token: token } };
  };

  const answered = (run: () => TokenAnswer): TokenAnswer => {
    try {
      return run();
    } catch (error) {
      if (error instanceof Refusal) return refusalAnswer(error, clock());
      throw error;
    }
  };

  return {
    discover: (tenant, origin) =>
      answered(() => {
        checkTenant(tenant);
        const base = `${origin}/${tenant}`;
        return {
          status: 200,
          body: {
            issuer: `${base}/v2.0`,
            token_endpoint: `${base}/oauth2/v2.0/token`,
            authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
            jwks_uri: `${base}/discovery/v2.0/keys`,
            token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'],
            response_types_supported: ['code'],
            subject_types_supported: ['pairwise'],
            id_token_signing_alg_values_supported: ['RS256'],
          },
        };
      }),
    grant: (tenant, origin, form) =>
      answered(() => {
        checkTenant(tenant);
        checkGrant(form);
        return issue(checkClient(form, `${origin}/${tenant}/oauth2/v2.0/token`));
      }),
    grantOf: (token) => {
      const found = issued.get(token);
      return found === undefined || found.expiresAtMs <= clock()
        ? undefined
        : { permissions: found.application.permissions };
    },
  };
};
