// Pages as IAM cuts them: a marker names the last thing shown, so things made or removed meanwhile shift nothing.

import { optionalInteger, optionalText, type Params } from '../query-protocol.ts';
import { validationError } from '../service-error.ts';
import { textElement } from '../xml.ts';

export interface PageRequest {
  readonly maxItems: number;
  /** Key of the last thing of the page before; empty for the first page. */
  readonly after: string;
}

const markerPrefix = 'after:';

/** `most`: how many the page holds at most, whatever is asked for. */
export const pageRequest = (params: Params, most = 1_000): PageRequest => {
  const maxItems = Math.min(most, optionalInteger(params, 'MaxItems', { min: 1, max: 1_000 }) ?? 100);
  const marker = optionalText(params, 'Marker', { pattern: /^[\u0020-\u00FF]+$/ });
  if (marker === undefined) return { maxItems, after: '' };
  const text = Buffer.from(marker, 'base64url').toString('utf8');
  if (!text.startsWith(markerPrefix)) throw validationError(`Invalid Marker: ${marker}`);
  return { maxItems, after: text.slice(markerPrefix.length) };
};

export interface Page<T> {
  readonly items: readonly T[];
  /** `IsTruncated`, and the `Marker` of the next page if there is one. */
  readonly tail: string;
}

/** Takes one page from things that already begin after the marker; looks one further to know whether it is the last. */
export const cutPage = <T>(
  things: Iterable<T>,
  request: PageRequest,
  keyOf: (thing: T) => string,
): Page<T> => {
  const items: T[] = [];
  for (const thing of things) {
    const last = items.at(-1);
    if (items.length === request.maxItems && last !== undefined) {
      const marker = Buffer.from(markerPrefix + keyOf(last)).toString('base64url');
      return { items, tail: textElement('IsTruncated', true) + textElement('Marker', marker) };
    }
    items.push(thing);
  }
  return { items, tail: textElement('IsTruncated', false) };
};

/** A page of a short list that is sorted by its keys here. */
export const pageOfList = <T>(things: readonly T[], params: Params, keyOf: (thing: T) => string): Page<T> => {
  const request = pageRequest(params);
  const sorted = things
    .filter((thing) => keyOf(thing) > request.after)
    .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return cutPage(sorted, request, keyOf);
};
