// How far something is that looks at everything once, for whoever waits for it.

export type Progress =
  | { readonly step: 'policies' }
  | { readonly step: 'entra' }
  | {
      readonly step: 'accounts';
      readonly done: number;
      readonly all: number;
      /** Those that have begun and not ended, by name, in the order in which they began. */
      readonly underWay: readonly string[];
    };

export type OnProgress = (progress: Progress) => void;

/** Does the work of one of so many accounts, and tells when it begins and when it has ended, well or not. */
export type CountAccount = <T>(account: string, work: () => Promise<T>) => Promise<T>;

export const countAccounts = (all: number, onProgress: OnProgress = () => undefined): CountAccount => {
  const underWay = new Set<string>();
  let done = 0;
  const tell = (): void => onProgress({ step: 'accounts', done, all, underWay: [...underWay] });
  return async (account, work) => {
    underWay.add(account);
    tell();
    try {
      return await work();
    } finally {
      underWay.delete(account);
      done += 1;
      tell();
    }
  };
};
