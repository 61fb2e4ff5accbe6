// What IAM and STS answer when they refuse: a code, an HTTP status and a sentence, in AWS's own words.

export class ServiceError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'ServiceError';
    this.status = status;
    this.code = code;
  }
}

export const noSuchEntity = (message: string): ServiceError => new ServiceError(404, 'NoSuchEntity', message);
export const alreadyExists = (message: string): ServiceError =>
  new ServiceError(409, 'EntityAlreadyExists', message);
export const deleteConflict = (message: string): ServiceError =>
  new ServiceError(409, 'DeleteConflict', message);
export const limitExceeded = (message: string): ServiceError =>
  new ServiceError(409, 'LimitExceeded', message);
export const malformedDocument = (message: string): ServiceError =>
  new ServiceError(400, 'MalformedPolicyDocument', message);
export const unmodifiable = (message: string): ServiceError =>
  new ServiceError(400, 'UnmodifiableEntity', message);
export const invalidInput = (message: string): ServiceError => new ServiceError(400, 'InvalidInput', message);
export const validationError = (message: string): ServiceError =>
  new ServiceError(400, 'ValidationError', message);
export const accessDenied = (message: string): ServiceError => new ServiceError(403, 'AccessDenied', message);
/** As the services say it that speak JSON. */
export const accessDeniedException = (message: string): ServiceError =>
  new ServiceError(400, 'AccessDeniedException', message);
export const invalidIdentityToken = (message: string): ServiceError =>
  new ServiceError(400, 'InvalidIdentityToken', message);
