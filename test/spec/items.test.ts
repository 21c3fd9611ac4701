import test from 'ava';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import {compareItems} from '../../src/spec/items.ts';
import {parseDisk} from '../../src/spec/parse/parse-disk.ts';
import {parseInclude} from '../../src/spec/parse/parse-include.ts';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import {parseNetwork} from '../../src/spec/parse/parse-network.ts';
import {parseSecurity} from '../../src/spec/parse/parse-security.ts';
import type {SandboxSpec} from '../../src/spec/types.ts';

test('changes name each part with what it was, what it is, and when it takes effect', (t) => {
	const spec: SandboxSpec = {
		...defaultSpec,
		mounts: [parseMount('ram:/tmp=64M,ro')],
		environment: {A: '1'},
		includes: [parseInclude('/tmp/a=/b')],
		disks: [parseDisk('file:d=/e')],
		networks: [parseNetwork('dhcp')],
		security: parseSecurity('dynamic'),
		limits: {...defaultSpec.limits, memoryKiB: 1048576, swapKiB: 0, vcpus: 2},
		name: 'web',
		command: ['sh', '-c', "echo 'x'"],
		user: {kind: 'root'},
	};
	const quote = (word: string): string => (word.includes(' ') ? `"${word}"` : word);
	t.deepEqual(compareItems(defaultSpec, spec, quote), [
		{path: 'name', from: null, to: 'web', effect: 'new sandbox'},
		{path: 'command', from: null, to: `sh -c "echo 'x'"`, effect: 'next start'},
		{path: 'user', from: null, to: 'root', effect: 'next start'},
		{path: 'memory', from: null, to: '1G', effect: 'next start'},
		{path: 'swap', from: null, to: '0', effect: 'next start'},
		{path: 'vcpus', from: null, to: '2', effect: 'next start'},
		{path: 'security', from: null, to: 'dynamic', effect: 'next start'},
		{path: 'env A', from: null, to: 'A=1', effect: 'next start'},
		{path: 'mount /tmp', from: null, to: 'ram:/tmp=64M,ro', effect: 'next start'},
		{path: 'include /tmp/a', from: null, to: '/tmp/a=/b', effect: 'next start'},
		{path: 'disk d', from: null, to: 'file:d=/e', effect: 'next start'},
		{path: 'network 1', from: null, to: 'dhcp', effect: 'next start'},
	]);
	t.deepEqual(compareItems(spec, defaultSpec, quote)[0], {path: 'name', from: 'web', to: null, effect: 'new sandbox'});
	t.deepEqual(compareItems(spec, spec, quote), []);
});
