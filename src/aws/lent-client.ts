// A client takes some 25 KB, there is one for each account and service, and it is needed for the seconds of a sweep and not
// for the minutes between two. So it is made when it is needed, and let go of once nobody has asked for it in a while.

export interface LentClient<C> {
  /** The client is the borrower's until its work is done. */
  readonly lend: <T>(work: (client: C) => Promise<T>) => Promise<T>;
}

export const clientRestMs = 10_000;

/** What outlives a client, like credentials and connections, is the maker's: no client is destroyed. */
export const lentClient = <C>(make: () => C): LentClient<C> => {
  let client: C | undefined;
  let borrowers = 0;
  let rest: NodeJS.Timeout | undefined;
  const letGo = (): void => {
    client = undefined;
  };
  return {
    lend: async (work) => {
      clearTimeout(rest);
      borrowers += 1;
      try {
        client ??= make();
        return await work(client);
      } finally {
        borrowers -= 1;
        if (borrowers === 0) rest = setTimeout(letGo, clientRestMs).unref();
      }
    },
  };
};
