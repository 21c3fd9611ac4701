import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {CgroupFacts} from '../../../../src/backend/container/cgroups/cgroups-of.ts';
import {findFreezer, needsFreezer, type Freezer} from '../../../../src/backend/container/cgroups/freezer.ts';
import {testWithLibvirtd} from '../../../helpers/libvirtd.ts';
import {runProgram} from '../../../helpers/run-program.ts';

const mount = (mountPoint: string, fileSystem: string, options: readonly string[]) => ({mountPoint, fileSystem, readonly: false, flags: [], options});
const group = 'machine/lxc-7-web.libvirt-lxc';
const forever = new AbortController().signal;

/** A container's group with these files. */
function makeGroup(t: ExecutionContext, events: string): {readonly path: string; readonly freezer: Freezer} {
	const top = mkdtempSync(join(tmpdir(), 'freezer-'));
	t.teardown(() => rmSync(top, {recursive: true}));
	const path = join(top, group);
	mkdirSync(path, {recursive: true});
	writeFileSync(join(path, 'cgroup.freeze'), '0');
	writeFileSync(join(path, 'cgroup.events'), events);
	const freezer = findFreezer(7, {mountTable: () => [mount(top, 'cgroup2', [])], read: () => `0::/${group}\n`});
	if (freezer === undefined) throw new Error('There is a freezer');
	return {path, freezer};
}

test('libvirt suspends where there is a freezer of version 1, whatever else is mounted', (t) => {
	const facts = (...mountTable: ReturnType<CgroupFacts['mountTable']>): CgroupFacts => ({mountTable: () => mountTable, read: () => `0::/${group}\n`});
	const second = mount('/cg/unified', 'cgroup2', []);
	t.is(findFreezer(7, facts(second, mount('/cg/freezer', 'cgroup', ['freezer']))), undefined);
	t.false(needsFreezer(facts(mount('/cg/memory', 'cgroup', ['memory']))));
	t.true(needsFreezer(facts(second, mount('/cg/memory', 'cgroup', ['memory']))));
});

test('a process in no group of libvirt’s has no freezer', (t) => {
	t.is(findFreezer(7, {mountTable: () => [mount('/nonexistent', 'cgroup2', [])], read: () => '0::/user.slice\n'}), undefined);
	t.is(findFreezer(7, {mountTable: () => [mount('/nonexistent', 'cgroup2', [])], read: () => `0::/${group}\n`}), undefined);
});

test('a suspend that is given up while processes still run lets them all go on', async (t) => {
	const {path, freezer} = makeGroup(t, 'populated 1\nfrozen 0\n');
	const abort = new AbortController();
	const freezing = freezer.freeze(abort.signal);
	t.is(readFileSync(join(path, 'cgroup.freeze'), 'utf8'), '1');
	abort.abort(new Error('given up'));
	await t.throwsAsync(freezing);
	t.is(readFileSync(join(path, 'cgroup.freeze'), 'utf8'), '0');
	t.false(freezer.isFrozen);
});

testWithLibvirtd('on a real control group of version 2 a process stands still, goes on, and whoever watches hears of both', async (t) => {
	const top = mkdtempSync(join(tmpdir(), 'freezer-'));
	// The hierarchy is the host's, whoever else runs these tests.
	const path = join(top, `machine/lxc-7-${basename(top)}.libvirt-lxc`);
	t.is((await runProgram('mount', ['-t', 'cgroup2', 'cgroup2', top])).status, 0);
	t.teardown(async () => {
		for (const each of [path, join(top, 'machine')]) {
			try {
				rmdirSync(each);
			} catch {
				// libvirtd's.
			}
		}
		await runProgram('umount', [top]);
		rmdirSync(top);
	});
	mkdirSync(path, {recursive: true});
	const child = spawn('cat', {stdio: ['pipe', 'pipe', 'ignore']});
	const ended = once(child, 'exit');
	writeFileSync(join(path, 'cgroup.procs'), String(child.pid));
	const freezer = findFreezer(child.pid ?? 0, {mountTable: () => [mount(top, 'cgroup2', [])], read: (pid) => readFileSync(`/proc/${pid}/cgroup`, 'utf8')});
	const states: boolean[] = [];
	let wake = (): void => undefined;
	const forget = freezer?.watch(() => {
		const isFrozen = freezer.isFrozen;
		if (isFrozen !== (states.at(-1) ?? false)) states.push(isFrozen);
		wake();
	});
	const seen = async (count: number): Promise<void> => {
		while (states.length < count) await new Promise<void>((resolve) => (wake = resolve));
	};
	const stays = setInterval(() => undefined, 1000);
	await freezer?.freeze(forever);
	t.true(freezer?.isFrozen);
	await seen(1);
	child.stdin.write('still there');
	await freezer?.thaw(forever);
	const [answer] = (await once(child.stdout, 'data')) as [Buffer];
	t.is(answer.toString(), 'still there');
	await seen(2);
	t.deepEqual(states, [true, false]);
	// One that stands still can be killed.
	await freezer?.freeze(forever);
	child.kill('SIGKILL');
	t.deepEqual(await ended, [null, 'SIGKILL']);
	forget?.();
	clearInterval(stays);
});
