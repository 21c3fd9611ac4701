import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';

const env = {...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`};

/** Runs a program as root has it, also of /usr/sbin; gives what it says. */
export const runProgram = (program: string, ...words: readonly string[]): string => execFileSync(program, words, {env, encoding: 'utf8', stdio: 'pipe'}).trim();

/** A device with an ext4, and where the host may mount it. */
export function makeDevice(t: ExecutionContext): {readonly device: string; readonly place: string} {
	const directory = mkdtempSync(join(tmpdir(), 'devices-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const [image, place] = [join(directory, 'image'), join(directory, 'place')];
	mkdirSync(place);
	runProgram('mkfs.ext4', '-q', image, '8M');
	const device = runProgram('losetup', '--find', '--show', image);
	t.teardown(() => runProgram('losetup', '--detach', device));
	return {device, place};
}
