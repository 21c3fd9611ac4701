import {setTimeout as wait} from 'node:timers/promises';
import {startCountingRelay} from '../helpers/counting-relay.ts';
import {startOwnLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {openWithSandbox} from '../helpers/screen-session.ts';

testWithLibvirtd('while nothing happens nothing is asked of libvirtd, whatever the panes show', async (t) => {
	t.timeout(180_000);
	// One of its own: what other tests start is an event, and asked about.
	const daemon = await startOwnLibvirtd(t);
	const relay = await startCountingRelay(t, daemon.socket);
	const terminal = await openWithSandbox(t, '/bin/sh', {uri: `lxc:///system?socket=${relay.socket}`});
	terminal.type('view xml\rview consoles\rview events\r');
	await terminal.see(`XML ${terminal.name}`);
	await terminal.see(`1 ${terminal.name} tty`);
	await terminal.see('─ Events ─');
	t.true(relay.calls() > 0);
	// What the last commands have asked, and the ends of other tests' sandboxes, which are told here as well, need their time.
	let before: number;
	let windows = 0;
	do {
		t.true(++windows < 12, `${relay.calls()} calls, and never none in ten seconds`);
		before = relay.calls();
		await wait(10_000);
	} while (relay.calls() > before);
	terminal.type('list\r');
	await terminal.see(new RegExp(`${terminal.name} +running`));
	t.true(relay.calls() > before);
});
