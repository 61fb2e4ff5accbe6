// The embedded cloud of many accounts, in a process of its own. Every role is as the policies on disk want it.

import { join } from 'node:path';
import { resolveDesired } from '../../src/desired/resolve-desired.ts';
import { nothingInEcs } from '../../src/domain/ecs.ts';
import { collectFiles } from '../../src/policy/collect-files.ts';
import { loadPolicies } from '../../src/policy/load-policies.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import * as build from '../builders.ts';
import { type FleetSize, fleetInstance, fleetWorld } from './fleet.ts';
import { isIamWrite } from './leavers.ts';
import { answerPeer } from './messages.ts';
import { seedOf, snapshotOf } from './scene.ts';

export interface FleetRequests {
  readonly aws: number;
  readonly awsWrites: number;
  /** A `$batch` is one. */
  readonly graph: number;
}

export type FleetCloudQuestion =
  | { readonly kind: 'start'; readonly size: FleetSize; readonly folder: string }
  /** Since the last time. */
  | { readonly kind: 'takeRequests' };

export interface FleetCloudAnswers {
  start: Readonly<Record<string, string>>;
  takeRequests: FleetRequests;
}

let sandbox: Sandbox | undefined;

const running = (): Sandbox => {
  if (sandbox === undefined) throw new Error('the cloud was not started');
  return sandbox;
};

const start = async (size: FleetSize, folder: string): Promise<FleetCloudAnswers['start']> => {
  const world = fleetWorld(size);
  const cloud = await startSandbox({ world });
  const { files } = await collectFiles([join(folder, 'policies')]);
  const policies = loadPolicies(files);
  const [problem] = policies.problems;
  if (problem !== undefined) throw new Error(`${problem.file}:${problem.line}: ${problem.message}`);
  const snapshot = snapshotOf(world);
  for (const account of policies.accounts) {
    const desired = resolveDesired(
      policies,
      account,
      { ...build.controllerConfig(), instance: fleetInstance },
      snapshot,
      nothingInEcs,
      Date.now(),
    );
    for (const role of desired.roles) cloud.aws.seedRole(account.accountId, seedOf(role));
  }
  sandbox = cloud;
  return cloud.environment;
};

const takeRequests = (): FleetRequests => {
  const { aws, entra } = running();
  const [ofAws, ofEntra] = [aws.requests.list(), entra.requests.list()];
  aws.requests.clear();
  entra.requests.clear();
  return {
    aws: ofAws.length,
    awsWrites: ofAws.filter(isIamWrite).length,
    graph: ofEntra.filter(({ service, inBatch }) => service === 'graph' && inBatch !== true).length,
  };
};

answerPeer(
  async (question: FleetCloudQuestion) => {
    switch (question.kind) {
      case 'start':
        return await start(question.size, question.folder);
      case 'takeRequests':
        return takeRequests();
    }
  },
  async () => await sandbox?.stop(),
);
