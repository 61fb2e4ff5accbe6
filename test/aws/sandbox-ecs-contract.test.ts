import { describeEcsContract } from './ecs-contract.ts';
import { sandboxEcsHarness } from './sandbox-ecs-harness.ts';
import { hub, spoke } from './sandbox-harness.ts';

describeEcsContract('the adapter with its own credentials', () => sandboxEcsHarness(hub));
describeEcsContract('the adapter through a spoke role', () => sandboxEcsHarness(spoke));
