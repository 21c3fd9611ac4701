import test from 'ava';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import {compareItems} from '../../src/spec/items.ts';
import {parseDisk} from '../../src/spec/parse-disk.ts';
import {parseInclude} from '../../src/spec/parse-include.ts';
import {parseMount} from '../../src/spec/parse-mount.ts';
import {parseNetwork} from '../../src/spec/parse-network.ts';
import {parseSecurity} from '../../src/spec/parse-security.ts';
import * as update from '../../src/spec/update-spec.ts';

test('a mount is added, replaced at its place, and taken away, and the old spec stays as it was', (t) => {
	const first = update.withMount(update.withMount(defaultSpec, parseMount('ram:/a=1M')), parseMount('ram:/b=1M'));
	const second = update.withMount(first, parseMount('ram:/a=2M'));
	t.deepEqual(second.mounts, [parseMount('ram:/a=2M'), parseMount('ram:/b=1M')]);
	t.deepEqual(update.withoutMount(second, '/a').mounts, [parseMount('ram:/b=1M')]);
	t.deepEqual(first.mounts, [parseMount('ram:/a=1M'), parseMount('ram:/b=1M')]);
	t.deepEqual(defaultSpec.mounts, []);
});

test('taking away what is not there says what is near', (t) => {
	const spec = update.withMount(defaultSpec, parseMount('ram:/data=1M'));
	t.like(
		t.throws(() => update.withoutMount(spec, '/dat')),
		{code: 'not-found', message: "There is no mount on '/dat'", hint: "Did you mean '/data'?"},
	);
	t.like(
		t.throws(() => update.withoutDisk(spec, 'x')),
		{code: 'not-found', hint: 'There are none.'},
	);
	t.like(
		t.throws(() => update.withoutNetwork(spec, 1)),
		{code: 'not-found', hint: 'There are none.'},
	);
	t.like(
		t.throws(() => update.withoutInclude(spec, '/x')),
		{code: 'not-found'},
	);
	t.like(
		t.throws(() => update.withoutEnvironment(update.withEnvironment(spec, 'PATH', 'x'), 'PTAH')),
		{code: 'not-found', hint: "Did you mean 'PATH'?"},
	);
});

test('changes name each part with what it was, what it is, and when it takes effect', (t) => {
	let spec = update.withMount(defaultSpec, parseMount('ram:/tmp=64M,ro'));
	spec = update.withEnvironment(spec, 'A', '1');
	spec = update.withInclude(spec, parseInclude('/tmp/a=/b'));
	spec = update.withDisk(spec, parseDisk('file:d=/e'));
	spec = update.withNetwork(spec, parseNetwork('dhcp'));
	spec = update.withSecurity(spec, parseSecurity('dynamic'));
	spec = update.withLimits(spec, {memoryKiB: 1048576, swapKiB: 0, vcpus: 2});
	spec = {...spec, name: 'web', command: ['sh', '-c', "echo 'x'"], user: {kind: 'root'}};
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
