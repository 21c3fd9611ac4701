import test from 'ava';
import {chooseDriver, drivers} from '../../../src/backend/domain/drivers.ts';
import {defaultSpec} from '../../../src/spec/default-spec.ts';

test('every driver of the table has the name it stands under and a URI that leads to it', (t) => {
	for (const [name, driver] of Object.entries(drivers)) {
		t.true(name === driver.name);
		t.is(chooseDriver(undefined, driver.systemUri), driver);
	}
});

test('a backend against the driver of the URI is refused', (t) => {
	t.is(chooseDriver('container', 'lxc:///'), drivers.container);
	t.like(
		t.throws(() => chooseDriver('machine', 'lxc:///system')),
		{code: 'usage', message: "The URI 'lxc:///system' is of a container, not of a machine", hint: 'Use -c qemu:///system, or leave --backend out.'},
	);
});

test('a container refuses a kernel and a host name of its own', (t) => {
	t.deepEqual(drivers.container.findRefusals({...defaultSpec, name: 'a', hostname: 'a'}), []);
	t.deepEqual(
		drivers.container.findRefusals({...defaultSpec, kernel: {...defaultSpec.kernel, version: '6.12'}, hostname: 'b'}).map((refusal) => refusal.message),
		["A container runs on the host's kernel and takes no kernel of its own", "A container's host name is its name and cannot be 'b'"],
	);
});
