// What people type wrong: one message, a hint, 125, and nothing is started. No libvirtd is needed: none is asked before all is checked.
import test from 'ava';
import {programPath, runProgram} from '../helpers/run-program.ts';

const program = programPath('virt-sandbox');
const nowhere = 'lxc:///system?socket=/nonexistent/socket';

const refuses = test.macro({
	async exec(t, words: readonly string[], message: RegExp) {
		const {status, stdout, stderr} = await runProgram(program, words.includes('-c') ? words : ['-c', nowhere, ...words]);
		t.like({status, stdout}, {status: 125, stdout: ''});
		t.regex(stderr, message);
		const lines = stderr.split('\n');
		t.regex(stderr, /^virt-sandbox: [^\n]+\n(  hint: [^\n]+\n)?$/, 'one message and one hint');
		t.is(lines.length, 3, `there is a hint: ${stderr}`);
		t.notRegex(stderr, /\n {4}at |[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
	},
	title: (_title, words: readonly string[]) => `refuses ${JSON.stringify(words).slice(0, 100)}`,
});

// Options
test(refuses, ['--no-such-option', 'id'], /Unknown option --no-such-option/);
test(refuses, ['--mouunt', 'x', 'id'], /Unknown option --mouunt\n  hint: Did you mean --mount\?/);
test(refuses, ['-x', 'id'], /Unknown option -x/);
test(refuses, ['-\u001b[31m', 'id'], /Unknown option/);
test(refuses, ['-n'], /needs a value/);
test(refuses, ['-n', 'a', '-n', 'b', 'id'], /given twice/);
test(refuses, ['-p', '-S', 'nobody', 'id'], /exclude each other/);
test(refuses, ['--output=xml', 'id'], /cannot be 'xml'/);
test(refuses, ['-e', 'xyz', 'id'], /escape key 'xyz'/);
// Commands
test(refuses, [], /no command/);
test(refuses, ['--'], /no command/);
test(refuses, ['--', ''], /empty word/);
// Mounts
test(refuses, ['-m', 'h:/x=/tmp', 'id'], /no mount type 'h'\n  hint: Did you mean/);
test(refuses, ['-m', 'host-bind', 'id'], /no target/);
test(refuses, ['-m', 'host-bind:/x', 'id'], /no '='/);
test(refuses, ['-m', 'host-bind:/srv=/nonexistent/dir', 'id'], /\/nonexistent\/dir/);
test(refuses, ['-m', 'host-bind:x=/tmp', 'id'], /not an absolute path/);
test(refuses, ['-m', 'host-bind:/a/../b=/tmp', 'id'], /'\.\.'/);
test(refuses, ['-m', 'host-bind:=/tmp', 'id'], /target is empty/);
test(refuses, ['-m', 'host-bind:/x\u0001=/tmp', 'id'], /control character/);
test(refuses, ['-m', 'host-bind:/x\n=/tmp', 'id'], /control character/);
test(refuses, ['-m', 'ram:/s=1M', '-m', 'ram:/s=2M', 'id'], /\/s/);
test(refuses, ['-m', 'ram:/s=1M', '-m', 'ram:/s/=2M', 'id'], /\/s/);
test(refuses, ['-m', `host-bind:/${'x'.repeat(5000)}=/tmp`, 'id'], /longer than/);
// Roots
test(refuses, ['-r', '/nonexistent/root', 'id'], /no directory \/nonexistent\/root\b/);
test(refuses, ['-r', '/etc/hostname', 'id'], /no directory \/etc\/hostname\b/);
test(refuses, ['-m', `ram:/${'x'.repeat(300)}=1M`, 'id'], /a name longer than 255 bytes/);
test(refuses, ['-m', `ram:/${'é'.repeat(128)}=1M`, 'id'], /a name longer than 255 bytes/);
test(refuses, ['-m', `host-bind:/x=/${'x'.repeat(300)}`, 'id'], /a name longer than 255 bytes/);
test(refuses, ['-m', `host-bind:/x=${'x'.repeat(300)}`, 'id'], /a name longer than 255 bytes/);
test(refuses, ['-m', `host-bind:/x=${'/xxx'.repeat(1100)}`, 'id'], /longer than 4095 bytes/);
test(refuses, ['--cwd', `/${'x'.repeat(300)}`, 'id'], /a name longer than 255 bytes/);
// Sources of odd kinds, and those that do not fit their targets
test(refuses, ['-m', 'host-bind:/x=/dev/zero', 'id'], /is a character device/);
test(refuses, ['-m', 'host-bind:/etc=/etc/passwd', 'id'], /A file cannot be mounted on a directory/);
test(refuses, ['-m', 'host-bind:/etc/passwd=/etc', 'id'], /A directory cannot be mounted on a file/);
test(refuses, ['-m', 'host-bind:/etc/passwd=', 'id'], /A directory cannot be mounted on a file/);
test(refuses, ['-m', 'ram:/etc/passwd=1M', 'id'], /A directory cannot be mounted on a file/);
test(refuses, ['-m', 'ram:/etc/passwd/x=1M', 'id'], /\/etc\/passwd\/x/);
test(refuses, ['-m', 'guest-bind:/x=/no-such-place', 'id'], /The sandbox has no \/no-such-place/);
test(refuses, ['-m', 'guest-bind:/x=/tmp/a', 'id'], /The sandbox has no \/tmp\/a/);
test(refuses, ['-m', 'guest-bind:/etc=/etc/passwd', 'id'], /would hide its own source/);
test(refuses, ['-m', 'guest-bind:/etc/ssl=/etc/passwd', 'id'], /A file cannot be mounted on a directory/);
test(refuses, ['-m', 'host-image:/x=/etc', 'id'], /image \/etc is a directory/);
test(refuses, ['-m', 'host-image:/x=/etc/passwd', 'id'], /holds no file system/);
test(refuses, ['-m', 'host-image:/x=/etc/passwd,format=qcow2', 'id'], /is not qcow2/);
test(refuses, ['-m', 'host-image:/x=/dev/null', 'id'], /neither a file nor a block device/);
// Sizes and numbers
test(refuses, ['-m', 'ram:/s=many', 'id'], /not a size/);
test(refuses, ['-m', 'ram:/s=', 'id'], /is empty/);
test(refuses, ['-m', 'ram:/s=-1', 'id'], /negative/);
test(refuses, ['-m', 'ram:/s=0', 'id'], /zero/);
test(refuses, ['-m', 'ram:/s=1.5G', 'id'], /fraction/);
test(refuses, ['-m', 'ram:/s=1X', 'id'], /unknown unit/);
test(refuses, ['-m', 'ram:/s=99999999999999999999G', 'id'], /too large/);
test(refuses, ['--memory', 'much', 'id'], /not a size/);
test(refuses, ['--memory', '9999999999T', 'id'], /too large/);
test(refuses, ['--memory', '1', 'id'], /memory/i);
test(refuses, ['--timeout', 'soon', 'id'], /not a time/);
test(refuses, ['--timeout', '0', 'id'], /zero/);
test(refuses, ['--timeout', '-5', 'id'], /not a time/);
test(refuses, ['--timeout', '1e9', 'id'], /not a time/);
test(refuses, ['--vcpus', '0', 'id'], /CPUs/);
test(refuses, ['--cpu-quota', 'half', 'id'], /quota/);
test(refuses, ['--io-weight', '5', 'id'], /weight/);
test(refuses, ['--consoles', '65', 'id'], /consoles/);
test(refuses, ['-k', 'often', 'id'], /keepalive interval/);
test(refuses, ['--pids', '7', 'id'], /cannot start with 7 processes\n  hint: Give at least 8/);
test(refuses, ['-c', 'qemu:///system', '--pids', '10', 'id'], /kernel of its own/);
// What a container cannot have
test(refuses, ['-m', 'overlay:/usr=/usr', 'id'], /overlay/);
test(refuses, ['--kernver', '6.1', 'id'], /kernel/);
test(refuses, ['--kernpath', '/boot/vmlinuz', 'id'], /kernel/);
test(refuses, ['--kmodpath', '/lib/modules', 'id'], /kernel/);
test(refuses, ['--accel', 'kvm', 'id'], /kernel/);
test(refuses, ['--hostname', 'other', 'id'], /host name/);
test(refuses, ['-c', 'qemu:///system?socket=/nonexistent/socket', '--swap', '1G', 'id'], /no swap limit/);
// Files
test(refuses, ['-i', '/etc/x=/etc/passwd', 'id'], /below no mount/);
test(refuses, ['-i', '/tmp/nonexistent/file', 'id'], /The host has no \/tmp\/nonexistent\/file\n/);
test(
	refuses,
	['-i', '/tmp/x=/dev/fd/9', 'id'],
	/\/dev\/fd\/9 is a name that means something else in every process\n {2}hint: Write it to a file, and name that\.$/m,
);
test(
	refuses,
	['-m', 'host-bind:/tmp/x=/proc/self/exe', 'id'],
	/The way to \/proc\/self\/exe leads by \/proc\/\d+\/exe, a link of a process, which .*\n {2}hint: Name the place itself, not by a link of \/proc\.$/m,
);
for (const words of [
	['-m', 'host-bind:/mnt=/proc,ro'],
	['-m', 'host-bind:/mnt=/proc/1'],
	['-i', '/tmp/x=/proc/1'],
	['--root', '/proc'],
	['-m', 'overlay:/mnt=/proc'],
]) {
	test(refuses, [...words, 'id'], /The directory \/proc\S* shows processes of the host/);
}
test(refuses, ['-i', '/tmp/x=/nonexistent/file', 'id'], /The host has no \/nonexistent\/file\n/);
test(refuses, ['-I', '/nonexistent/list', 'id'], /cannot be read/);
test(refuses, ['--disk', 'file:a=/nonexistent/image', 'id'], /no \/nonexistent\/image/);
test(refuses, ['--disk', 'block:a=/dev/sda', 'id'], /block/);
test(refuses, ['-N', 'address=1.2.3', 'id'], /1\.2\.3/);
test(refuses, ['-N', 'sauce=default', 'id'], /sauce/);
test(refuses, ['-N', 'forward=8080:80', 'id'], /forwards no ports/);
test(refuses, ['-N', 'user', 'id'], /A container has no user network/);
test(refuses, ['-N', 'forward=80:x', 'id'], /port forward '80:x'/);
// Running ones
test(refuses, ['--exec', 'no-such-sandbox', 'id'], /No sandbox is named 'no-such-sandbox'/);
test(refuses, ['--exec', 'web', '-m', 'ram:/x=1M', 'id'], /no meaning with --exec/);
test(refuses, ['--exec', 'web'], /no command/);
test(refuses, ['--readonly', 'id'], /starts nothing/);
// Names, users, directories, variables
test(refuses, ['-n', '', 'id'], /name is empty/);
test(refuses, ['-n', 'a/b', 'id'], /'\/'/);
test(refuses, ['-n', 'a\nb', 'id'], /control character/);
test(refuses, ['-n', '\u001b]0;x\u0007', 'id'], /control character/);
test(refuses, ['-n', 'x'.repeat(500), 'id'], /longer than/);
test(refuses, ['-S', 'no-such-user-here', 'id'], /no-such-user-here/);
test(refuses, ['-S', '', 'id'], /user is empty/);
test(refuses, ['-S', '99999999999', 'id'], /too large/);
test(refuses, ['--cwd', 'a/../here', 'id'], /'\.\.'/);
test(refuses, ['--env', 'NO_VALUE_OF_OURS', 'id'], /'NO_VALUE_OF_OURS', whose value the command is to have, is not set/);
test(refuses, ['--env', '=x', 'id'], /no name/);
test(refuses, ['--env', 'A B=x', 'id'], /cannot name/);
// Connections
test(refuses, ['-c', '', 'id'], /URI is empty/);
test(refuses, ['-c', 'nonsense', 'id'], /not a libvirt URI/);
test(refuses, ['-c', 'lxd:///', 'id'], /no driver/);
test(refuses, ['-c', 'vbox:///system', 'id'], /cannot host/);
test(refuses, ['-c', 'lxc:///system\u0007', 'id'], /control character/);
test(refuses, ['-c', 'qemu:///system', '--backend', 'xen', 'id'], /asks for a guest of Xen/);
test(refuses, ['-c', 'xen:///system', 'id'], /A guest of Xen cannot be started: that needs a Xen host/);
test(refuses, ['-c', 'xen:///system', '--swap', '1M', 'id'], /A guest of Xen has no swap limit/);
test(refuses, ['-c', nowhere, 'id'], /\/nonexistent\/socket/);
test(refuses, ['--backend', 'machine', 'id'], /asks for a machine/);

test('JSON: a fault is one line on standard error', async (t) => {
	const {status, stdout, stderr} = await runProgram(program, ['--output', 'json', '-n', '']);
	t.like({status, stdout}, {status: 125, stdout: ''});
	t.like(JSON.parse(stderr), {v: 1, kind: 'error', code: 'usage'});
});

test('the help and the version need nothing', async (t) => {
	const [help, version] = await Promise.all([runProgram(program, ['--help']), runProgram(program, ['-V'])]);
	t.like(help, {status: 0, stderr: ''});
	t.regex(help.stdout, /^Usage: virt-sandbox/);
	t.like(version, {status: 0, stderr: ''});
	t.regex(version.stdout, /^virt-sandbox \d+\.\d+\.\d+\n$/);
});

test('help that cannot be written is a fault', async (t) => {
	const {status, stderr} = await runProgram('sh', ['-c', '"$0" --help >/dev/full', program]);
	t.deepEqual({status, stderr}, {status: 125, stderr: 'virt-sandbox: cannot write standard output: no space left on device\n'});
});
