// A program of its own: runs a command in a sandbox, so that a test can kill or stop it. Words: URI NAME COMMAND…
import {finished} from 'node:stream/promises';
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
// What is lost of it is a fault, and no end.
const ended = finished(sandbox.session.stdout).then(
	() => true,
	() => false,
);
const status = await sandbox.session.exited;
const isWhole = await ended;
await sandbox.close();
process.stdin.destroy();
if (isWhole) process.stdout.write(`exit ${status}\n`);
else process.exitCode = 1;
