// How Graph words its answers: headers, error bodies and the cost in resource units.

import { randomUUID } from 'node:crypto';
import type { GraphFailure, GraphRequest, GraphResponse } from './graph-exchange.ts';

const jsonType =
  'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8';

/** Base costs of the operations that cost more than one unit. [Graph throttling limits, identity and access] */
const baseUnits: Readonly<Record<string, number>> = {
  listMembers: 3,
  listTransitiveMembers: 5,
  listUsers: 2,
  getByIds: 5,
};

/** What a request costs: `$select` makes it one cheaper (getByIds: three), a `$top` under 20 too; never less than one. */
export const resourceUnits = (operation: string, query: GraphRequest['query']): number => {
  const selectSaves = operation === 'getByIds' ? 3 : 1;
  const top = Number(query.get('$top') ?? '100');
  const saved = (query.has('$select') ? selectSaves : 0) + (top < 20 ? 1 : 0);
  return Math.max(1, (baseUnits[operation] ?? 1) - saved);
};

/** The headers that every answer carries; ids are fresh, the client's own id comes back. */
export const commonHeaders = (
  request: Pick<GraphRequest, 'headers'>,
  body: unknown,
): Record<string, string> => ({
  'Content-Type': typeof body === 'string' ? 'text/plain' : jsonType,
  'Cache-Control': 'no-cache',
  'OData-Version': '4.0',
  'request-id': randomUUID(),
  'client-request-id': request.headers['client-request-id'] ?? randomUUID(),
});

/** An error in Graph's envelope. Throttling has one of its own, with the status repeated inside. */
export const errorResponse = (
  failure: Pick<GraphFailure, 'status' | 'code' | 'message' | 'headers'>,
  request: Pick<GraphRequest, 'headers'>,
  nowMs: number,
): GraphResponse => {
  const headers = { ...commonHeaders(request, {}), ...failure.headers };
  const date = new Date(nowMs).toISOString().slice(0, 19);
  const ids = {
    date,
    'request-id': headers['request-id'],
    'client-request-id': headers['client-request-id'],
  };
  const throttled =
    failure.status === 429 ? { code: '429', message: 'Please retry after', status: '429' } : undefined;
  const error = {
    code: failure.code,
    message: failure.message,
    innerError: { ...throttled, ...ids },
  };
  return { status: failure.status, headers, body: { error } };
};
