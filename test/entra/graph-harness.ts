// The real adapter in front of the sandbox's Entra: official clients, TLS, nothing stubbed but time.

import tls from 'node:tls';
import { entraCredential } from '../../src/entra/credential.ts';
import type { DirectoryPort } from '../../src/domain/ports.ts';
import { openEntraDirectory } from '../../src/entra/entra-directory.ts';
import type { Sleep } from '../../src/entra/time-limit.ts';
import type { EntraSettings } from '../../src/domain/policy.ts';
import type { Clock } from '../../src/domain/ports.ts';
import { type EntraCloud, startEntraCloud } from '../../src/sandbox/entra/entra-cloud.ts';
import type { FaultEffect } from '../../src/sandbox/world.ts';
import { contoso, ids } from './contoso.ts';
import type { DirectoryHarness } from './directory-contract.ts';
import type { DirectoryWorld } from './in-memory-directory.ts';

export const clientSecret = 'secret-of-the-sandbox';

export interface ManualTime {
  readonly clock: Clock;
  /** Passes the time at once. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly slept: number[];
}

export const manualTime = (): ManualTime => {
  let nowMs = Date.parse('2026-11-02T08:00:00Z');
  const slept: number[] = [];
  return {
    clock: { now: () => nowMs },
    sleep: async (ms) => {
      slept.push(ms);
      nowMs += ms;
    },
    slept,
  };
};

export interface GraphHarness extends ManualTime {
  readonly cloud: EntraCloud;
  readonly directory: DirectoryPort;
  /** `operation code` of each request told to `onRequest`. */
  readonly told: string[];
  readonly settings: EntraSettings;
  /** Another adapter on the same cloud. */
  readonly open: (
    change?: Partial<EntraSettings>,
    other?: { readonly secret?: string; readonly sleep?: Sleep },
  ) => DirectoryPort;
}

export const settingsFor = (url: string): EntraSettings => ({
  tenantId: ids.tenant,
  cloud: 'custom',
  authorityHost: url,
  graphEndpoint: url,
  credential: 'clientSecret',
  pollIntervalMs: 60_000,
  requestTimeoutMs: 5_000,
});

export const startGraphHarness = async (world: DirectoryWorld = contoso): Promise<GraphHarness> => {
  const time = manualTime();
  const cloud = await startEntraCloud({
    world: {
      ...world,
      tenantId: ids.tenant,
      applications: [{ clientId: ids.client, clientSecret }],
      accounts: [],
    },
    clock: () => time.clock.now(),
  });
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), cloud.caCertificatePem]);
  const told: string[] = [];
  const open: GraphHarness['open'] = (change = {}, { secret = clientSecret, sleep = time.sleep } = {}) => {
    const settings = { ...settingsFor(cloud.url), ...change };
    return openEntraDirectory({
      settings,
      credential: entraCredential(settings, { AZURE_CLIENT_ID: ids.client, AZURE_CLIENT_SECRET: secret }),
      clock: time.clock,
      sleep,
      random: () => 0.5,
      onRequest: ({ operation, code }) => void told.push(`${operation} ${code}`),
    });
  };
  return { ...time, cloud, told, open, settings: settingsFor(cloud.url), directory: open() };
};

export const graphContractHarness = async (world: DirectoryWorld): Promise<DirectoryHarness> => {
  const { cloud, directory, clock } = await startGraphHarness(world);
  return {
    ...cloud,
    directory,
    now: () => clock.now(),
    forbidAssignments: () => cloud.setPimAccess('noPermission'),
    permitAssignments: () => cloud.setPimAccess('granted'),
    makeUnreadable: (resource) => {
      const effect = { kind: 'error', status: 503, code: 'serviceNotAvailable' } as const;
      cloud.addFault({ service: 'graph', operation: '*', resource, effect });
    },
    makeReadable: () => cloud.clearFaults(),
  };
};

/** A short time limit where the fault is that nothing comes in time, and else one that a slow machine keeps. */
export const limitFor = (effect: FaultEffect): { requestTimeoutMs: number } => ({
  requestTimeoutMs: effect.kind === 'hang' || effect.kind === 'delay' ? 200 : 5_000,
});

export const errorEffect = (status: number, code: string, retryAfterSeconds?: number): FaultEffect => ({
  kind: 'error',
  status,
  code,
  ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
});
