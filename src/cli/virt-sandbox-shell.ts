import {runShellProgram} from './shell-program.ts';
import {watchLostEnd} from './watch-lost-end.ts';

watchLostEnd('virt-sandbox-shell', 70);
process.exitCode = await runShellProgram(process.argv.slice(2));
