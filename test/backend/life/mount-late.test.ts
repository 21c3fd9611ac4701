import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {findProgramArchitecture} from '../../../src/backend/guest/program/program-file.ts';
import type {ContainerPlan} from '../../../src/backend/life/container-plan.ts';
import type {Controller} from '../../../src/backend/life/controller.ts';
import {prepareCovers} from '../../../src/backend/life/cover-loose.ts';
import {mountLate} from '../../../src/backend/life/mount-late.ts';
import {lockDirectory, testWithLock} from '../../helpers/locked-directory.ts';
import {rootCaller, silentVoice} from '../../helpers/run-sandbox.ts';

testWithLock('a home in which somebody has whoever makes mounts of nobody’s asking wait is covered, and those of others are there', async (t) => {
	const base = mkdtempSync('/srv/late-');
	t.teardown(() => rmSync(base, {recursive: true, force: true}));
	const [source, needed, locked, other] = ['source', 'needed', 'locked', 'other'].map((name) => join(base, name)) as [string, string, string, string];
	chmodSync(base, 0o755);
	for (const path of [source, needed, locked, other, join(other, 'mount'), join(locked, 'inside'), join(base, 'io')]) mkdirSync(path);
	for (const path of [locked, other]) chownSync(path, 65_534, 65_534);
	writeFileSync(join(source, 'file'), '');
	const init = spawn('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs none /run; mkdir -p /run/sandbox/empty-directory; echo; exec sleep 100'], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	t.teardown(() => init.kill('SIGKILL'));
	await once(init.stdout, 'data');
	await lockDirectory(t, join(locked, 'inside'));
	// Nobody has looked for it yet, so whoever does asks the directory.
	const targets = {[needed]: 'needed', [join(locked, 'inside/mount')]: 'optional', [join(other, 'mount')]: 'optional'} as const;
	const told: string[] = [];
	const plan = {
		root: {base: '', mounts: [], skeleton: [], hostMounts: []},
		late: new Map(Object.entries(targets)),
		spec: {},
		begin: {architecture: findProgramArchitecture(process.arch) ?? 'x64'},
	} as unknown as ContainerPlan;
	const controller = {initPid: init.pid} as Controller;
	const state = {id: '00000000', path: base, root: base, io: join(base, 'io')};
	const options = {
		caller: rootCaller,
		voice: {...silentVoice, notice: (_level: string, code: string, message: string) => void told.push(`${code}: ${message}`)},
	};
	const held = await mountLate(plan, {
		mounts: {binds: Object.keys(targets).map((target) => ({source, target, readonly: true})), rams: [], ioDirectory: join(base, 'io')},
		controller,
		state,
		label: undefined,
		options,
	} as unknown as Parameters<typeof mountLate>[1]);
	t.deepEqual(held, [{homes: [locked, base, '/srv'], places: [join(locked, 'inside/mount')]}]);
	const covers = prepareCovers({...plan, root: {...plan.root, loose: []}}, state, options);
	t.deepEqual(await covers.begin(controller, held), held);
	await covers.coverHomes(held, controller);
	const seen = (path: string): string => `/proc/${init.pid ?? 0}/root${path}`;
	t.deepEqual(
		[needed, join(other, 'mount')].map((path) => readdirSync(seen(path))),
		[['file'], ['file']],
	);
	t.is(statSync(seen(locked)).uid, 0);
	t.deepEqual(told, [`home-covered: The sandbox sees nothing of ${locked}: who looks there waits for ever, or is led elsewhere`]);
});
