// Whether the controller knows enough to speak of the world: policies loaded, Entra read, every account looked at that is in
// its care. A replica on standby is ready once it could take over: policies loaded, leases read. Once ready it stays so while
// sources come and go; that is what the metrics are for.

import type { LeasesReport } from '../domain/lease.ts';
import type { ControllerEvent, PoliciesReport, PollReport } from '../reconcile/sweep-report.ts';
import { withoutPeople } from './people-free.ts';
import { readSomething } from './source-figures.ts';
import type { Readiness } from './status-document.ts';

export interface ReadinessTracker {
  observe(event: ControllerEvent): void;
  /** Whether each was read since the start, as far as it is needed; accounts: every one. */
  read(): Readonly<Record<'policies' | 'leases' | 'entra' | 'accounts', boolean>>;
  readiness(): Readiness;
}

export const createReadinessTracker = (): ReadinessTracker => {
  let newestLoad: PoliciesReport | undefined;
  let isLoaded = false;
  /** undefined: nobody has said yet which are in our care. */
  let ownAccounts: readonly string[] | undefined;
  let leases: LeasesReport | undefined;
  let newestPoll: PollReport | undefined;
  let isEntraRead = false;
  const swept = new Set<string>();

  const policiesReason = (): string | undefined => {
    if (isLoaded) return undefined;
    return newestLoad === undefined
      ? 'the policies have not been loaded yet; if this lasts, look at the log of the controller'
      : `the policies could not be loaded: ${newestLoad.messages.join('; ')}`;
  };
  const leasesReason = (): string | undefined =>
    leases === undefined || leases.readAtMs !== undefined
      ? undefined
      : `the leases could not be read yet, so this replica takes none: ${leases.problem}`;
  /** Accounts there are, and none of them is ours: others read Entra for theirs. */
  const isOnStandby = (): boolean =>
    leases !== undefined && ownAccounts?.length === 0 && (newestLoad?.accounts ?? 0) > 0;
  const entraReason = (): string | undefined => {
    if (isEntraRead || isOnStandby()) return undefined;
    return newestPoll === undefined
      ? 'Entra has not been read yet; it is read once the policies are loaded'
      : `Entra could not be read: ${newestPoll.message}`;
  };
  const accountsReason = (): string | undefined => {
    const missing = (ownAccounts ?? []).filter((name) => !swept.has(name)).length;
    return missing === 0
      ? undefined
      : `${missing} of ${ownAccounts?.length} accounts not swept yet; if this lasts, look at the log of the controller`;
  };

  return {
    observe: (event) => {
      switch (event.kind) {
        case 'policies':
          newestLoad = event.report;
          isLoaded ||= event.report.revision !== undefined;
          break;
        case 'poll':
          newestPoll = event.report;
          isEntraRead ||= readSomething(event.report);
          break;
        case 'sweep':
          // What runs in ECS is looked at besides; who may enter is what a controller has to know.
          if (event.report.scope === 'access') swept.add(event.report.account);
          break;
        case 'accounts':
          ownAccounts = event.accounts;
          break;
        case 'leases':
          leases = event.report;
          break;
        case 'accountRemoved':
          swept.delete(event.account);
          break;
      }
    },
    read: () => ({
      policies: policiesReason() === undefined,
      leases: leasesReason() === undefined,
      entra: entraReason() === undefined,
      accounts: ownAccounts !== undefined && accountsReason() === undefined,
    }),
    readiness: () => {
      const reasons = [policiesReason(), leasesReason(), entraReason(), accountsReason()]
        .filter((reason) => reason !== undefined)
        .map(withoutPeople);
      return { ready: reasons.length === 0, reasons };
    },
  };
};
