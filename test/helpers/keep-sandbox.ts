// A program of its own: the keeper of one sandbox.
import {runKeeper} from '../../src/backend/keep/keeper.ts';

process.exit(await runKeeper());
