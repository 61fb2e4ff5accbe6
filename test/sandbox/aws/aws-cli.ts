// The AWS CLI, as the administrator of the hub account would call it.

import { execFile } from 'node:child_process';
import { devNull } from 'node:os';
import { hubKey } from './cloud-fixture.ts';

export type AwsCli = (
  ...args: readonly string[]
) => Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }>;

export const awsCli =
  (url: string, region: string): AwsCli =>
  (...args) => {
    const env = {
      ...process.env,
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: hubKey.accessKeyId,
      AWS_SECRET_ACCESS_KEY: hubKey.secretAccessKey,
      AWS_DEFAULT_REGION: region,
      AWS_CONFIG_FILE: devNull,
      AWS_SHARED_CREDENTIALS_FILE: devNull,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_MAX_ATTEMPTS: '1',
      AWS_PAGER: '',
    };
    return new Promise((resolve) => {
      execFile('aws', [...args], { env }, (error, stdout, stderr) => {
        const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : 127;
        resolve({ exitCode, stdout, stderr });
      });
    });
  };
