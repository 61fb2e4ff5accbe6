// Whether the controller knows enough to speak of the world: policies loaded, Entra read, every account looked at. Once
// ready it stays so while sources come and go; that is what the metrics are for.

import type { ControllerEvent, PoliciesReport, PollReport } from '../reconcile/sweep-report.ts';
import { withoutPeople } from './people-free.ts';
import { readSomething } from './source-figures.ts';
import type { Readiness } from './status-document.ts';

export interface ReadinessTracker {
  observe(event: ControllerEvent): void;
  /** Whether each was read since the start; accounts: every one. */
  read(): Readonly<Record<'policies' | 'entra' | 'accounts', boolean>>;
  readiness(): Readiness;
}

export const createReadinessTracker = (): ReadinessTracker => {
  let newestLoad: PoliciesReport | undefined;
  let accountsWanted: number | undefined;
  let newestPoll: PollReport | undefined;
  let isEntraRead = false;
  const swept = new Set<string>();

  const policiesReason = (): string | undefined => {
    if (accountsWanted !== undefined) return undefined;
    return newestLoad === undefined
      ? 'the policies have not been loaded yet; if this lasts, look at the log of the controller'
      : `the policies could not be loaded: ${newestLoad.messages.join('; ')}`;
  };
  const entraReason = (): string | undefined => {
    if (isEntraRead) return undefined;
    return newestPoll === undefined
      ? 'Entra has not been read yet; it is read once the policies are loaded'
      : `Entra could not be read: ${newestPoll.message}`;
  };
  const accountsReason = (): string | undefined => {
    const missing = (accountsWanted ?? 0) - swept.size;
    return missing <= 0
      ? undefined
      : `${missing} of ${accountsWanted} accounts not swept yet; if this lasts, look at the log of the controller`;
  };

  return {
    observe: (event) => {
      switch (event.kind) {
        case 'policies':
          newestLoad = event.report;
          if (event.report.revision !== undefined) accountsWanted = event.report.accounts;
          break;
        case 'poll':
          newestPoll = event.report;
          isEntraRead ||= readSomething(event.report);
          break;
        case 'sweep':
          // What runs in ECS is looked at besides; who may enter is what a controller has to know.
          if (event.report.scope === 'access') swept.add(event.report.account);
          break;
        case 'accountRemoved':
          swept.delete(event.account);
          break;
      }
    },
    read: () => ({
      policies: policiesReason() === undefined,
      entra: entraReason() === undefined,
      accounts: accountsWanted !== undefined && accountsReason() === undefined,
    }),
    readiness: () => {
      const reasons = [policiesReason(), entraReason(), accountsReason()]
        .filter((reason) => reason !== undefined)
        .map(withoutPeople);
      return { ready: reasons.length === 0, reasons };
    },
  };
};
