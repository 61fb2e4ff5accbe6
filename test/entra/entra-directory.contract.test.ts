import { describeDirectoryContract } from './directory-contract.ts';
import { graphContractHarness } from './graph-harness.ts';

describeDirectoryContract('the Graph adapter on the sandbox', graphContractHarness);
