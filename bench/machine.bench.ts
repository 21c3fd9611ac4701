/** The whole call for `true` in a machine beside bare QEMU that boots the same kernel and initramfs, to an init that powers off at once. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {appendFileSync, copyFileSync, existsSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {writeCpio} from '../src/backend/machine/boot/cpio.ts';
import {findElement, textOf, type Element} from '../src/backend/xml/element.ts';
import {readXml} from '../src/backend/xml/read-xml.ts';
import {besideOther, printTimes, runProgram, takeTurns} from './measure.ts';

const socket = process.env['VIRT_SANDBOX_TEST_SOCKET'];
if (socket === undefined) throw new Error('VIRT_SANDBOX_TEST_SOCKET is not set: run `make bench`');
const uri = `qemu:///system?socket=${socket}`;
const rounds = Number(process.env['ROUNDS'] ?? 9);
const program = join(import.meta.dirname, '../bin/virt-sandbox');
const powerOff = '#!/bin/busybox sh\nexec /bin/busybox poweroff -f\n';

const directory = mkdtempSync(join(tmpdir(), 'bench-'));
const initrd = join(directory, 'initrd');
const kernel = join(directory, 'kernel');
const firmware = join(directory, 'firmware');

/** The document of a machine of ours, whose kernel, initramfs and firmware are copied while it boots: they go with it. */
async function describeMachine(): Promise<Element> {
	const holder = spawn(program, ['-c', uri, '--print-xml', '--', 'sh', '-c', 'echo runs; exec sleep 600'], {stdio: ['ignore', 'pipe', 'pipe']});
	const exited = new Promise((resolve) => holder.once('exit', resolve));
	let said = '';
	let domain: Promise<Element> | undefined;
	holder.stderr.setEncoding('utf8').on('data', (text: string) => {
		said += text;
		const end = said.lastIndexOf('</domain>');
		if (end === -1) return;
		// Where KVM was tried and failed this is the second one.
		domain = readXml(said.slice(said.lastIndexOf('<domain '), end + '</domain>'.length));
		void domain.then((each) => {
			copyFileSync(textOf(findElement(each, 'os', 'initrd')), initrd);
			copyFileSync(textOf(findElement(each, 'os', 'kernel')), kernel);
			const loader = textOf(findElement(each, 'os', 'loader'));
			if (loader !== '') copyFileSync(loader, firmware);
		});
		said = '';
	});
	try {
		const failed = exited.then(() => Promise.reject(new Error(`the machine to look at has ended: ${said}`)));
		await Promise.race([once(holder.stdout, 'data'), failed]);
		if (domain === undefined) throw new Error('the machine to look at told no XML');
		return await domain;
	} finally {
		holder.kill('SIGTERM');
		await exited;
	}
}

try {
	const domain = await describeMachine();
	const find = (...path: readonly string[]): string => textOf(findElement(domain, ...path));
	appendFileSync(initrd, writeCpio([{kind: 'file', path: 'init', mode: 0o755, data: Buffer.from(powerOff)}]));
	const isKvm = domain.attributes['type'] === 'kvm';
	const hasHpet = findElement(domain, 'clock', 'timer')?.attributes['name'] !== 'hpet';
	const machine = `${findElement(domain, 'os', 'type')?.attributes['machine'] ?? ''},hpet=${hasHpet ? 'on' : 'off'}`;
	const feature = findElement(domain, 'cpu', 'feature')?.attributes['name'] ?? '';
	const cpu = isKvm ? 'host' : `${find('cpu', 'model')},+${feature}`;
	const qemu = [
		['-machine', machine, '-accel', isKvm ? 'kvm' : 'tcg', '-cpu', cpu],
		['-m', `${find('memory')}K`, '-smp', find('vcpu')],
		existsSync(firmware) ? ['-bios', firmware] : [],
		['-kernel', kernel, '-initrd', initrd, '-append', find('os', 'cmdline')],
		['-nodefaults', '-no-user-config', '-display', 'none', '-serial', 'null'],
	].flat();
	const times = await takeTurns(rounds, {
		'qemu to poweroff': () => runProgram('qemu-system-x86_64', qemu),
		'virt-sandbox true': () => runProgram(program, ['-c', uri, '--', 'true']),
		...besideOther(['-c', uri, '--', 'true']),
	});
	printTimes(`Whole call for true in a machine, ${isKvm ? 'by KVM' : 'emulated'}, medians of ${rounds}`, times, 'qemu to poweroff');
	// The machine before is still going, and libvirt with it.
	await wait(1000);
	console.log('\nPhases of one run');
	await runProgram(program, ['-c', uri, '-v', '-t', '--', 'true']);
} finally {
	rmSync(directory, {recursive: true});
}
