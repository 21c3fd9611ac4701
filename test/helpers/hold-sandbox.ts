// A program of its own: runs a command in a sandbox, so that a test can kill or stop it. Words: URI NAME COMMAND…
import {startSandbox} from '../../src/backend/sandbox.ts';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import {rootCaller, silentVoice} from './caller.ts';

const [uri, name, ...command] = process.argv.slice(2);
const sandbox = await startSandbox(
	{...defaultSpec, kernel: {...defaultSpec.kernel, ...(uri?.startsWith('qemu') === true ? {accel: 'tcg' as const} : {})}, uri, name, command},
	{voice: silentVoice, caller: {...rootCaller, pid: process.pid}},
);
process.stdout.write(`${sandbox.id} ${sandbox.name}\n`);
process.stdin.pipe(sandbox.session.stdin);
sandbox.session.stdout.pipe(process.stdout, {end: false});
const ended = new Promise((resolve) => {
	sandbox.session.stdout.once('end', resolve);
});
const status = await sandbox.session.exited;
await ended;
await sandbox.close();
process.stdin.destroy();
process.stdout.write(`exit ${status}\n`);
