// Entra on loopback: sign-in endpoints and Graph v1.0 at one origin, over one tenant that can be changed, slowed down and
// broken while clients talk to it.

import { randomUUID } from 'node:crypto';
import { makeLoopbackCertificate } from '../certificate.ts';
import type { Fault, SandboxGroup, SandboxUser, SandboxWorld, ServedRequest } from '../world.ts';
import { type Directory, makeDirectory } from './directory.ts';
import { makeGraphService } from './graph-service.ts';
import { type HttpAnswer, type HttpRequest, startHttpsServer } from './https-server.ts';
import { makeOriginHandler } from './origin-handler.ts';
import {
  makePrivilegedAccess,
  type PrivilegedAccess,
  type PrivilegedAccessHands,
} from './privileged-access.ts';
import { makeScriptedFaults } from './scripted-faults.ts';
import { makeTokenEndpoint } from './token-endpoint.ts';

export interface EntraCloud extends PrivilegedAccessHands {
  /** `https://localhost:PORT`: authority host and Graph endpoint at once. */
  readonly url: string;
  readonly caCertificatePem: string;
  /** Returns how to take the fault back. */
  readonly addFault: (fault: Fault) => () => void;
  readonly clearFaults: () => void;
  /** Membership writes show in reads only when they are this old. */
  readonly setStaleReads: (ms: number) => void;
  /** The most that a page holds, however many are asked for, as Graph reserves for itself; 999 unless set. */
  readonly setPageSize: (items: number) => void;
  /** Real time that every answer takes longer. */
  readonly setLatency: (ms: number) => void;
  /** How far the Date headers of answers are ahead of the clock. */
  readonly setClockSkewMs: (ms: number) => void;
  readonly requests: { readonly list: () => readonly ServedRequest[]; readonly clear: () => void };
  readonly addMember: (groupId: string, memberId: string) => void;
  readonly removeMember: (groupId: string, memberId: string) => void;
  /** The truth, whatever stale reads say. Ids of direct members, all types. */
  readonly members: (groupId: string) => readonly string[];
  readonly addUser: (user: SandboxUser) => void;
  readonly updateUser: (id: string, change: Partial<SandboxUser>) => void;
  /** Soft: she leaves her groups and is found among the deleted items. */
  readonly deleteUser: (id: string) => void;
  /** Gone from the deleted items too. */
  readonly purgeUser: (id: string) => void;
  readonly user: (idOrUpn: string) => SandboxUser | undefined;
  readonly addGroup: (group: SandboxGroup) => void;
  readonly renameGroup: (id: string, displayName: string) => void;
  readonly deleteGroup: (id: string) => void;
  readonly groups: () => readonly SandboxGroup[];
  readonly users: () => readonly SandboxUser[];
  readonly deletedUsers: () => readonly SandboxUser[];
  readonly stop: () => Promise<void>;
}

/** How much older than plain reads the index behind casts, filters and counts on members is. */
export const indexLagMs = 60_000;

const makeRequestList = () => {
  let served: ServedRequest[] = [];
  return {
    record: (request: ServedRequest): void => void served.push(request),
    requests: {
      list: (): readonly ServedRequest[] => [...served],
      clear: (): void => {
        served = [];
      },
    },
  };
};

const tenantOperations = (directory: Directory, { forget }: PrivilegedAccess) => ({
  addMember: (groupId: string, memberId: string) => directory.addMember(groupId, memberId),
  removeMember: (groupId: string, memberId: string) => directory.removeMember(groupId, memberId),
  members: (groupId: string) => directory.members(groupId),
  addUser: directory.addUser,
  updateUser: directory.updateUser,
  deleteUser: (id: string) => {
    directory.deleteUser(id);
    forget(id);
  },
  purgeUser: directory.purgeUser,
  user: directory.user,
  addGroup: directory.addGroup,
  renameGroup: directory.renameGroup,
  deleteGroup: (id: string) => {
    directory.deleteGroup(id);
    forget(id);
  },
  groups: () => directory.groups().map((group) => ({ ...group, members: directory.members(group.id) })),
  users: directory.users,
  deletedUsers: directory.deletedUsers,
});

/** The same functions, each of which first has carried out what is due. */
const settled = <T extends object>(operations: T, settle: () => void): T =>
  Object.fromEntries(
    Object.entries(operations).map(([name, run]: [string, (...given: unknown[]) => unknown]) => [
      name,
      (...given: unknown[]) => {
        settle();
        return run(...given);
      },
    ]),
  ) as T;

/** Entra without the network: whoever keeps time himself hands it requests one by one. */
export interface UnservedEntra
  extends Omit<EntraCloud, 'url' | 'caCertificatePem' | 'setLatency' | 'setClockSkewMs' | 'stop'> {
  readonly handle: (request: HttpRequest) => HttpAnswer;
}

/** `clock` decides token life, replica lag and time stamps. */
export const makeEntra = (world: SandboxWorld, clock: () => number): UnservedEntra => {
  const directory = makeDirectory(world, clock);
  const privilegedAccess = makePrivilegedAccess(directory, clock);
  for (const { id, pim } of world.groups) if (pim === true) privilegedAccess.hands.enablePim(id);
  const faults = makeScriptedFaults();
  const tokens = makeTokenEndpoint(world, clock);
  const { record, requests } = makeRequestList();
  let [staleMs, seed] = [0, 0];
  let mostOnPage = Number.POSITIVE_INFINITY;
  const graph = makeGraphService({
    context: {
      directory,
      privilegedAccess,
      clock,
      replicaTimeMs: () => clock() - staleMs,
      indexTimeMs: () => clock() - Math.max(staleMs, indexLagMs),
      nextSeed: () => (seed += 1),
      mostOnPage: () => mostOnPage,
      instanceId: randomUUID(),
    },
    faults,
    record,
    grantOf: tokens.grantOf,
  });
  const serve = makeOriginHandler({ graph, tokens, faults, record, clock });
  return {
    handle: (request) => {
      privilegedAccess.settle();
      return serve(request);
    },
    addFault: faults.add,
    clearFaults: faults.clear,
    setStaleReads: (ms) => {
      staleMs = ms;
    },
    setPageSize: (items) => {
      mostOnPage = items;
    },
    requests,
    ...settled(
      { ...tenantOperations(directory, privilegedAccess), ...privilegedAccess.hands },
      privilegedAccess.settle,
    ),
  };
};

/** Starts the Entra half; `port` 0 or absent takes a free one. */
export const startEntraCloud = async (options: {
  readonly world: SandboxWorld;
  readonly clock?: () => number;
  readonly port?: number;
}): Promise<EntraCloud> => {
  const { world, clock = Date.now, port = 0 } = options;
  const certificate = await makeLoopbackCertificate();
  const { handle, ...entra } = makeEntra(world, clock);
  let [latencyMs, skewMs] = [0, 0];
  const server = await startHttpsServer({
    certificate,
    port,
    latencyMs: () => latencyMs,
    clock: () => clock() + skewMs,
    handle,
  });
  return {
    ...entra,
    url: server.origin,
    caCertificatePem: certificate.caCertificatePem,
    setLatency: (ms) => {
      latencyMs = ms;
    },
    setClockSkewMs: (ms) => {
      skewMs = ms;
    },
    stop: server.stop,
  };
};
