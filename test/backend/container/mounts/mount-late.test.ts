import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {findProgramArchitecture} from '../../../../src/backend/guest/program/program-file.ts';
import type {ContainerPlan} from '../../../../src/backend/container/container-plan.ts';
import type {Controller} from '../../../../src/backend/container/controller.ts';
import {prepareCovers} from '../../../../src/backend/container/mounts/cover-loose.ts';
import {mountLate} from '../../../../src/backend/container/mounts/mount-late.ts';
import {lockDirectory, testWithLock} from '../../../helpers/locked-directory.ts';
import {rootCaller, silentVoice} from '../../../helpers/run-sandbox.ts';

testWithLock('what was asked for is mounted late, and a home in which somebody has whoever covers places wait is covered itself', async (t) => {
	const base = mkdtempSync('/srv/late-');
	t.teardown(() => rmSync(base, {recursive: true, force: true}));
	const [source, needed, locked, other] = ['source', 'needed', 'locked', 'other'].map((name) => join(base, name)) as [string, string, string, string];
	chmodSync(base, 0o755);
	for (const path of [source, needed, locked, other, join(other, 'mount'), join(locked, 'inside'), join(base, 'io')]) mkdirSync(path);
	for (const path of [locked, other]) chownSync(path, 65_534, 65_534);
	for (const path of [source, join(other, 'mount')]) writeFileSync(join(path, 'file'), '');
	const init = spawn('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs none /run; mkdir -p /run/sandbox/empty-directory; echo; exec sleep 100'], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	t.teardown(() => init.kill('SIGKILL'));
	await once(init.stdout, 'data');
	await lockDirectory(t, join(locked, 'inside'));
	// Nobody has looked for it yet, so whoever does asks the directory.
	const around = [base, '/srv'];
	const loose = [
		{target: join(locked, 'inside/mount'), homes: [locked, ...around]},
		{target: join(other, 'mount'), homes: [other, ...around]},
	];
	const told: string[] = [];
	const plan = {
		root: {base: '', mounts: [], skeleton: [], hostMounts: [], loose},
		late: new Set([needed]),
		spec: {},
		kernelFiles: {ofLibvirt: [], ofProgram: []},
		begin: {architecture: findProgramArchitecture(process.arch) ?? 'x64'},
	} as unknown as ContainerPlan;
	const controller = {initPid: init.pid} as Controller;
	const state = {id: '00000000', path: base, root: base, io: join(base, 'io')};
	const options = {
		caller: rootCaller,
		voice: {...silentVoice, notice: (_level: string, code: string, message: string) => void told.push(`${code}: ${message}`)},
	};
	await mountLate(plan, {
		mounts: {binds: [{source, target: needed, readonly: true}], rams: [], ioDirectory: join(base, 'io')},
		controller,
		state,
		label: undefined,
		options,
	} as unknown as Parameters<typeof mountLate>[1]);
	const covers = prepareCovers(plan, state, options);
	const held = await covers.begin(controller);
	t.deepEqual(held, [{homes: [locked, ...around], places: [join(locked, 'inside/mount')]}]);
	await covers.coverHomes(held, controller);
	const seen = (path: string): string => `/proc/${init.pid ?? 0}/root${path}`;
	t.deepEqual(
		[needed, join(other, 'mount')].map((path) => readdirSync(seen(path))),
		[['file'], []],
	);
	t.is(statSync(seen(locked)).uid, 0);
	t.deepEqual(told, [`home-covered: The sandbox sees nothing of ${locked}: whoever looks there waits for ever`]);
});

test('what cannot be mounted late is refused: in a container that is not to be seen, and where the way is not there', async (t) => {
	const base = mkdtempSync('/tmp/late-');
	t.teardown(() => rmSync(base, {recursive: true, force: true}));
	const state = {id: '00000000', path: base, root: base, io: join(base, 'io')};
	const plan = {
		root: {base: '', mounts: [], skeleton: [], hostMounts: [], loose: []},
		late: new Set(['/nowhere/deep']),
		spec: {},
		kernelFiles: {ofLibvirt: [], ofProgram: []},
		begin: {architecture: findProgramArchitecture(process.arch) ?? 'x64'},
	} as unknown as ContainerPlan;
	const init = spawn('sleep', ['100']);
	t.teardown(() => init.kill('SIGKILL'));
	for (const controller of [undefined, {initPid: undefined}, {initPid: init.pid}] as Array<Controller | undefined>) {
		const mounts = {binds: [{source: '/etc', target: '/nowhere/deep', readonly: true}], rams: [], ioDirectory: join(base, 'io')};
		const late = mountLate(plan, {mounts, controller, state, label: undefined, options: {caller: rootCaller}} as unknown as Parameters<
			typeof mountLate
		>[1]);
		await t.throwsAsync(late, {code: 'refused', message: 'Nothing can be mounted in what others may write to: /nowhere/deep'});
	}
});
