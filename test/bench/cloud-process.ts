// The embedded cloud in a process of its own, so that its time and memory are not those of what is measured.

import { largeWorldIds } from '../../src/sandbox/large-world.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import type { ServedRequest } from '../../src/sandbox/world.ts';
import { answerPeer } from './messages.ts';
import { type Size, newcomer, rolesInSync, sceneOf } from './scene.ts';

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
  | { readonly kind: 'addNewcomer'; readonly group: number };

export interface CloudAnswers {
  start: Readonly<Record<string, string>>;
  takeRequests: Requests;
  /** When it was done, milliseconds since the epoch. */
  addNewcomer: number;
}

let sandbox: Sandbox | undefined;

const running = (): Sandbox => {
  if (sandbox === undefined) throw new Error('the cloud was not started');
  return sandbox;
};

const start = async (size: Size): Promise<CloudAnswers['start']> => {
  const scene = sceneOf(size);
  const cloud = await startSandbox({ world: scene.world });
  for (const role of rolesInSync(scene)) cloud.aws.seedRole(scene.account.accountId, role);
  sandbox = cloud;
  return cloud.environment;
};

const isWrite = ({ operation }: ServedRequest): boolean => !/^(?:Get|List)/.test(operation);

const takeRequests = (): Requests => {
  const { aws, entra } = running();
  const iam = aws.requests.list();
  const other = entra.requests.list().filter((request) => request.inBatch !== true);
  aws.requests.clear();
  entra.requests.clear();
  return {
    aws: iam.length,
    awsWrites: iam.filter((request) => request.service === 'iam' && isWrite(request)).length,
    graph: other.filter(({ service }) => service === 'graph').length,
    token: other.filter(({ service }) => service === 'token').length,
  };
};

const answer = async (question: CloudQuestion): Promise<unknown> => {
  switch (question.kind) {
    case 'start':
      return await start(question.size);
    case 'takeRequests':
      return takeRequests();
    case 'addNewcomer':
      running().entra.addMember(largeWorldIds.group(question.group), newcomer);
      return Date.now();
  }
};

answerPeer(answer, async () => await sandbox?.stop());
