import {runShellProgram} from './shell-program.ts';

process.exitCode = await runShellProgram(process.argv.slice(2));
