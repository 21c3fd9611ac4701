import {readFileSync} from 'node:fs';
import {findQemus} from '../../src/backend/machine/machine-process.ts';
import {findSandbox} from '../../src/backend/session/find-sandbox.ts';
import {machine} from '../helpers/backends.ts';
import {testWithMachines as test} from '../helpers/machine.ts';
import {rootCaller} from '../helpers/run-sandbox.ts';

test('a label of the model dac is whom QEMU runs as, beside a machine without one', async (t) => {
	await machine.start(t, {command: ['sleep', '600']});
	const security = {mode: 'static', model: 'dac', label: '+65534:+65534', relabel: true} as const;
	const sandbox = await machine.start(t, {command: ['sleep', '600'], security});
	const qemu = findQemus(findSandbox(sandbox.name, rootCaller, sandbox.uri).record)[0];
	t.regex(readFileSync(`/proc/${qemu?.pid ?? 0}/status`, 'utf8'), /^Uid:\t65534\t65534\t65534\t65534$/m);
});
