import test from 'ava';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import {parseNetwork} from '../../src/spec/parse/parse-network.ts';
import {readSpecWords, writeSpecWords} from '../../src/spec/spec-words.ts';
import type {SandboxSpec} from '../../src/spec/types.ts';

const full: SandboxSpec = {
	name: 'web',
	backend: 'container',
	uri: 'lxc:///system',
	command: ['a', '', 'b\u0001'],
	tty: true,
	cwd: '/x',
	environment: {A: 'b\n'},
	user: {kind: 'name', name: '1000:100'},
	root: '/srv/root',
	hostname: 'web',
	idmap: {start: 100_000, count: 65_536},
	mounts: [parseMount('ram:/tmp=64M,ro'), parseMount('host-bind:/a='), parseMount('host-image:/i=/j,format=qcow2,chain=yes')],
	includes: [{guest: '/a/b', host: '/c'}],
	disks: [{type: 'file', tag: 'd', source: '/e', format: 'qed', chain: true, readonly: true}],
	networks: [parseNetwork('dhcp'), parseNetwork('dhcp')],
	security: {mode: 'static', model: 'selinux', label: 'u:r:t:s0:c1,c2', relabel: false},
	seccomp: '/etc/filter.json',
	limits: {memoryKiB: 1048576, swapKiB: 0, vcpus: 2, cpuShares: 5, cpuQuotaPercent: 50, ioWeight: 100, pids: 100, timeoutMs: 500},
	kernel: {version: '6.12', path: '/boot/k', modules: '/lib/modules', accel: 'tcg'},
	consoles: {spare: 0, shell: true},
	lifetime: 'keep',
};

test('what is written reads as the same', (t) => {
	for (const spec of [defaultSpec, full, {...full, user: {kind: 'root'}} as const]) {
		t.deepEqual(readSpecWords(JSON.parse(JSON.stringify(writeSpecWords(spec)))), spec);
	}
});

test('the default is written as nothing', (t) => t.deepEqual(writeSpecWords(defaultSpec), {}));

const refuses = test.macro({
	exec: (t, value: unknown) => {
		t.like(
			t.throws(() => readSpecWords(value)),
			{name: 'ShellError', code: 'usage'},
		);
	},
	title: (_, value) => `refuses ${JSON.stringify(value)}`,
});
test(refuses, null);
test(refuses, 'x');
test(refuses, {mounts: 'ram:/tmp=1M'});
test(refuses, {mounts: [1]});
test(refuses, {mounts: ['ram:/tmp']});
test(refuses, {nothing: ['x']});
test(refuses, JSON.parse('{"__proto__": ["x"]}'));
