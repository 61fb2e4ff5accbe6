// The body of `POST /$batch`, checked as Graph checks it.

import { badRequest } from './graph-exchange.ts';

export interface BatchItem {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

const maximumItems = 20;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const readItem = (item: unknown): BatchItem => {
  if (!isRecord(item)) throw badRequest('Invalid batch payload format.');
  const { id, method, url, headers = {}, body } = item;
  if (typeof id !== 'string' || id === '') throw badRequest("Every batch request needs an 'id'.");
  if (typeof method !== 'string' || typeof url !== 'string')
    throw badRequest(`The batch request with id '${id}' needs a 'method' and a 'url'.`);
  if (!isRecord(headers)) throw badRequest(`The headers of the batch request with id '${id}' are no object.`);
  const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
  return { id, method: method.toUpperCase(), url, headers: Object.fromEntries(lowerCase), body };
};

/** The inner requests. Throws a 400 for more than twenty, for none, and for ids that differ in case only. */
export const readBatch = (body: unknown): readonly BatchItem[] => {
  const requests = isRecord(body) ? body['requests'] : undefined;
  if (!Array.isArray(requests) || requests.length === 0)
    throw badRequest("Invalid batch payload format: 'requests' must be a list with at least one request.");
  if (requests.length > maximumItems)
    throw badRequest(`Number of batch request steps exceeds the maximum value of ${maximumItems}.`);
  const items = requests.map(readItem);
  const ids = new Set<string>();
  for (const { id } of items) {
    if (ids.has(id.toLowerCase())) throw badRequest(`Request Id '${id}' is duplicated in the batch.`);
    ids.add(id.toLowerCase());
  }
  return items;
};
