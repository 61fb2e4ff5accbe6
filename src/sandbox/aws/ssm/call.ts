// One request to the Session Manager on its way to the operation that answers it.

import type { EcsRegion } from '../ecs/ecs-store.ts';
import type { Answer, JsonCall } from '../json-service.ts';
import { ServiceError } from '../service-error.ts';
import type { SessionRegion, Termination } from './session-store.ts';

export interface SsmCall extends Omit<JsonCall, 'region'> {
  readonly region: SessionRegion;
  readonly regionName: string;
  /** Where the tasks are in which shells run. */
  readonly ecs: EcsRegion;
  readonly termination: Termination;
}

export type SsmOperation = (call: SsmCall) => Answer;

export const refusal =
  (code: string) =>
  (message: string): ServiceError =>
    new ServiceError(400, code, message);

export const validationException = refusal('ValidationException');
