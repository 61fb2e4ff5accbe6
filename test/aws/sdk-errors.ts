// Errors as the AWS SDK throws them, in the two shapes that were observed: the service's, and everything else's.

/** What a service said. The SDK names modelled errors after classes, and keeps the wire code in `Code`. */
export const serviceError = (code: string, status: number, message = 'said the service') =>
  Object.assign(new Error(message), {
    name: `${code}Exception`,
    Code: code,
    $fault: status >= 500 ? ('server' as const) : ('client' as const),
    $metadata: { httpStatusCode: status, requestId: 'r-1', attempts: 1 },
  });

/** What a service of the JSON protocol said: it has no `Code`. */
export const jsonError = (code: string, message = 'said the service', status = 400) =>
  Object.assign(new Error(message), {
    name: code,
    $fault: status >= 500 ? ('server' as const) : ('client' as const),
    $metadata: { httpStatusCode: status, requestId: 'r-1', attempts: 1 },
  });

/** No answer, or one that could not be read: `status` is set if at least the head of an answer came. */
export const networkError = (name: string, code?: string, status?: number, message = 'no luck') =>
  Object.assign(new Error(message), {
    name,
    ...(code === undefined ? {} : { code }),
    $metadata: status === undefined ? {} : { httpStatusCode: status },
  });
