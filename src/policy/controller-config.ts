// ControllerConfig: the typed settings, and what the schema cannot say about them.

import { dirname, resolve } from 'node:path';
import type {
  ControllerConfig,
  EntraCloud,
  EntraCredential,
  Limit,
  Listener,
  Mode,
  PolicyOrigin,
  ReplicaSettings,
  SafetySettings,
} from '../domain/policy.ts';
import { checkGitOrigin, type RawGit, readGitOrigin } from './git/git-origin.ts';
import { durationMs, type RawObject, readMeta } from './meta.ts';
import { type Finding, finding, type SourceDocument } from './source-document.ts';

interface ConfigSpec {
  readonly instance: string;
  readonly defaultMode: Mode;
  readonly maxMode: Mode;
  readonly policies: (
    | { readonly directory: string; readonly git?: never }
    | { readonly directory?: never; readonly git: RawGit }
  ) & { readonly interval: string };
  readonly entra: {
    readonly tenantId: string;
    readonly cloud: EntraCloud;
    readonly authorityHost?: string;
    readonly graphEndpoint?: string;
    readonly credential: EntraCredential;
    readonly pollInterval: string;
    readonly requestTimeout: string;
  };
  readonly aws: {
    readonly requestTimeout: string;
    readonly writesPerSecond: number;
    readonly writeBurst: number;
  };
  readonly sweep: { readonly schedule: string; readonly timeZone: string };
  readonly safety: {
    readonly breaker: Limit;
    readonly provenLeavers: Limit;
    readonly settle: string;
    readonly taskRoleSettle: string;
    readonly pruneAfter: string;
    readonly widening: SafetySettings['widening'];
    readonly maxStaleness: string;
    readonly reentryDelay: string;
  };
  readonly replicas?: {
    readonly shards: number;
    readonly lease: { readonly table: string; readonly region?: string; readonly duration: string };
  };
  readonly metrics: Listener;
  readonly api: Listener;
}

export type RawConfig = RawObject<ConfigSpec>;

interface Endpoints {
  readonly authorityHost: string;
  readonly graphEndpoint: string;
}

/** National clouds: learn.microsoft.com/graph/deployments; China's authority as @azure/identity has it. */
const cloudEndpoints: Readonly<Record<Exclude<EntraCloud, 'custom'>, Endpoints>> = {
  public: {
    authorityHost: 'https://login.microsoftonline.com',
    graphEndpoint: 'https://graph.microsoft.com',
  },
  usGovernment: {
    authorityHost: 'https://login.microsoftonline.us',
    graphEndpoint: 'https://graph.microsoft.us',
  },
  china: {
    authorityHost: 'https://login.chinacloudapi.cn',
    graphEndpoint: 'https://microsoftgraph.chinacloudapi.cn',
  },
};

const endpointsOf = (entra: ConfigSpec['entra']): Endpoints =>
  entra.cloud === 'custom'
    ? { authorityHost: originOf(entra.authorityHost), graphEndpoint: originOf(entra.graphEndpoint) }
    : cloudEndpoints[entra.cloud];

const originOf = (url: string | undefined): string => (url === undefined ? '' : new URL(url).origin);

const originOfPolicies = ({ directory, git }: ConfigSpec['policies'], configFolder: string): PolicyOrigin =>
  git === undefined ? { kind: 'directory', path: resolve(configFolder, directory) } : readGitOrigin(git);

const readReplicas = (replicas: ConfigSpec['replicas']): ReplicaSettings | undefined => {
  if (replicas === undefined) return undefined;
  const { table, region, duration } = replicas.lease;
  return { shards: replicas.shards, lease: { table, region, durationMs: durationMs(duration) } };
};

/** A relative policy directory counts from the folder of the config file, and that from `baseDirectory`. */
export const readControllerConfig = (
  document: SourceDocument,
  raw: RawConfig,
  baseDirectory: string,
): ControllerConfig => {
  const { instance, defaultMode, maxMode, policies, entra, aws, sweep, safety, replicas, metrics, api } =
    raw.spec;
  return {
    meta: readMeta(document, raw),
    instance,
    defaultMode,
    maxMode,
    policyOrigin: originOfPolicies(policies, resolve(baseDirectory, dirname(document.file))),
    policyIntervalMs: durationMs(policies.interval),
    entra: {
      tenantId: entra.tenantId.toLowerCase(),
      cloud: entra.cloud,
      ...endpointsOf(entra),
      credential: entra.credential,
      pollIntervalMs: durationMs(entra.pollInterval),
      requestTimeoutMs: durationMs(entra.requestTimeout),
    },
    aws: {
      requestTimeoutMs: durationMs(aws.requestTimeout),
      writesPerSecond: aws.writesPerSecond,
      writeBurst: aws.writeBurst,
    },
    sweepSchedule: sweep.schedule,
    sweepTimeZone: sweep.timeZone,
    safety: {
      breaker: safety.breaker,
      provenLeavers: safety.provenLeavers,
      settleMs: durationMs(safety.settle),
      taskRoleSettleMs: durationMs(safety.taskRoleSettle),
      pruneAfterMs: durationMs(safety.pruneAfter),
      widening: safety.widening,
      maxStalenessMs: durationMs(safety.maxStaleness),
      reentryDelayMs: durationMs(safety.reentryDelay),
    },
    replicas: readReplicas(replicas),
    metricsListener: metrics,
    apiListener: api,
  };
};

export const checkControllerConfig = (document: SourceDocument, { spec }: RawConfig): readonly Finding[] => {
  const { metrics, api, policies } = spec;
  const findings: Finding[] = policies.git === undefined ? [] : [...checkGitOrigin(document, policies.git)];
  if (metrics.port === api.port && api.port !== 0) {
    const message = `the port ${api.port} is already taken by spec.metrics.port; choose another`;
    findings.push(finding(document, 'portClash', ['spec', 'api', 'port'], message));
  }
  return findings;
};
