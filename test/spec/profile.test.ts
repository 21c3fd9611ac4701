import {readFileSync} from 'node:fs';
import test from 'ava';
import {shippedProfiles} from '../../src/commands/shipped-profiles.ts';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import {keys} from '../../src/spec/keys.ts';
import {applyProfile} from '../../src/spec/profile.ts';
import {makeProfileSchema} from '../../scripts/make/profile-schema.ts';
import {parseProfile, writeProfile} from '../../src/spec/profile-text.ts';

test('the schema in docs is that of the table of keys', (t) => {
	t.deepEqual(JSON.parse(readFileSync('docs/profile.schema.json', 'utf8')), makeProfileSchema());
});

test('shipped profiles can be read', (t) => {
	t.deepEqual(Object.keys(shippedProfiles).sort(), ['build', 'net-client', 'offline', 'shell', 'untrusted']);
	for (const [name, text] of Object.entries(shippedProfiles)) {
		const {mounts} = applyProfile(defaultSpec, parseProfile(text, name), name);
		t.false(
			mounts.some(({type}) => type === 'overlay'),
			`${name} is for containers too`,
		);
	}
});

/** A word that each key takes and that is not its default. */
const words: Readonly<Record<string, readonly string[]>> = {
	name: ['web'],
	command: ['/bin/sh', '-c', 'echo "a b"; exit'],
	backend: ['machine'],
	uri: ['qemu:///system'],
	tty: ['on'],
	cwd: ['/srv'],
	user: ['nobody'],
	root: ['/srv/root'],
	hostname: ['host-1'],
	idmap: ['100000:65536'],
	memory: ['1G'],
	swap: ['0'],
	vcpus: ['2'],
	'cpu-shares': ['100'],
	'cpu-quota': ['50'],
	'io-weight': ['200'],
	pids: ['100'],
	timeout: ['1500ms'],
	security: ['static,relabel=no,label=a:b:c:s0:c1,c2'],
	seccomp: ['/etc/filter.json'],
	'kernel.version': ['6.1'],
	'kernel.path': ['/boot/vmlinuz'],
	'kernel.modules': ['/lib/modules/6.1'],
	accel: ['tcg'],
	consoles: ['0'],
	shell: ['on'],
	lifetime: ['keep'],
	environment: ['A=1', 'B=x=y', 'EMPTY='],
	mounts: ['ram:/tmp=64M', 'host-bind:/srv=/srv,ro'],
	includes: ['/tmp/x=/etc/hosts'],
	disks: ['file:data=/srv/data.img,ro'],
	networks: ['dhcp,source=default'],
};

for (const key of keys) {
	test(`${key.name} can be set, read back, kept in a profile and unset`, (t) => {
		const value = words[key.name] ?? [];
		const spec = key.set(defaultSpec, value, '/');
		t.deepEqual(key.get(spec), value);
		t.is(key.get(defaultSpec), undefined);
		t.deepEqual(key.unset(spec), defaultSpec);
		if (key.name !== 'name') {
			t.deepEqual(applyProfile(defaultSpec, parseProfile(writeProfile(spec, undefined), 'p'), 'p'), spec);
		}
	});
}

test('comments stay where a profile is written again', (t) => {
	const text = `{
	// why
	"version": 1,
	"include": ["offline"], // no network
	"sandbox": {
		// a lot
		"memory": "2G", // really
		"environment": {
			"A": "1", // one
			"B": "2"
		}
	}
}
`;
	const spec = {...applyProfile(defaultSpec, parseProfile(text, 'p'), 'p'), environment: {A: '3', B: '2'}, cwd: '/srv'};
	t.is(writeProfile(spec, text), text.replace('"1", // one', '"3", // one').replace('"B": "2"\n\t\t}\n', '"B": "2"\n\t\t},\n\t\t"cwd": "/srv"\n'));
});
