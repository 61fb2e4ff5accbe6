// Open shells of one account. Nothing is asked, and nothing is even loaded, before somebody wants to know of them.

import type { Account } from '../../domain/policy.ts';
import type { ShellsPort } from '../../domain/ports.ts';
import { present, unreadable } from '../../domain/reading.ts';
import { sortedUnique } from '../../domain/statement.ts';
import { allOrNothing } from '../all-or-nothing.ts';
import { classifyError } from '../classify-error.ts';
import type { EcsRegion, EcsRegionOptions } from '../ecs-region.ts';
import { checkMayWrite, checkRegion } from '../ecs-rules.ts';
import { endShell } from './end-shell.ts';
import { listShells } from './list-shells.ts';
import { type SsmRegion, openSsmRegion } from './ssm-region.ts';
import { stopTask } from './stop-task.ts';

const regionsAtOnce = 3;

export const openShells = (
  account: Account,
  ecsRegion: (region: string) => EcsRegion,
  options: EcsRegionOptions,
): ShellsPort => {
  const regions = new Map<string, Promise<SsmRegion>>();
  const open = (region: string): Promise<SsmRegion> => {
    const opened = regions.get(region) ?? openSsmRegion(region, options);
    regions.set(region, opened);
    return opened;
  };
  const list: ShellsPort['list'] = async (signal) => {
    signal.throwIfAborted();
    const names = sortedUnique(account.regions);
    try {
      const shells = await allOrNothing(names, regionsAtOnce, signal, async (name, both) =>
        listShells(await open(name), both),
      );
      return present(shells.flat());
    } catch (error) {
      signal.throwIfAborted();
      const resource = `sessions of account ${account.meta.name}`;
      return unreadable(classifyError(error, { action: 'ssm:DescribeSessions', resource }));
    }
  };
  return {
    list,
    end: async (session, signal) => {
      signal.throwIfAborted();
      checkRegion(account, session.region);
      await endShell(await open(session.region), session, options.settings.sleep, signal);
    },
    stopTask: async (session, reason, signal) => {
      signal.throwIfAborted();
      checkMayWrite(account);
      checkRegion(account, session.region);
      await stopTask(ecsRegion(session.region), session, reason, signal);
    },
  };
};
