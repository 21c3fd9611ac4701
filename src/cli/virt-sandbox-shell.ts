import {runShellProgram} from './shell/shell-program.ts';
import {ignoreUserSignals} from './terminal/signal-inbox.ts';
import {watchLostEnd} from './run/watch-lost-end.ts';

ignoreUserSignals();
watchLostEnd('virt-sandbox-shell', 70);
process.exitCode = await runShellProgram(process.argv.slice(2));
