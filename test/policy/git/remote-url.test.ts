// Which addresses credentials may be sent to.

import { expect, test } from 'vitest';
import { isRemoteUrl } from '../../../src/policy/git/remote-url.ts';

const allowed: readonly (readonly [url: string, isAllowed: boolean])[] = [
  ['https://github.com/contoso/policies.git', true],
  ['https://contoso.visualstudio.com/DefaultCollection/a%20b/_git/policies', true],
  ['https://git.contoso.com:8443/policies', true],
  ['http://localhost/policies.git', true],
  ['http://127.0.0.1:3000/policies.git', true],
  ['http://127.8.8.8/policies.git', true],
  ['http://[::1]/policies.git', true],
  ['http://127.0.0.1.contoso.com/policies.git', false],
  ['http://127.contoso.com/policies.git', false],
  ['http://localhost.contoso.com/policies.git', false],
  ['http://localhost@contoso.com/policies.git', false],
  ['http://0.0.0.0/policies.git', false],
  ['http://[::ffff:10.0.0.1]/policies.git', false],
  ['http://github.com/contoso/policies.git', false],
  ['file:///policies.git', false],
  ['ssh://git@github.com/contoso/policies.git', false],
  ['git@github.com:contoso/policies.git', false],
  ['https://github.com/contoso/policies.git?token=a', false],
  ['https://github.com/contoso/policies.git#main', false],
  ['https://github.com\\@contoso.com/policies.git', false],
  ['https://github.com/contoso/poli\ncies.git', false],
  ['https://github.com/contoso/poli cies.git', false],
  ['https://', false],
  ['policies', false],
  ['', false],
];

test.for(allowed)('%s: %s', ([url, isAllowed]) => {
  expect(isRemoteUrl(url)).toBe(isAllowed);
});
