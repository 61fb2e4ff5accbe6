// A request as far as it is understood, whichever protocol it speaks: whom it concerns, and how it is answered.

import type { FaultSubject } from './faults.ts';
import { ServiceError } from './service-error.ts';

export interface Understood {
  readonly subject: FaultSubject;
  readonly callerArn: string | undefined;
  /** A caller that cannot be established is refused, but is still a request that was served. */
  readonly refusal: ServiceError | undefined;
  readonly contentType: string;
  /** The body of the answer; throws `ServiceError` for every refusal. */
  perform(requestId: string): string;
  renderError(error: ServiceError, requestId: string): string;
}

export const toServiceError = (error: unknown): ServiceError =>
  error instanceof ServiceError
    ? error
    : new ServiceError(500, 'InternalFailure', error instanceof Error ? error.message : String(error));
