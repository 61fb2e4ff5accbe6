// One Graph request in, one answer out: authorization, `$batch`, routing, scripted faults, cost, and the list of requests.

import type { FaultEffect, ServedRequest } from '../world.ts';
import { commonHeaders, errorResponse, resourceUnits } from './graph-answer.ts';
import { readBatch } from './batch.ts';
import { checkPermission, type Granted, limited } from './graph-permissions.ts';
import type { GraphContext } from './graph-context.ts';
import { GraphFailure, type GraphRequest, type GraphResponse, parseGraphUrl } from './graph-exchange.ts';
import { routeOf } from './routes.ts';
import {
  goodTransport,
  type ScriptedFaults,
  scriptedError,
  spoil,
  type Transport,
  transportOf,
  worstTransport,
} from './scripted-faults.ts';

export interface GraphService {
  /** `url` is relative to `/v1.0`. */
  readonly serve: (request: RawGraphRequest) => GraphOutcome;
}

export interface RawGraphRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly baseUrl: string;
}

export interface GraphOutcome {
  readonly response: GraphResponse;
  readonly transport: Transport;
}

export interface GraphServiceParts {
  readonly context: GraphContext;
  readonly faults: ScriptedFaults;
  readonly record: (request: ServedRequest) => void;
  /** undefined: the token is not valid. */
  readonly grantOf: (token: string) => { readonly permissions: Granted } | undefined;
}

const parse = (raw: RawGraphRequest, inBatch: boolean): GraphRequest => {
  const { method, headers, body, baseUrl } = raw;
  try {
    return { method, headers, body, baseUrl, inBatch, ...parseGraphUrl(raw.url) };
  } catch {
    // decodeURIComponent on a broken escape: the caller's mistake.
    throw new GraphFailure(400, 'BadRequest', `The URL '${raw.url}' is not properly percent-encoded.`);
  }
};

const bareRequest = (raw: RawGraphRequest): GraphRequest => ({
  method: raw.method,
  segments: [],
  query: new Map(),
  headers: raw.headers,
  body: undefined,
  baseUrl: raw.baseUrl,
  inBatch: false,
});

const well = (response: GraphResponse): GraphOutcome => ({ response, transport: goodTransport });

/** Turns what an operation throws into its answer. Anything but a `GraphFailure` is a defect of the sandbox: 500. */
const answered = (request: GraphRequest, nowMs: number, run: () => GraphOutcome): GraphOutcome => {
  try {
    return run();
  } catch (error) {
    const failure =
      error instanceof GraphFailure
        ? error
        : new GraphFailure(
            500,
            'InternalServerError',
            error instanceof Error ? error.message : String(error),
          );
    return well(errorResponse(failure, request, nowMs));
  }
};

export const makeGraphService = ({ context, faults, record, grantOf }: GraphServiceParts): GraphService => {
  const authorize = (headers: Readonly<Record<string, string>>): Granted => {
    const token = /^Bearer (.+)$/i.exec(headers['authorization'] ?? '')?.[1];
    const grant = token === undefined ? undefined : grantOf(token);
    if (grant !== undefined) return grant.permissions;
    const message =
      token === undefined
        ? 'Access token is empty.'
        : 'Access token validation failure. The token is expired or was not issued here.';
    throw new GraphFailure(401, 'InvalidAuthenticationToken', message);
  };

  /** Runs `work` unless a fault answers in its place; records the request either way. */
  const guarded = (
    request: GraphRequest,
    call: { readonly name: string; readonly resource: string | undefined },
    work: () => GraphOutcome,
  ): GraphOutcome => {
    const { name: operation, resource } = call;
    const effects: readonly FaultEffect[] = faults.meet({ service: 'graph', operation, resource });
    const nowMs = context.clock();
    const error = scriptedError(effects, request, nowMs);
    const worked = error === undefined ? answered(request, nowMs, work) : well(error);
    const response = spoil(worked.response, effects, request);
    const transport = worstTransport([transportOf(effects), worked.transport]);
    record({
      service: 'graph',
      operation,
      status: transport.fate === 'hang' || transport.fate === 'dropConnection' ? 0 : response.status,
      atMs: nowMs,
      ...(resource === undefined ? {} : { resource }),
      ...(request.inBatch ? { inBatch: true } : {}),
    });
    return { response, transport };
  };

  const serveOne = (request: GraphRequest, granted: Granted): GraphOutcome => {
    const call = routeOf(request);
    return guarded(request, call, () => {
      checkPermission(call.firstPageName, granted);
      const body = call.run(request, context, call.parameters);
      const units = resourceUnits(call.firstPageName, request.query);
      const headers = { ...commonHeaders(request, body), 'x-ms-resource-unit': String(units) };
      return well(limited(call.firstPageName, { status: 200, headers, body }, granted));
    });
  };

  /** Never throws: a request that cannot even be routed is recorded as `unknown`. */
  const serveParsed = (raw: RawGraphRequest, inBatch: boolean, granted: Granted): GraphOutcome => {
    let request = { ...bareRequest(raw), inBatch };
    try {
      request = parse(raw, inBatch);
      return serveOne(request, granted);
    } catch (error) {
      return guarded(request, { name: 'unknown', resource: undefined }, () => {
        throw error;
      });
    }
  };

  const serveBatch = (raw: RawGraphRequest, granted: Granted): GraphOutcome => {
    const request = bareRequest(raw);
    return guarded(request, { name: 'batch', resource: undefined }, () => {
      const inner = readBatch(raw.body).map(({ id, ...item }) => {
        const outcome = serveParsed({ ...item, baseUrl: raw.baseUrl }, true, granted);
        return { id, ...outcome };
      });
      // Graph answers in any order; the reverse is the one that a careless reader never gets away with.
      const responses = inner.map(({ id, response }) => ({ id, ...response })).toReversed();
      return {
        response: { status: 200, headers: commonHeaders(request, {}), body: { responses } },
        transport: worstTransport(inner.map(({ transport }) => transport)),
      };
    });
  };

  return {
    serve: (raw) => {
      let granted: Granted;
      try {
        granted = authorize(raw.headers);
      } catch (error) {
        record({ service: 'graph', operation: 'unauthorized', status: 401, atMs: context.clock() });
        return answered(bareRequest(raw), context.clock(), () => {
          throw error;
        });
      }
      return raw.method === 'POST' && raw.url === '/$batch'
        ? serveBatch(raw, granted)
        : serveParsed(raw, false, granted);
    },
  };
};
