// The embedded cloud in a process of its own, so that its time and memory are not those of what is measured.

import { largeWorldIds } from '../../src/sandbox/large-world.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { answerPeer } from './messages.ts';
import { type LookAtLeavers, isIamWrite, lookAtLeavers } from './leavers.ts';
import { type Size, leaver, newcomer, rolesInSync, sceneOf, writeLimit } from './scene.ts';

/** HTTP requests since the last count; a `$batch` is one. */
export interface Requests {
  readonly aws: number;
  readonly awsWrites: number;
  readonly graph: number;
  /** Sign-in: discovery and token. */
  readonly token: number;
}

export type CloudQuestion =
  | { readonly kind: 'start'; readonly size: Size }
  | { readonly kind: 'takeRequests' }
  | { readonly kind: 'addNewcomer'; readonly group: number }
  /** IAM throttles from now on, and every answer of AWS takes as long as over a network. */
  | { readonly kind: 'slowDown'; readonly latencyMs: number }
  | { readonly kind: 'disable'; readonly people: number }
  /** What became of them, and by which writes since the requests were last taken. */
  | { readonly kind: 'lookAtLeavers'; readonly people: number };

export interface CloudAnswers {
  start: Readonly<Record<string, string>>;
  takeRequests: Requests;
  /** When it was done, milliseconds since the epoch. */
  addNewcomer: number;
  slowDown: undefined;
  disable: undefined;
  lookAtLeavers: LookAtLeavers;
}

let sandbox: Sandbox | undefined;

const running = (): Sandbox => {
  if (sandbox === undefined) throw new Error('the cloud was not started');
  return sandbox;
};

const start = async (size: Size): Promise<CloudAnswers['start']> => {
  const scene = sceneOf(size);
  const cloud = await startSandbox({ world: scene.world });
  for (const role of size.isFirstDay === true ? [] : rolesInSync(scene))
    cloud.aws.seedRole(scene.account.accountId, role);
  sandbox = cloud;
  return cloud.environment;
};

const takeRequests = (): Requests => {
  const { aws, entra } = running();
  const iam = aws.requests.list();
  const other = entra.requests.list().filter((request) => request.inBatch !== true);
  aws.requests.clear();
  entra.requests.clear();
  return {
    aws: iam.length,
    awsWrites: iam.filter(isIamWrite).length,
    graph: other.filter(({ service }) => service === 'graph').length,
    token: other.filter(({ service }) => service === 'token').length,
  };
};

const leaversOf = (people: number): readonly string[] =>
  Array.from({ length: people }, (_, number) => leaver(number));

const answer = async (question: CloudQuestion): Promise<unknown> => {
  switch (question.kind) {
    case 'start':
      return await start(question.size);
    case 'takeRequests':
      return takeRequests();
    case 'addNewcomer':
      running().entra.addMember(largeWorldIds.group(question.group), newcomer);
      return Date.now();
    case 'slowDown':
      running().aws.setWriteLimit(writeLimit);
      running().aws.setLatency(question.latencyMs);
      return undefined;
    case 'disable':
      for (const id of leaversOf(question.people)) running().entra.updateUser(id, { accountEnabled: false });
      return undefined;
    case 'lookAtLeavers': {
      const { aws } = running();
      return lookAtLeavers(
        aws.roles(largeWorldIds.account(0)),
        aws.requests.list(),
        leaversOf(question.people),
      );
    }
  }
};

answerPeer(answer, async () => await sandbox?.stop());
