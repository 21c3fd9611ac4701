import {runShellProgram} from './shell-program.ts';
import {ignoreUserSignals} from './terminal/signal-inbox.ts';
import {watchLostEnd} from './watch-lost-end.ts';

ignoreUserSignals();
watchLostEnd('virt-sandbox-shell', 70);
process.exitCode = await runShellProgram(process.argv.slice(2));
