import test from 'ava';
import type {NetworkRow} from '../../src/commands/sandboxes.ts';
import {findLacks} from '../../src/live/find-lacks.ts';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import {parseDisk} from '../../src/spec/parse/parse-disk.ts';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import {parseNetwork} from '../../src/spec/parse/parse-network.ts';
import type {SandboxSpec} from '../../src/spec/types.ts';
import {hostWith} from '../helpers/document-host.ts';

const host = hostWith({'/usr/bin/true': 'file', '/srv/bin/tool': 'file', '/srv/bin': 'directory', '/dev/null': 'character'});
const networks: readonly NetworkRow[] = [
	{name: 'default', uuid: '', active: true, bridge: 'virbr0', forward: 'nat', dhcp: true},
	{name: 'idle', uuid: '', active: false, bridge: null, forward: null, dhcp: false},
];

const lacksOf = async (changes: Partial<SandboxSpec>): Promise<string[]> => {
	const found = await findLacks({...defaultSpec, command: ['true'], ...changes}, {host, networks, path: '/usr/bin:/bin'});
	return found.map(({level, message}) => `${level}: ${message}`);
};

test('a definition that lacks nothing is told nothing', async (t) => {
	t.deepEqual(await lacksOf({}), []);
	t.deepEqual(await lacksOf({command: ['/usr/bin/true'], cwd: '/srv', mounts: [parseMount('host-bind:/a=/srv')], networks: [parseNetwork('dhcp')]}), []);
});

test('all that is missing is told at once', async (t) => {
	const mounts = ['host-bind:/a=/no/a', 'host-bind:/b=/no/b', 'overlay:/c=/no/c', 'host-bind:/d=/no/a'].map((text) => parseMount(text));
	t.deepEqual(await lacksOf({mounts, disks: [parseDisk('file:d=/no/d')], includes: [{guest: '/a/x', host: '/no/e'}], cwd: '/no/f', command: ['nosuch']}), [
		'error: The host has no /no/a',
		'error: The host has no /no/b',
		'error: The host has no /no/c',
		'error: The host has no /no/e',
		'error: The host has no /no/d',
		'error: The guest has no directory /no/f to begin in',
		'error: The guest has no program nosuch',
	]);
});

test('a program and a directory are looked for where the guest has them', async (t) => {
	const mounts = [parseMount('host-bind:/tools=/srv/bin'), parseMount('ram:/scratch=64M')];
	t.deepEqual(await lacksOf({mounts, command: ['/tools/tool'], cwd: '/tools'}), []);
	t.deepEqual(await lacksOf({mounts, command: ['/tools/other'], cwd: '/tools/none'}), [
		'error: The guest has no directory /tools/none to begin in',
		'error: The guest has no program /tools/other',
	]);
	// What is the guest's own may be made before the command begins.
	t.deepEqual(await lacksOf({mounts, command: ['/scratch/made'], cwd: '/scratch/x'}), []);
	t.deepEqual(await lacksOf({command: ['/tmp/made'], cwd: '/run/x'}), []);
	t.deepEqual(await lacksOf({command: ['tool'], environment: {PATH: '/nowhere:/srv/bin'}}), []);
	t.deepEqual(await lacksOf({command: ['/srv'], cwd: '/usr/bin/true'}), ['error: /usr/bin/true is no directory to begin in', 'error: /srv is a directory']);
	// The links of another root lead within it.
	t.deepEqual(await lacksOf({root: '/srv', command: ['nosuch'], cwd: '/none'}), []);
});

test('networks, processors, memory and KVM are held against what there is', async (t) => {
	t.deepEqual(
		await lacksOf({
			networks: [parseNetwork('source=nosuch'), parseNetwork('source=idle'), parseNetwork('user')],
			limits: {...defaultSpec.limits, vcpus: 9, memoryKiB: 17 * 1024 ** 2},
			kernel: {...defaultSpec.kernel, accel: 'kvm'},
		}),
		[
			"error: libvirt has no network 'nosuch'",
			"warning: The network 'idle' is not active",
			'warning: The sandbox is to have 9 CPUs, and this host has 8',
			'warning: The sandbox may take more memory than this host has',
			'error: This host has no /dev/kvm',
		],
	);
});

test('of another host nothing is said', async (t) => {
	t.deepEqual(await lacksOf({uri: 'qemu+ssh://other/system', command: ['nosuch'], mounts: [parseMount('host-bind:/a=/no/a')]}), []);
});
