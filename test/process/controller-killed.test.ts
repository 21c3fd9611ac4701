// The process that libvirt has for a container has its terminals too: where it is killed they hang up, which ends the command.
import {openTerminal} from '../helpers/open-terminal.ts';
import {testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {findProcesses} from '../helpers/random-kills.ts';
import {programPath} from '../helpers/run-program.ts';

testWithLibvirtd('a killed libvirt_lxc is a fault of ours, not a hangup of the command', async (t) => {
	const statuses: number[] = [];
	for (let time = 0; time < 20; time++) {
		const name = `hungup-${process.pid}-${time}`;
		const terminal = openTerminal(programPath('virt-sandbox'), ['-c', testLibvirtd().uri, '--name', name, '--', 'sh', '-c', 'echo begun; exec sleep 600']);
		t.teardown(() => terminal.close());
		await terminal.see('begun');
		for (const pid of findProcesses(/libvirt_lxc$/, name)) process.kill(pid, 'SIGKILL');
		statuses.push(await terminal.exit());
	}
	t.deepEqual([...new Set(statuses)], [125]);
});
