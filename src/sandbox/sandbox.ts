// The embedded cloud, assembled: Entra, AWS and the control API over one world.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSigningCertificate } from './certificate.ts';
import { type AwsCloud, startAwsCloud } from './aws/aws-cloud.ts';
import { startControl } from './control.ts';
import { type PeopleDoors, peopleDoors } from './enter.ts';
import { type EntraCloud, startEntraCloud } from './entra/entra-cloud.ts';
import { seedServices } from './seed-services.ts';
import type { SandboxWorld } from './world.ts';

export interface Sandbox extends PeopleDoors {
  readonly aws: AwsCloud;
  readonly entra: EntraCloud;
  readonly controlUrl: string;
  /** What a process must have in its environment to use this cloud with any AWS or Graph client, curl and Python included. */
  readonly environment: Readonly<Record<string, string>>;
  /** Waits until every port is free and the temporary folder is gone. */
  readonly stop: () => Promise<void>;
}

export interface SandboxOptions {
  readonly world: SandboxWorld;
  readonly clock?: () => number;
  /** 0 or absent: any free port. */
  readonly ports?: { readonly aws?: number; readonly entra?: number; readonly control?: number };
}

/** Undoes, in reverse order, whatever was started; every step runs even if an earlier one fails. */
const makeStops = () => {
  const stops: (() => Promise<void>)[] = [];
  return {
    add: (stop: () => Promise<void>): void => void stops.push(stop),
    stop: async (): Promise<void> => {
      const failures: unknown[] = [];
      for (let stop = stops.pop(); stop !== undefined; stop = stops.pop())
        await stop().catch((error: unknown) => failures.push(error));
      if (failures.length > 0) throw new AggregateError(failures, 'the sandbox did not stop cleanly');
    },
  };
};

const environmentOf = (
  world: SandboxWorld,
  aws: AwsCloud,
  entra: EntraCloud,
  files: Files,
): Record<string, string> => {
  const [account] = world.accounts;
  const [application] = world.applications;
  return {
    AWS_ENDPOINT_URL: aws.url,
    AWS_REGION: 'us-east-1',
    // Version 1 of the AWS CLI reads only this one.
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_SHARED_CREDENTIALS_FILE: files.credentials,
    ...(account && {
      AWS_ACCESS_KEY_ID: account.accessKeyId,
      AWS_SECRET_ACCESS_KEY: account.secretAccessKey,
    }),
    AZURE_AUTHORITY_HOST: entra.url,
    AZURE_TENANT_ID: world.tenantId,
    ...(application && {
      AZURE_CLIENT_ID: application.clientId,
      AZURE_CLIENT_SECRET: application.clientSecret,
    }),
    NODE_EXTRA_CA_CERTS: files.ca,
    SSL_CERT_FILE: files.ca,
    REQUESTS_CA_BUNDLE: files.ca,
  };
};

interface Files {
  readonly ca: string;
  readonly credentials: string;
}

/** One profile for each account, named by its id: `aws --profile 111122223333 …`. */
const profiles = (world: SandboxWorld): string =>
  world.accounts
    .map(
      ({ accountId, accessKeyId, secretAccessKey }) =>
        `[${accountId}]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
    )
    .join('\n');

const writeFiles = async (
  pem: string,
  world: SandboxWorld,
  onStop: (stop: () => Promise<void>) => void,
): Promise<Files> => {
  // mkdtemp makes the folder readable by this user only.
  const folder = await mkdtemp(join(tmpdir(), 'rolewarden-sandbox-'));
  onStop(() => rm(folder, { recursive: true, force: true }));
  const files: Files = { ca: join(folder, 'ca.pem'), credentials: join(folder, 'credentials') };
  await writeFile(files.ca, pem, { mode: 0o600 });
  await writeFile(files.credentials, profiles(world), { mode: 0o600 });
  return files;
};

/** Starts everything on loopback. A failure half-way stops what had started. */
export const startSandbox = async (options: SandboxOptions): Promise<Sandbox> => {
  const { world, clock = Date.now, ports = {} } = options;
  const stops = makeStops();
  try {
    const entra = await startEntraCloud({ world, clock, port: ports.entra ?? 0 });
    stops.add(entra.stop);
    const aws = await startAwsCloud({
      accounts: world.accounts,
      clock,
      port: ports.aws ?? 0,
      issuer: `https://sts.windows.net/${world.tenantId}/`,
      signingCertificate: await makeSigningCertificate(new Date(clock())),
    });
    stops.add(() => aws.stop());
    seedServices(aws, world);
    const doors = peopleDoors(world, entra, aws);
    const control = await startControl({ world, aws, entra, doors, port: ports.control ?? 0 });
    stops.add(control.stop);
    const files = await writeFiles(entra.caCertificatePem, world, stops.add);
    return {
      aws,
      entra,
      controlUrl: control.url,
      environment: environmentOf(world, aws, entra, files),
      ...doors,
      stop: stops.stop,
    };
  } catch (error) {
    await stops.stop();
    throw error;
  }
};
