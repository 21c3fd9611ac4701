import {randomBytes} from 'node:crypto';
import {chmodSync, mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {findingsOf, type Findings, type HostView, type Probe, type Scene, type Setting} from './probe.ts';
import {onTerminal, runCommand, type Call} from './run-command.ts';

/** Makes the scene of one run of a probe; `directory` is made where there is none. */
export function makeScene(given: Pick<Scene, 'way' | 'directory' | 'mine' | 'hidden' | 'runtime' | 'own'>): Scene {
	mkdirSync(given.directory, {recursive: true});
	chmodSync(given.directory, 0o777);
	const aside = mkdtempSync('/var/spool/wall-');
	chmodSync(aside, 0o755);
	return {...given, aside, marker: `wall${randomBytes(6).toString('hex')}`};
}

/** Puts it away, whatever the sandbox made of it. */
export function endScene({directory, aside}: Scene): void {
	rmSync(directory, {recursive: true, force: true});
	rmSync(aside, {recursive: true, force: true});
}

/** The script with its variables. */
export function scriptOf(probe: Probe, setting: Setting, {mine}: Scene): string {
	const variables = Object.entries({MINE: mine, ...setting.variables}).map(([name, value]) => `${name}='${value}'`);
	return `${variables.join('; ')}\n${probe.script}`;
}

/** Prepares the host for a probe, runs it, and tells what it found. */
export async function runProbe(probe: Probe, scene: Scene, call: (setting: Setting) => Promise<Call>, host?: HostView): Promise<Findings> {
	const setting = (await probe.set?.(scene)) ?? {};
	try {
		const plain = await call(setting);
		const {run, found} = await runCommand(probe.terminal === true ? onTerminal(plain) : plain, setting.during, host);
		const told = setting.judge === undefined ? findingsOf(run) : setting.judge(run);
		return [...told, ...found, ...((await setting.look?.(run)) ?? [])];
	} finally {
		await setting.end?.();
		endScene(scene);
	}
}
