// Policy documents of experiments.

import { renderDenies, noDenies, denyForMs } from '../../../src/domain/denies.ts';
import type { JsonObject } from '../../../src/domain/statement.ts';
import type { AwsSide } from './aws-side.ts';

export const documentOf = (...statements: readonly JsonObject[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });

export const allow = (
  action: string | readonly string[],
  resource: string | readonly string[],
  condition?: JsonObject,
): JsonObject => ({
  Effect: 'Allow',
  Action: action,
  Resource: resource,
  ...(condition === undefined ? {} : { Condition: condition }),
});

/** Admits whoever may assume roles in this account: us. */
export const trustUs = ({ partition, accountId }: AwsSide): string =>
  documentOf({
    Effect: 'Allow',
    Principal: { AWS: `arn:${partition}:iam::${accountId}:root` },
    Action: 'sts:AssumeRole',
  });

/** Where SAML sign-ins of the partition go, which becomes `saml:aud`. [aws.md §1.5] */
export const samlAudience = (partition: string): string => {
  if (partition === 'aws-cn') return 'https://signin.amazonaws.cn/saml';
  if (partition === 'aws-us-gov') return 'https://signin.amazonaws-us-gov.com/saml';
  return 'https://signin.aws.amazon.com/saml';
};

/** What the controller writes when somebody was removed: she is denied everything. */
export const denyOf = (nameId: string, nowMs: number): string =>
  renderDenies(
    {
      ...noDenies,
      outs: new Map([
        [nameId, { untilMs: nowMs + denyForMs, issuedBeforeMs: undefined, how: 'removed', sinceMs: nowMs }],
      ]),
    },
    false,
  ) ?? '';
