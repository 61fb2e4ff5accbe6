// What AWS answered, as a word: the code of its refusal, or that it accepted.

/** `AccessDenied`; undefined: it was no answer of the service. */
export const codeOf = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined;
  const known = error as Error & { Code?: string; $metadata?: { httpStatusCode?: number } };
  // What never reached the service has no status.
  return known.$metadata?.httpStatusCode === undefined ? undefined : (known.Code ?? known.name);
};

export interface Answer<T = unknown> {
  /** `accepted`, or the code of the refusal. */
  readonly word: string;
  readonly message: string;
  readonly value: T | undefined;
}

/** Whatever says nothing about permission or shape: asked again, or in the end no answer. */
export const isPassing = (code: string): boolean =>
  /^(Throttl|TooManyRequests|RequestLimit|ServiceFailure|InternalFailure|InternalServer|ServerException|ServiceUnavailable|ConcurrentModification|EntityTemporarily|IDPCommunicationError)/.test(
    code,
  );

/** The answer to a request; throws what was none, such as throttling or a lost connection. */
export const answerOf = async <T>(request: Promise<T>): Promise<Answer<T>> => {
  try {
    return { word: 'accepted', message: '', value: await request };
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined || isPassing(code)) throw error;
    return { word: code, message: (error as Error).message, value: undefined };
  }
};

export const isAccepted = ({ word }: Answer): boolean => word === 'accepted';
export const isDenied = ({ word }: Answer): boolean => /^AccessDenied(Exception)?$/.test(word);

/** For deleting: false when there is no such thing. */
export const isDeleted = async (request: Promise<unknown>): Promise<boolean> => {
  try {
    await request;
    return true;
  } catch (error) {
    const code = codeOf(error) ?? '';
    if (
      /^(NoSuchEntity|ClusterNotFoundException|ServiceNotFoundException|ServiceNotActiveException)/.test(code)
    )
      return false;
    throw error;
  }
};
