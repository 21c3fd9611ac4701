import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {findProgramArchitecture} from '../../../src/backend/guest/program/program-file.ts';
import type {ContainerPlan} from '../../../src/backend/life/container-plan.ts';
import type {Controller} from '../../../src/backend/life/controller.ts';
import {mountLate} from '../../../src/backend/life/mount-late.ts';
import {lockDirectory, testWithLock} from '../../helpers/locked-directory.ts';
import {rootCaller, silentVoice} from '../../helpers/run-sandbox.ts';

testWithLock('what nobody asked for and somebody has whoever looks for it wait is left out, and the rest is there', async (t) => {
	const base = mkdtempSync('/srv/late-');
	t.teardown(() => rmSync(base, {recursive: true, force: true}));
	const [source, needed, locked] = ['source', 'needed', 'locked'].map((name) => join(base, name)) as [string, string, string];
	for (const path of [source, needed, locked, join(base, 'io')]) mkdirSync(path);
	writeFileSync(join(source, 'file'), '');
	const init = spawn('unshare', ['-m', 'sh', '-c', 'echo; exec sleep 100'], {stdio: ['ignore', 'pipe', 'inherit']});
	t.teardown(() => init.kill('SIGKILL'));
	await once(init.stdout, 'data');
	await lockDirectory(t, locked);
	// Nobody has looked for it yet, so whoever does asks the directory.
	const targets = {[needed]: 'needed', [join(locked, 'mount')]: 'optional'} as const;
	const told: string[] = [];
	const plan = {
		root: {mounts: [], skeleton: []},
		late: new Map(Object.entries(targets)),
		spec: {},
		begin: {architecture: findProgramArchitecture(process.arch) ?? 'x64'},
	} as unknown as ContainerPlan;
	await mountLate(plan, {
		mounts: {binds: Object.keys(targets).map((target) => ({source, target, readonly: true})), rams: [], ioDirectory: join(base, 'io')},
		controller: {initPid: init.pid} as Controller,
		state: {id: '00000000', path: base, root: base, io: join(base, 'io')},
		label: undefined,
		options: {
			caller: rootCaller,
			voice: {...silentVoice, notice: (_level: string, code: string, message: string) => void told.push(`${code}: ${message}`)},
		},
	} as unknown as Parameters<typeof mountLate>[1]);
	t.true(existsSync(`/proc/${init.pid ?? 0}/root${needed}/file`));
	t.deepEqual(told, [`mounts-left-out: The sandbox may see what lies beneath the host's mounts at ${locked}/mount, and not what is mounted there`]);
});
