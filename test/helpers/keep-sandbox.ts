// A program of its own: the keeper of one sandbox.
import {runKeeper} from '../../src/backend/sandbox-control.ts';

process.exit(await runKeeper());
