import test from 'ava';
import {ShellError} from '../../../../src/core/errors.ts';
import {findNbdLack, refuseStarved, requireNbd} from '../../../../src/backend/container/images/nbd.ts';

const nothing = {exists: () => false, read: () => ''};

test('a kernel with the module or a device, and the program, are enough', (t) => {
	const exists = (path: string): boolean => path === '/usr/bin/qemu-nbd';
	t.is(findNbdLack({exists, read: (path) => (path.endsWith('modules.dep') ? 'kernel/drivers/block/nbd.ko.xz:\n' : '')}), undefined);
	t.is(findNbdLack({exists, read: (path) => (path.endsWith('modules.builtin') ? 'kernel/drivers/block/nbd.ko\n' : '')}), undefined);
	t.is(findNbdLack({exists: (path) => exists(path) || path === '/sys/block/nbd0', read: () => ''}), undefined);
});

test('what lacks is told', (t) => {
	t.is(findNbdLack(nothing)?.what, 'its kernel has no nbd');
	t.is(findNbdLack({...nothing, exists: (path) => path === '/sys/block/nbd0'})?.what, 'it has no qemu-nbd');
});

test('only images that are not raw need it', (t) => {
	const raw = {source: '/a.img', format: 'raw'};
	const qcow2 = {source: '/b.qcow2', format: 'qcow2'};
	const lack = (): ReturnType<typeof findNbdLack> => findNbdLack(nothing);
	t.deepEqual(requireNbd([raw], lack), []);
	t.deepEqual(
		requireNbd([raw, qcow2], () => undefined),
		['/b.qcow2'],
	);
	t.throws(() => requireNbd([raw, qcow2], lack), {
		instanceOf: ShellError,
		message: 'A container cannot have /b.qcow2, which is not raw, on this host: its kernel has no nbd',
	});
});

test('one that could keep the host waiting for a container without time is refused', (t) => {
	const image = {source: '/i', format: 'qcow2', chain: false, readonly: false} as const;
	t.throws(() => refuseStarved(image), {code: 'refused'});
	t.notThrows(() => refuseStarved({...image, readonly: true}));
	t.notThrows(() => refuseStarved({...image, format: 'raw'}));
});
