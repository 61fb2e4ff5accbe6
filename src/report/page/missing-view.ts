// What is answered for a policy or an account that there is none of.

import type { View } from './layout.ts';
import { markup } from './markup.ts';

/** `onlyPart`: other replicas know of accounts that this one does not look after. */
export const missingView = (kind: 'policy' | 'account', name: string, onlyPart: boolean): View => ({
  title: `no ${kind} ${name}`,
  trail: ['Not found'],
  summary: `no ${kind} is called ${name}`,
  main: markup`<h1>No ${kind} is called ${name}</h1>
<p>It may have been removed from Git, or not been looked at yet since the controller started${onlyPart && ', or another replica looks after it: this one has only its own accounts'}. <a href="/">The overview</a> lists what there is.</p>`,
});
