// What every act of the demo's story has at hand.

import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Narrator } from '../demo-narrator.ts';
import type { ControllerProcess } from './controller-process.ts';
import type { Pair } from './pair.ts';
import type { PolicyFolder } from './policy-folder.ts';
import type { Watch } from './watch.ts';

export interface Stage {
  readonly sandbox: Sandbox;
  readonly narrator: Narrator;
  /** Where there are two, both of them. */
  readonly controller: ControllerProcess;
  /** undefined: the controller is alone. */
  readonly pair: Pair | undefined;
  readonly policies: PolicyFolder;
  readonly watch: Watch;
}

export type Act = (stage: Stage) => Promise<void>;
