// What ECS answers when it refuses, all with status 400.

import { ServiceError } from '../service-error.ts';

const refusal =
  (code: string) =>
  (message: string): ServiceError =>
    new ServiceError(400, code, message);

export const invalidParameter = refusal('InvalidParameterException');
export const clientException = refusal('ClientException');
export const notConnected = refusal('TargetNotConnectedException');
export const noCluster = (): ServiceError => refusal('ClusterNotFoundException')('Cluster not found.');
export const clusterInactive = (): ServiceError =>
  refusal('ClusterNotFoundException')('The referenced cluster was inactive.');
export const clusterHasServices = (): ServiceError =>
  refusal('ClusterContainsServicesException')('The Cluster cannot be deleted while Services are active.');
export const clusterHasTasks = (): ServiceError =>
  refusal('ClusterContainsTasksException')('The Cluster cannot be deleted while Tasks are active.');
export const noService = (): ServiceError => refusal('ServiceNotFoundException')('Service not found.');
export const serviceNotActive = (): ServiceError =>
  refusal('ServiceNotActiveException')('Service was not ACTIVE.');
