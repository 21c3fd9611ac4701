import test from 'ava';
import {completeForReadline} from '../../../src/shell/complete/complete-for-readline.ts';
import {completeLine} from '../../../src/shell/complete/complete.ts';
import {tokenise} from '../../../src/shell/language/tokenise.ts';
import {commands} from '../../../src/commands/table.ts';
import {createMemoryShell} from '../memory-shell.ts';

const domains = [
	{name: 'web', id: '1', state: 'running', uri: 'lxc:///system', uuid: 'u', ours: true},
	{name: 'other', id: undefined, state: 'shut off', uri: 'lxc:///system', uuid: 'u', ours: false},
];

async function candidatesOf(line: string): Promise<readonly string[]> {
	const {shell} = createMemoryShell({
		files: {'/srv/data/a.img': '', '/srv/b.img': '', '/srv/.hidden': '', '/home/me/script.vs': '', '/lib/modules/6.1/x': ''},
		sandboxes: {list: ({all}) => Promise.resolve(all ? domains : domains.filter(({ours}) => ours))},
	});
	const setUp = "new db --backend machine; mount ram:/scratch=64M; env A=1 B=2; disk file:data=/srv/b.img; include '/scratch/x=/srv/b.img'; new web2";
	await shell.run(await shell.parse({text: `${setUp}; use db`, name: undefined}), new AbortController().signal);
	const {candidates} = await completeLine(line, commands, shell.completion());
	return candidates.map(({text}) => text);
}

const offers = test.macro({
	async exec(t, line: string, expected: readonly string[]) {
		t.deepEqual(await candidatesOf(line), [...expected]);
	},
	title: (_, line) => `offers what may stand after ${JSON.stringify(line)}`,
});

test(offers, 'sho', ['show']);
test(offers, 'echo a; sho', ['show']);
test(offers, 'echo a\nsho', ['show']);
test(offers, 'dumpx', ['dumpxml']);
test(offers, 'self', []);
test(offers, 'nosuch ', []);
test(offers, 'use ', ['db', 'web2']);
test(offers, 'use w', ['web2']);
test(offers, 'use "w', ['web2']);
test(offers, "use 'd", ['db']);
test(offers, 'delete ', ['db', 'web2']);
test(offers, 'set mem', ['memory']);
test(offers, 'set kernel.', ['kernel.version', 'kernel.path', 'kernel.modules']);
test(offers, 'set kernel.version ', ['6.1']);
test(offers, 'set lifetime ', ['client', 'keep']);
test(offers, 'set lifetime k', ['keep']);
test(offers, 'set backend m', ['machine']);
test(offers, 'set tty ', ['on', 'off']);
test(offers, 'set user ', ['caller', 'root']);
test(offers, 'set uri l', ['lxc:///system']);
test(offers, 'set root /sr', ['/srv/']);
test(offers, 'set root /srv/', ['/srv/b.img', '/srv/data/']);
test(offers, 'set root /srv/.', ['/srv/.hidden']);
test(offers, 'set command /srv/d', ['/srv/data/']);
test(offers, 'unset memory vc', ['vcpus']);
test(offers, 'show --', ['--key']);
test(offers, 'show --key acc', ['accel']);
test(offers, 'show --key=acc', ['--key=accel']);
test(offers, 'mount ', ['host-bind:', 'host-image:', 'guest-bind:', 'ram:', 'overlay:', 'hide:']);
test(offers, 'mount hide:/sr', ['hide:/srv/']);
test(offers, 'mount host-bind:/sr', ['host-bind:/srv/']);
test(offers, 'mount host-bind:/x=/srv/d', ['host-bind:/x=/srv/data/']);
test(offers, 'mount ram:/x=6', ['ram:/x=64M']);
test(offers, 'mount ram:/x=64M,r', ['ram:/x=64M,ro', 'ram:/x=64M,rw']);
test(offers, 'umount ', ['/scratch']);
test(offers, 'env --remove ', ['A', 'B']);
test(offers, 'env --rem', ['--remove']);
test(offers, 'env --remove A --rem', ['--remove']);
test(offers, 'disk --remove ', ['data']);
test(offers, 'disk ', ['file:']);
test(offers, 'disk file:x=/srv/b', ['file:x=/srv/b.img']);
test(offers, 'disk file:x=/srv/b.img,', ['file:x=/srv/b.img,ro', 'file:x=/srv/b.img,rw', 'file:x=/srv/b.img,format=', 'file:x=/srv/b.img,chain=yes']);
test(offers, 'include --remove ', ['/scratch/x']);
test(offers, 'include /a=/srv/b', ['/a=/srv/b.img']);
test(offers, 'network d', ['dhcp', 'dns=']);
test(offers, 'network dhcp,so', ['dhcp,source=']);
test(offers, 'security s', ['static,label=']);
test(offers, 'backend ', ['container', 'machine', 'xen', 'default']);
test(offers, 'limit --cpu', ['--cpu-shares', '--cpu-quota']);
test(offers, 'limit --memory 1G --mem', []);
test(offers, 'kernel --accel ', ['auto', 'kvm', 'tcg']);
test(offers, 'profile ', ['save', 'load', 'list', 'show', 'delete']);
test(offers, 'profile load ', ['build', 'net-client', 'offline', 'shell', 'untrusted']);
test(offers, 'new x --from un', ['untrusted']);
test(offers, 'new x --backend ', ['container', 'machine', 'xen']);
test(offers, 'connect ', ['lxc:///system', 'qemu:///system', 'xen:///system', 'qemu:///session']);
test(offers, 'source s', ['script.vs']);
test(offers, 'cd /srv/d', ['/srv/data/']);
test(offers, 'help ech', ['echo']);
test(offers, 'help li', ['list', 'limit', 'life']);
test(offers, 'echo a # use ', []);
test(offers, 'run --tt', ['--tty']);
test(offers, 'run -- --tt', []);

test('tells where the word begins and the quote it stands in', async (t) => {
	const {shell} = createMemoryShell();
	const context = shell.completion();
	t.deepEqual(await completeLine("set 'mem", commands, context), {
		start: 4,
		quote: "'",
		candidates: [{text: 'memory', description: 'memory: 512M, 1GiB; without a unit: bytes'}],
	});
	t.deepEqual(await completeLine('set ', commands, context).then(({start, quote}) => ({start, quote})), {start: 4, quote: undefined});
});

test('a completer that fails offers nothing', async (t) => {
	const {shell} = createMemoryShell({sandboxes: {list: () => Promise.reject(new Error('down'))}});
	t.deepEqual((await completeLine('use ', commands, shell.completion())).candidates, []);
});

test('a file’s name stays one word, in a quote that is open too, and one that a terminal would obey is not offered', async (t) => {
	const name = `/srv/data'; source "n\\otes`;
	const {shell} = createMemoryShell({files: {[name]: '', '/srv/ends\nhere': '', '/srv/e\u001b[2Jscape': ''}});
	const completion = shell.completion();
	for (const line of ['source /srv/d', "source '/srv/d", 'source "/srv/d', "source /sr'v/d", 'include "/a=/srv/d']) {
		const {insert} = await completeForReadline(line, '', {commands, completion});
		const [[text = ''], typed] = insert;
		const {statements, problem} = tokenise(line.slice(0, line.length - typed.length) + text);
		const place = line.includes('=') ? `/a=${name}` : name;
		t.deepEqual(
			{words: statements.map(({words}) => words.map((word) => word.text)), problem},
			{words: [[line.split(' ')[0] ?? '', place]], problem: undefined},
			line,
		);
	}
	t.deepEqual((await completeLine('source /srv/e', commands, completion)).candidates, []);
});
