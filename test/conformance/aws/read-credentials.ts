// Credentials as the AWS CLI exports them.

import { parseJson, textOf } from '../entra/json.ts';
import type { Credentials } from './aws-side.ts';

/** Of `aws configure export-credentials --format process`. */
export const readCredentials = (text: string): Credentials => {
  const found = parseJson(text);
  const accessKeyId = textOf(found, 'AccessKeyId');
  if (accessKeyId === '')
    throw new Error('the file holds no credentials of `--format process`: there is no AccessKeyId');
  return {
    accessKeyId,
    secretAccessKey: textOf(found, 'SecretAccessKey'),
    sessionToken: textOf(found, 'SessionToken'),
  };
};
