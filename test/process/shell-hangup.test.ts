// virt-sandbox-shell without a screen whose terminal goes away: a hangup that ends the session in order, and no crash.
import test from 'ava';
import {findSandboxes} from '../../src/backend/session/find-sandbox.ts';
import {rootCaller} from '../helpers/caller.ts';
import {hangUp} from '../helpers/hang-up.ts';
import {testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';

const prompt = 'virt-sandbox #';
const ended = {status: '129', crashes: []};

for (const isTold of [true, false]) {
	const how = isTold ? 'SIGHUP comes' : 'no signal comes';

	test(`at the prompt, ${how}: half a line is not run`, async (t) => {
		const words = ['--plain', '-q', '-c', 'lxc:///system?socket=/nonexistent/socket'];
		t.deepEqual(await hangUp(t, words, {isTold, typed: [prompt, 'echo half'], last: 'half'}), {...ended, history: ''});
	});

	testWithLibvirtd(`at the prompt with a sandbox, ${how}`, async (t) => {
		const name = `hung-${process.pid}-${isTold ? 'a' : 'b'}`;
		const typed = [prompt, `new ${name} -- sleep 300; start; echo go'ing'\r`] as const;
		t.like(await hangUp(t, ['--plain', '-c', testLibvirtd().uri], {isTold, typed, last: 'going'}), ended);
		t.false(findSandboxes(rootCaller).some(({record}) => record.name === name));
	});
}

const works = {
	wait: 'wait',
	'a command': "exec -- sh -c 'echo read''y; sleep 300'",
	'a command on a terminal': "exec --tty -- sh -c 'echo read''y; sleep 300'",
	'a log': 'log --follow',
	events: 'events',
	run: 'destroy; run',
};

for (const [what, work] of Object.entries(works)) {
	testWithLibvirtd(`while ${what} goes on, of a line and of words`, async (t) => {
		const name = `hung-${process.pid}-${what.replaceAll(' ', '-')}`;
		const last = work.startsWith('exec') ? 'ready' : 'going';
		const line = `new ${name} -- sleep 300; start; echo go''ing; ${work.replace(/^\w+/, `$& ${work.startsWith('events') ? '' : name}`)}`;
		const {uri} = testLibvirtd();
		t.like(await hangUp(t, ['--plain', '-c', uri], {isTold: true, typed: [prompt, `${line}\r`], last}), ended);
		t.like(await hangUp(t, ['-c', uri, line], {isTold: true, last}), ended);
		t.false(findSandboxes(rootCaller).some(({record}) => record.name === name));
	});
}
