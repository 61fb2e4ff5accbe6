// What is answered for a policy or an account that there is none of.

import type { View } from './layout.ts';
import { markup } from './markup.ts';

export const missingView = (kind: 'policy' | 'account', name: string): View => ({
  title: `no ${kind} ${name}`,
  trail: ['Not found'],
  summary: `no ${kind} is called ${name}`,
  main: markup`<h1>No ${kind} is called ${name}</h1>
<p>It may have been removed from Git, or not been looked at yet since the controller started. <a href="/">The overview</a> lists what there is.</p>`,
});
