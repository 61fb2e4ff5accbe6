// Misbehaviour on demand: faults, stale reads and latency, of all services.

import type { AwsCloud } from '../aws/aws-cloud.ts';
import type { EntraCloud } from '../entra/entra-cloud.ts';
import type { Fault } from '../world.ts';
import { type ControlRoute, notFound, objectSchema, textSchema } from './route.ts';

const count = { type: 'integer', minimum: 0 };
/** Longer than a day is a mistake in units. */
const milliseconds = { type: 'number', minimum: 0, maximum: 86_400_000 };

const effect = (
  kind: string,
  properties: Readonly<Record<string, unknown>> = {},
  required: readonly string[] = [],
) => objectSchema({ kind: { const: kind }, ...properties }, ['kind', ...required]);

const effectSchema = {
  type: 'object',
  discriminator: { propertyName: 'kind' },
  oneOf: [
    effect(
      'error',
      {
        status: { type: 'integer', minimum: 400, maximum: 599 },
        code: textSchema,
        message: { type: 'string' },
        retryAfterSeconds: { type: 'number', minimum: 0 },
      },
      ['status', 'code'],
    ),
    effect('delay', { ms: milliseconds }, ['ms']),
    ...[
      'hang',
      'dropConnection',
      'truncateBody',
      'noValue',
      'emptyPage',
      'loopingNextLink',
      'nullProperties',
      'applyThenDrop',
    ].map((kind) => effect(kind)),
  ],
};

const faultSchema = objectSchema(
  {
    service: { enum: ['iam', 'sts', 'ecs', 'ssm', 'dynamodb', 'graph', 'token'] },
    operation: textSchema,
    accountId: { type: 'string', pattern: '^\\d{12}$' },
    resource: textSchema,
    times: { type: 'integer', minimum: 1 },
    skip: count,
    effect: effectSchema,
  },
  ['service', 'operation', 'effect'],
);

const exampleFault: Fault = {
  service: 'graph',
  operation: 'listMembers',
  times: 3,
  effect: { kind: 'error', status: 429, code: 'TooManyRequests', retryAfterSeconds: 2 },
};

const scriptedFaultRoutes = (aws: AwsCloud, entra: EntraCloud): readonly ControlRoute[] => {
  const scripted = new Map<string, { readonly fault: Fault; readonly remove: () => void }>();
  let lastId = 0;
  return [
    {
      method: 'GET',
      path: '/faults',
      does: 'lists the scripted faults, used up or not',
      example: { path: '/faults' },
      run: () => [...scripted].map(([id, { fault }]) => ({ id, ...fault })),
    },
    {
      method: 'POST',
      path: '/faults',
      does: 'scripts a fault into one service; without times it stays until cleared',
      example: { path: '/faults', body: exampleFault },
      schema: faultSchema,
      run: ({ body }) => {
        const fault = body as Fault;
        const cloud = fault.service === 'graph' || fault.service === 'token' ? entra : aws;
        const id = String((lastId += 1));
        scripted.set(id, { fault, remove: cloud.addFault(fault) });
        return { id, ...fault };
      },
    },
    {
      method: 'DELETE',
      path: '/faults/:id',
      does: 'takes one fault back',
      example: { path: '/faults/1' },
      run: ({ parameter }) => {
        const entry = scripted.get(parameter('id'));
        if (entry === undefined)
          throw notFound(`there is no fault '${parameter('id')}'; GET /faults lists them`);
        entry.remove();
        scripted.delete(parameter('id'));
      },
    },
    {
      method: 'DELETE',
      path: '/faults',
      does: 'clears the faults of all services',
      example: { path: '/faults' },
      run: () => {
        scripted.clear();
        aws.clearFaults();
        entra.clearFaults();
      },
    },
  ];
};

type Slowness = { readonly ms: number; readonly cloud?: 'aws' | 'entra' };

const slownessSchema = objectSchema({ ms: milliseconds, cloud: { enum: ['aws', 'entra'] } }, ['ms']);

/** Applies to both clouds, or to the one that is named. */
const slownessRoute = (
  path: string,
  does: string,
  apply: Readonly<Record<'aws' | 'entra', (ms: number) => void>>,
): ControlRoute => ({
  method: 'PUT',
  path,
  does: `${does}; both clouds unless one is named, 0 ends it`,
  example: { path, body: { ms: 5_000, cloud: 'aws' } },
  schema: slownessSchema,
  run: ({ body }) => {
    const { ms, cloud } = body as Slowness;
    for (const name of ['aws', 'entra'] as const) if (cloud === undefined || cloud === name) apply[name](ms);
  },
});

export const faultRoutes = (aws: AwsCloud, entra: EntraCloud): readonly ControlRoute[] => [
  ...scriptedFaultRoutes(aws, entra),
  slownessRoute('/stale-reads', 'makes reads miss writes younger than this', {
    aws: (ms) => aws.setStaleReads(ms),
    entra: entra.setStaleReads,
  }),
  slownessRoute('/latency', 'makes every answer take this much longer', {
    aws: (ms) => aws.setLatency(ms),
    entra: entra.setLatency,
  }),
];
