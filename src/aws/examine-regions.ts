// What doctor asks in the regions of one account: whether AWS answers there, and every read of ECS and the Session Manager.

import { DescribeTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { ServicePlace } from '../domain/ecs.ts';
import type { Trial } from '../domain/examination.ts';
import type { Account } from '../domain/policy.ts';
import { present, type Reading, unreadable } from '../domain/reading.ts';
import { classifyError } from './classify-error.ts';
import { stsClient } from './clients.ts';
import type { EcsRegion, EcsRegionOptions } from './ecs-region.ts';
import { ecsReads } from './ecs-reads.ts';
import { openSsmRegion } from './shells/ssm-region.ts';
import { attempt } from './trial.ts';

/** GetCallerIdentity takes no permission. */
export const regionAnswers = async (
  region: string,
  { settings, credentials }: EcsRegionOptions,
  signal: AbortSignal,
): Promise<Reading<true>> => {
  try {
    const sts = stsClient(settings, region, credentials);
    await sts.send(new GetCallerIdentityCommand({}), { abortSignal: signal });
    return present(true);
  } catch (error) {
    signal.throwIfAborted();
    return unreadable(
      classifyError(error, { action: 'sts:GetCallerIdentity', resource: `region ${region}` }),
    );
  }
};

/** No task and no family has it. */
const nobodysTask = '0'.repeat(32);
const nobodysFamily = 'rolewarden-doctor';

/** In a cluster that is wanted; one that is not there is an answer too. */
export const ecsTrials = (
  opened: EcsRegion,
  { region, cluster, service }: ServicePlace,
  signal: AbortSignal,
): readonly Promise<Trial>[] => {
  const reads = ecsReads(opened);
  const resource = `cluster ${region}/${cluster}`;
  const ask = (action: string, send: () => Promise<unknown>): Promise<Trial> =>
    attempt({ action, resource, region, send }, signal);
  return [
    ask('ecs:DescribeClusters', () => reads.clusters([cluster], signal)),
    ask('ecs:DescribeServices', () => reads.services(cluster, [service], signal)),
    ask('ecs:ListTasks', () => reads.taskArns(cluster, undefined, signal)),
    ask('ecs:DescribeTasks', () => reads.tasks(cluster, [nobodysTask], signal)),
    ask('ecs:DescribeTaskDefinition', () =>
      opened.calls.call({ action: 'ecs:DescribeTaskDefinition', resource }, signal, (client, options) =>
        client.send(new DescribeTaskDefinitionCommand({ taskDefinition: nobodysFamily }), options),
      ),
    ),
  ];
};

export const ssmTrial = async (
  region: string,
  options: EcsRegionOptions,
  signal: AbortSignal,
): Promise<Trial> => {
  const opened = await openSsmRegion(region, options);
  const action = 'ssm:DescribeSessions';
  const resource = `sessions of ${region}`;
  const command = new opened.sdk.DescribeSessionsCommand({ State: 'Active', MaxResults: 1 });
  const send = (): Promise<unknown> =>
    opened.calls.call({ action, resource }, signal, (client, sending) => client.send(command, sending));
  return attempt({ action, resource, region, send }, signal);
};

/** One service of each region, whose cluster is asked about; regions that are not the account's are no business of it. */
export const firstInRegions = (
  services: readonly ServicePlace[],
  { regions }: Account,
): readonly ServicePlace[] =>
  regions.flatMap((region) => services.find((place) => place.region === region) ?? []);
