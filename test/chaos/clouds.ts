// Entra and AWS of one schedule: the sandbox, asked request by request, and its time, which may differ from the
// controller's.

import { type AwsCloud, startAwsCloud } from '../../src/sandbox/aws/aws-cloud.ts';
import { type UnservedEntra, makeEntra } from '../../src/sandbox/entra/entra-cloud.ts';
import { world } from './scene.ts';

export interface Clouds {
  readonly aws: AwsCloud;
  readonly entra: UnservedEntra;
  /** The time in them, milliseconds since the epoch. */
  readonly now: () => number;
  stop(): Promise<void>;
}

/** Small pages, so that every list is a chain of them. */
const peopleOnPage = 2;
const rolesOnPage = 2;

export const openClouds = async (now: () => number): Promise<Clouds> => {
  const aws = await startAwsCloud({ accounts: world.accounts, clock: now });
  const entra = makeEntra(world, now);
  aws.setPageSize(rolesOnPage);
  entra.setPageSize(peopleOnPage);
  return { aws, entra, now, stop: () => aws.stop() };
};
