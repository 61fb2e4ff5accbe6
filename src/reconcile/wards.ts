// The accounts under the care of this replica: those of the policies whose shard it holds. Each has its loops for as long as
// both is so.

import type { Account, PolicySet } from '../domain/policy.ts';
import type { Tenure, Term } from '../domain/ports.ts';
import { shardOf } from '../domain/lease.ts';
import { compareText } from '../domain/statement.ts';
import { type AccountMemory, createAccountMemory } from './account-memory.ts';
import type { ElapsedMs } from './clock-jumps.ts';
import type { PolicyBook } from './policy-book.ts';
import type { RunningAccount } from './running-account.ts';
import type { Publish } from './sweep-report.ts';

interface Ward {
  readonly running: RunningAccount;
  /** By which it is ours. */
  readonly term: Term;
}

export interface Wards {
  readonly list: () => readonly RunningAccount[];
  readonly find: (name: string) => RunningAccount | undefined;
  /** The policies whose members have to be read for these accounts; undefined: others read theirs, and there are none. */
  readonly policiesToRead: () => PolicySet | undefined;
  /** Loops for accounts that came, none for those that went; those of a changed account start anew. Returns those that begin. */
  readonly align: () => Promise<readonly RunningAccount[]>;
  readonly hold: (term: Term) => void;
  /** Nothing of the accounts of a term goes on afterwards, and nothing is said of them any more. */
  readonly letGo: (term: Term) => Promise<void>;
  /** How many accounts of the policies are in each shard. */
  readonly weigh: () => readonly number[] | undefined;
  readonly stop: () => Promise<void>;
}

export interface WardsOptions {
  readonly tenure: Tenure;
  readonly policyBook: PolicyBook;
  readonly start: (account: Account, term: Term, memory: AccountMemory) => RunningAccount;
  readonly publish: Publish;
  readonly stopping: AbortSignal;
  readonly elapsedMs: ElapsedMs | undefined;
}

export const createWards = (options: WardsOptions): Wards => {
  const { tenure, policyBook, publish, stopping } = options;
  /** By name. One that is being stopped is in here until nothing of it is in flight any more. */
  const wards = new Map<string, Ward>();
  /** By shard. */
  const terms = new Map<number, Term>();
  const shardIn = ({ accountId }: Account): number => shardOf(accountId, tenure.shards);

  const tell = (): void => {
    if (!stopping.aborted) publish({ kind: 'accounts', accounts: [...wards.keys()].sort(compareText) });
  };

  /** Returns whether it was still there. */
  const end = async (name: string, ward: Ward): Promise<boolean> => {
    await ward.running.stop();
    return wards.get(name) === ward && wards.delete(name);
  };

  const forget = async (name: string, ward: Ward, lostBecause?: string): Promise<void> => {
    if ((await end(name, ward)) && !stopping.aborted)
      publish({ kind: 'accountRemoved', account: name, lostBecause });
  };

  const begin = (account: Account, before: Ward | undefined): readonly RunningAccount[] => {
    const term = terms.get(shardIn(account));
    if (term === undefined || wards.has(account.meta.name)) return [];
    // Under another term somebody else may have written meanwhile.
    const isSame = before?.term === term && before.running.account.accountId === account.accountId;
    const running = options.start(
      account,
      term,
      isSame ? before.running.memory : createAccountMemory(options.elapsedMs),
    );
    wards.set(account.meta.name, { running, term });
    return [running];
  };

  return {
    list: () => [...wards.values()].map(({ running }) => running),
    find: (name) => wards.get(name)?.running,
    policiesToRead: () => {
      const policies = policyBook.current();
      if (policies === undefined || terms.size === tenure.shards) return policies;
      if (wards.size === 0) return undefined;
      const own = policies.policies.filter(({ accounts }) => accounts.some((name) => wards.has(name)));
      return { ...policies, policies: own };
    },
    align: async () => {
      const current = policyBook.current();
      const wanted = new Map((current?.accounts ?? []).map((account) => [account.meta.name, account]));
      const before = new Map<string, Ward>();
      for (const [name, ward] of wards) {
        const next = wanted.get(name);
        if (next === undefined && current?.complete === true) await forget(name, ward);
        else if (next !== undefined && JSON.stringify(next) !== JSON.stringify(ward.running.account)) {
          await end(name, ward);
          before.set(name, ward);
        }
      }
      const begun = [...wanted.values()].flatMap((account) => begin(account, before.get(account.meta.name)));
      tell();
      return begun;
    },
    hold: (term) => void terms.set(term.shard, term),
    letGo: async (term) => {
      if (terms.get(term.shard) === term) terms.delete(term.shard);
      const own = [...wards].filter(([, ward]) => ward.term === term);
      const { reason } = term.stopping;
      const because = reason instanceof Error ? reason.message : 'the lease is over';
      await Promise.all(own.map(([name, ward]) => forget(name, ward, because)));
      tell();
    },
    weigh: () => {
      const accounts = policyBook.current()?.accounts;
      if (accounts === undefined) return undefined;
      const weights = Array.from({ length: tenure.shards }, () => 0);
      for (const shard of accounts.map(shardIn)) weights[shard] = (weights[shard] ?? 0) + 1;
      return weights;
    },
    stop: async () => {
      await Promise.all([...wards.values()].map(({ running }) => running.stop()));
    },
  };
};
