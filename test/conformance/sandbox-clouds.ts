// Both clouds on loopback, and a run of conformance against them with a clock that waiting moves. Nothing else is ever asked.

import tls from 'node:tls';
import {
  ListOpenIDConnectProvidersCommand,
  ListPoliciesCommand,
  ListSAMLProvidersCommand,
} from '@aws-sdk/client-iam';
import { ListClustersCommand } from '@aws-sdk/client-ecs';
import { ClientSecretCredential } from '@azure/identity';
import { type AwsCloud, startAwsCloud } from '../../src/sandbox/aws/aws-cloud.ts';
import { type ManualClock, manualClock } from '../aws/manual-clock.ts';
import { contoso, ids, uuid } from '../entra/contoso.ts';
import { openAws } from './aws/aws-side.ts';
import { credentialOptions, openEntra } from './entra/entra-side.ts';
import { textOf } from './entra/json.ts';
import type { Channel, Context, Experiment } from './experiment.ts';
import { type GraphStandIn, startGraphStandIn } from './graph-stand-in.ts';
import { type Result, runExperiments } from './run-experiments.ts';
import type { Undo } from './undo.ts';

export const accountId = '111122223333';
export const region = 'eu-west-1';
export const keys = { accessKeyId: `AKIA${accountId}`, secretAccessKey: `secret-of-${accountId}` };
export const clientSecret = 'secret-of-the-sandbox';
export const prefix = 'rolewarden-conformance-0a1b2c3d';

export interface Clouds {
  readonly aws: AwsCloud;
  readonly graph: GraphStandIn;
  readonly clock: ManualClock;
  /** Everything that is there, by name. */
  readonly things: () => Promise<readonly string[]>;
  readonly run: (experiment: Experiment, more?: Partial<RunOptions>) => Promise<Result>;
  readonly stop: () => Promise<void>;
}

export interface RunOptions {
  readonly interruption: AbortController;
  readonly context: Partial<Context>;
}

export const world = {
  ...contoso,
  tenantId: ids.tenant,
  applications: [{ clientId: ids.client, clientSecret }],
  accounts: [],
  servicePrincipals: [
    { id: ids.principal, appId: ids.client, displayName: 'conformance', accountEnabled: true },
    ...Array.from({ length: 400 }, (_, n) => ({
      id: uuid('9', n),
      appId: uuid('8', n),
      displayName: `spare ${n}`,
      accountEnabled: true,
    })),
  ],
};

const loopback = (url: string): string => {
  if (!['127.0.0.1', 'localhost'].includes(new URL(url).hostname))
    throw new Error(`${url} is not on loopback`);
  return url;
};

/** Is open as long as the sandbox's session is. */
const channelOf = (aws: AwsCloud, streamUrl: string): Channel => {
  const id = /data-channel\/([^?]+)/.exec(streamUrl)?.[1];
  return {
    isOpen: () => aws.shells.list({ accountId, region }).some((shell) => shell.id === id),
    close: () => undefined,
  };
};

export const startClouds = async (): Promise<Clouds> => {
  const clock = manualClock(Date.now());
  const aws = await startAwsCloud({
    clock: () => clock.now(),
    accounts: [
      { accountId, ...keys, samlProviders: [], oidcProviders: [], managedPolicies: {}, spokeRoles: [] },
    ],
  });
  const graph = await startGraphStandIn({
    world,
    clock: () => clock.now(),
    issue: (claims) => aws.issueWebIdentityToken(claims as Parameters<AwsCloud['issueWebIdentityToken']>[0]),
  });
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), graph.caCertificatePem]);
  let runs = 0;
  const forever = new AbortController().signal;
  const sleep = (ms: number): Promise<void> => clock.sleep(ms, forever);

  const sides = (signal: AbortSignal) => {
    const url = loopback(graph.url);
    const waits = { signal, sleep, maxAttempts: 1 };
    return {
      aws: openAws({
        accountId,
        partition: 'aws',
        region,
        credentials: keys,
        endpoint: loopback(aws.url),
        ...waits,
      }),
      entra: openEntra({
        tenantId: ids.tenant,
        clientId: ids.client,
        credential: new ClientSecretCredential(ids.tenant, ids.client, clientSecret, credentialOptions(url)),
        authority: url,
        graphEndpoint: url,
        ...waits,
      }),
    };
  };

  const contextFor = (undo: Undo, prefix: string, { interruption, context }: RunOptions): Context => {
    const { signal } = interruption;
    return {
      ...sides(signal),
      prefix,
      undo,
      patience: { now: () => clock.now(), sleep: (ms) => clock.sleep(ms, signal) },
      askHuman: async () => {
        signal.throwIfAborted();
        return undefined;
      },
      openChannel: async (streamUrl) => channelOf(aws, streamUrl),
      subnet: 'subnet-0a1b2c3d',
      deltaLink: undefined,
      ...context,
    };
  };

  return {
    aws,
    graph,
    clock,
    things: async () => {
      const { iam, ecs } = sides(forever).aws;
      const saml = await iam.send(new ListSAMLProvidersCommand({}));
      const oidc = await iam.send(new ListOpenIDConnectProvidersCommand({}));
      const policies = await iam.send(new ListPoliciesCommand({ Scope: 'Local' }));
      const clusters = await ecs.send(new ListClustersCommand({}));
      const place = { accountId, region };
      const definitions = aws.ecs.taskDefinitions(place);
      return [
        ...aws.roles(accountId).map(({ name }) => `role ${name}`),
        ...(saml.SAMLProviderList ?? []).map(({ Arn }) => `SAML provider ${Arn}`),
        ...(oidc.OpenIDConnectProviderList ?? []).map(({ Arn }) => `OIDC provider ${Arn}`),
        ...(policies.Policies ?? []).map(({ Arn }) => `policy ${Arn}`),
        ...(clusters.clusterArns ?? []).map((arn) => `cluster ${arn}`),
        ...definitions
          .filter((one) => one['status'] !== 'DELETE_IN_PROGRESS')
          .map((one) => `task definition ${textOf(one, 'taskDefinitionArn')}`),
        ...graph.things(),
      ].toSorted();
    },
    run: async (experiment, { interruption = new AbortController(), context = {} } = {}) => {
      const [result] = await runExperiments([experiment], {
        missing: () => undefined,
        contextFor: (undo, own) => contextFor(undo, own, { interruption, context }),
        prefix: `${prefix}-${(runs += 1)}`,
        sleep,
        signal: interruption.signal,
        began: () => undefined,
        ended: () => undefined,
      });
      if (result === undefined) throw new Error('nothing was run');
      return result;
    },
    stop: async () => {
      await Promise.all([aws.stop(), graph.stop()]);
    },
  };
};
