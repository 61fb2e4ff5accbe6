// Requests to AWS, as permissions are asked for them: what the cases about IAM documents are made of.

import { type AccessRequest, mayAct } from '../../src/domain/access-evaluator.ts';

export interface Case {
  readonly name: string;
  readonly action: string;
  readonly resource: string;
  /** Of the resource, where it exists. */
  readonly tags?: Readonly<Record<string, string>>;
  /** That the request brings. */
  readonly newTags?: Readonly<Record<string, string>>;
  /** More condition keys. */
  readonly keys?: Readonly<Record<string, string | readonly string[]>>;
}

const asList = (value: string | readonly string[]): readonly string[] =>
  typeof value === 'string' ? [value] : value;

const withPrefix = (prefix: string, tags: Readonly<Record<string, string>> = {}) =>
  Object.entries(tags).map(([key, value]): [string, readonly string[]] => [
    `${prefix}/${key.toLowerCase()}`,
    [value],
  ]);

export const requestOf = ({ action, resource, tags, newTags, keys = {} }: Case): AccessRequest => ({
  action,
  resource,
  atMs: Date.UTC(2026, 10, 23),
  context: new Map<string, readonly string[]>([
    ...withPrefix('aws:resourcetag', tags),
    ...withPrefix('aws:requesttag', newTags),
    ...(newTags === undefined ? [] : [['aws:tagkeys', Object.keys(newTags)] as const]),
    ...Object.entries(keys).map(([key, value]): [string, readonly string[]] => [
      key.toLowerCase(),
      asList(value),
    ]),
  ]),
});

export const isAllowed = (policies: readonly string[], request: AccessRequest, boundary?: string): boolean =>
  mayAct({ policies, boundary }, request).decision === 'allowed';

export const everything = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
});

/** Each different request once. */
export const differentOnes = (requests: readonly AccessRequest[]): readonly AccessRequest[] => {
  const different = new Map<string, AccessRequest>();
  for (const request of requests) {
    const keys = [...request.context].filter(([key]) => !/^aws:(tokenissuetime|userid)$/.test(key));
    different.set(JSON.stringify([request.action, request.resource, keys]), request);
  }
  return [...different.values()];
};
