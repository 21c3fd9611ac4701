import test from 'ava';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import {formatDisk, parseDisk} from '../../src/spec/parse/parse-disk.ts';
import {formatEnvironment, parseEnvironment, parseEnvironmentFile} from '../../src/spec/parse/parse-environment.ts';
import {formatInclude, parseInclude, readIncludeFile} from '../../src/spec/parse/parse-include.ts';
import {formatIdmap, parseIdmap} from '../../src/spec/parse/parse-idmap.ts';
import {parseHostname, parseName} from '../../src/spec/parse/parse-name.ts';
import {formatSecurity, parseSecurity} from '../../src/spec/parse/parse-security.ts';
import {parseUri} from '../../src/spec/parse/parse-uri.ts';
import {parseUser} from '../../src/spec/parse/parse-user.ts';
import {findKey} from '../../src/spec/keys.ts';
import {parseGuestDirectory} from '../../src/spec/paths.ts';
import {readSpecWords, writeSpecWords} from '../../src/spec/spec-words.ts';

const refuses = test.macro({
	exec(t, parse: () => unknown, message: string) {
		const error = t.throws(parse, {name: 'ShellError', message});
		t.like(error, {code: 'usage'});
		t.truthy((error as {hint?: string}).hint);
	},
	title: (_, __, message) => `refuses: ${JSON.stringify(message)}`,
});

test('reads includes', (t) => {
	t.deepEqual(parseInclude('/tmp/a=/etc/b=c'), {guest: '/tmp/a', host: '/etc/b=c'});
	t.deepEqual(parseInclude('/tmp/a=b', '/home'), {guest: '/tmp/a', host: '/home/b'});
	t.deepEqual(parseInclude(formatInclude({guest: '/a b', host: '/c,d'})), {guest: '/a b', host: '/c,d'});
	t.deepEqual(readIncludeFile('# comment\n\n/tmp/a=/b\r\n/tmp/c=/d\n'), ['/tmp/a=/b', '/tmp/c=/d']);
});
test('a single path is an include that lies where it does on the host', (t) => {
	t.deepEqual(parseInclude('/etc/a'), {guest: '/etc/a', host: '/etc/a'});
	t.deepEqual(parseInclude('b/', '/home'), {guest: '/home/b', host: '/home/b'});
});
test(refuses, () => parseInclude('a'), "The included file 'a' is not an absolute path");
test(refuses, () => parseInclude('a=/b'), "The include target 'a' is not an absolute path");
test(refuses, () => parseInclude('/a='), 'The included file is empty');

const readsDisk = test.macro({
	exec(t, text: string, disk: ReturnType<typeof parseDisk>) {
		t.deepEqual(parseDisk(text), disk);
		t.deepEqual(parseDisk(formatDisk(disk)), disk);
	},
	title: (_, text) => `reads the disk ${text}`,
});
const disk = {type: 'file', tag: 'data', source: '/d.img', format: 'raw', chain: false, readonly: false} as const;
test(readsDisk, 'file:data=/d.img', disk);
test(readsDisk, 'file:data=/d.img,format=qcow2,ro', {...disk, format: 'qcow2', readonly: true});
test(readsDisk, 'file:data=/d.img,format=qcow2,chain=yes', {...disk, format: 'qcow2', chain: true});
test(readsDisk, 'file:data=/a,b=c', {...disk, source: '/a,b=c'});
test(readsDisk, 'file:data=/a,ro,format=raw,rw', {...disk, source: '/a,ro'});
test(readsDisk, 'file:data=/a,format=x,format=vpc,rw', {...disk, source: '/a,format=x', format: 'vpc'});
test(readsDisk, 'file:data=/a,chain=yes,chain=no', {...disk, source: '/a,chain=yes'});
test(readsDisk, 'file:data=/a,chain=maybe', {...disk, source: '/a,chain=maybe'});
test(refuses, () => parseDisk('block:a=/b'), "There is no disk type 'block'");
test(refuses, () => parseDisk('file:=/b'), 'The disk has no tag');
test(refuses, () => parseDisk('file:a/b=/c'), "The disk tag 'a/b' is not usable");
test(refuses, () => parseDisk('file:..=/c'), "The disk tag '..' is not usable");
test(refuses, () => parseDisk('file:abcdefghijklmnopqrstu=/c'), "The disk tag 'abcdefghijklmnopqrstu' is not usable");
test(refuses, () => parseDisk('file:a'), "The disk 'file:a' has no '='");
test(refuses, () => parseDisk('file'), "The disk 'file' has no tag");
test(refuses, () => parseDisk('file:a='), "The disk 'file:a=' has no source");
test(refuses, () => parseDisk('file:a=/b,format=qcow3'), "There is no disk format 'qcow3'");
test(refuses, () => parseDisk('file:a=/b,format=auto'), "There is no disk format 'auto'");
test(refuses, () => parseDisk('file:a=/b,format=vhdx'), "There is no disk format 'vhdx'");

const readsSecurity = test.macro({
	exec(t, text: string, security: Partial<ReturnType<typeof parseSecurity>>) {
		const whole = {mode: undefined, model: undefined, label: undefined, relabel: undefined, ...security};
		t.deepEqual(parseSecurity(text), whole);
		t.deepEqual(parseSecurity(formatSecurity(whole) ?? ''), whole);
	},
	title: (_, text) => `reads the security option ${text}`,
});
test(readsSecurity, 'dynamic', {mode: 'dynamic'});
test(readsSecurity, 'inherit', {mode: 'inherit'});
test(readsSecurity, 'none', {mode: 'none'});
test(readsSecurity, 'dynamic,label=system_u:system_r:container_t:s0', {mode: 'dynamic', label: 'system_u:system_r:container_t:s0'});
test(readsSecurity, 'static,label=u:r:t:s0:c1,c2', {mode: 'static', label: 'u:r:t:s0:c1,c2'});
test(readsSecurity, 'static,label=a,model=dac,relabel=no,label=b', {mode: 'static', label: 'a,model=dac,relabel=no,label=b'});
test(readsSecurity, 'static,model=dac,relabel=yes,label=+1:+2', {mode: 'static', model: 'dac', relabel: true, label: '+1:+2'});
test('writes nothing where no security was chosen', (t) => t.is(formatSecurity(defaultSpec.security), undefined));
test(refuses, () => parseSecurity(''), "The security option '' does not begin with a mode");
test(refuses, () => parseSecurity('label=x'), "The security option 'label=x' does not begin with a mode");
test(refuses, () => parseSecurity('dynamc'), "There is no security mode 'dynamc'");
test(refuses, () => parseSecurity('static,mdel=dac'), "There is no security word 'mdel'");
test(refuses, () => parseSecurity('static,model=smack'), "There is no security model 'smack'");
test(refuses, () => parseSecurity('static,model=dac,model=dac'), "The security option 'static,model=dac,model=dac' gives model twice");
test(refuses, () => parseSecurity('static,relabel=maybe'), "The value 'maybe' of relabel is neither yes nor no");
test(refuses, () => parseSecurity('static,label='), "The security option 'static,label=' has an empty label");
test(refuses, () => parseSecurity('static,label=a\nb'), "The label 'a\nb' holds a control character");
test(refuses, () => parseSecurity('dynamic,'), "The security option 'dynamic,' holds an empty word");

test('reads the environment', (t) => {
	t.deepEqual(parseEnvironment('A=b=c\n'), ['A', 'b=c\n']);
	t.deepEqual(parseEnvironment(formatEnvironment('_x1', '')), ['_x1', '']);
	t.deepEqual(parseEnvironment(formatEnvironment('A', null)), ['A', null]);
});

test('reads a file of variables: values to the end of the line, names alone, comments, empty lines, DOS lines', (t) => {
	const text = '\ufeffA=1\r\n# B=2\n\n  C= "x" # y \n\t# none\nD\nE=\nA==2';
	t.deepEqual(parseEnvironmentFile(text, 'f'), [
		['A', '1'],
		['C', ' "x" # y '],
		['D', null],
		['E', ''],
		['A', '=2'],
	]);
	t.deepEqual(parseEnvironmentFile('', 'f'), []);
});
const ofFile = (line: number) => `Line ${line} of the environment file 'f' is neither NAME=VALUE nor NAME`;
test(refuses, () => parseEnvironmentFile('A=1\n#\nexport SECRET=x\n', 'f'), ofFile(3));
test(refuses, () => parseEnvironmentFile('hunter 2', 'f'), ofFile(1));
test(refuses, () => parseEnvironmentFile('B=1\nA=\0', 'f'), ofFile(2));
test(refuses, () => parseEnvironment(''), "The environment '' has no name");
test(refuses, () => parseEnvironment('=b'), "The environment '=b' has no name");
test(refuses, () => parseEnvironment('1A=b'), "'1A' cannot name an environment variable");
test(refuses, () => parseEnvironment('A=\0'), "The value of 'A' holds a NUL");

test('reads users', (t) => {
	t.deepEqual(
		[parseUser('nobody'), parseUser('1000'), parseUser('1000:100')],
		[
			{kind: 'name', name: 'nobody'},
			{kind: 'name', name: '1000'},
			{kind: 'name', name: '1000:100'},
		],
	);
});
test(refuses, () => parseUser(''), 'The user is empty');
test(refuses, () => parseUser('a:b'), "'a:b' cannot name a user");
test(refuses, () => parseUser('-x'), "'-x' cannot name a user");
test(refuses, () => parseUser('4294967295'), "The id '4294967295' is too large");

test('reads names that libvirt takes', (t) => {
	t.deepEqual(
		['web', 'web-1', 'größe', 'a b', 'a.b_c'].map((name) => parseName(name)),
		['web', 'web-1', 'größe', 'a b', 'a.b_c'],
	);
});
test(refuses, () => parseName(''), 'The name is empty');
test(refuses, () => parseName('  '), "The name '  ' holds nothing but blanks");
test(refuses, () => parseName('a/b'), "The name 'a/b' holds a '/'");
test(refuses, () => parseName('.hidden'), "The name '.hidden' begins with '.'");
test(refuses, () => parseName('-rf'), "The name '-rf' begins with '-'");
test(refuses, () => parseName('a\nb'), "The name 'a\nb' holds a control character");
test(refuses, () => parseName('a\u202eb'), "The name 'a\u202eb' holds an invisible character");
test(refuses, () => parseName('web\u034f'), "The name 'web\u034f' holds an invisible character");
test(refuses, () => parseName('a '), "The name 'a ' begins or ends with a blank");
test(refuses, () => parseName('ä'.repeat(101)), `The name '${'ä'.repeat(101)}' is longer than 200 bytes`);

test('reads host names', (t) => {
	t.deepEqual(['a', 'web-1.example'].map(parseHostname), ['a', 'web-1.example']);
	for (const bad of ['', '-a', 'a-', 'a..b', 'a_b', 'a'.repeat(65)]) {
		t.like(
			t.throws(() => parseHostname(bad)),
			{code: 'usage'},
		);
	}
});

test('reads the URIs of drivers that host sandboxes', (t) => {
	t.deepEqual(parseUri('lxc:///system'), {uri: 'lxc:///system', backend: 'container', driver: 'lxc', transport: undefined});
	t.deepEqual(parseUri('qemu+ssh://me@host:22/system?x=y'), {uri: 'qemu+ssh://me@host:22/system?x=y', backend: 'machine', driver: 'qemu', transport: 'ssh'});
	t.deepEqual(parseUri('lxc+unix:///system?socket=/a'), {uri: 'lxc+unix:///system?socket=/a', backend: 'container', driver: 'lxc', transport: 'unix'});
});
test(refuses, () => parseUri('vbox:///system'), "The driver 'vbox' of 'vbox:///system' cannot host sandboxes");
test(refuses, () => parseUri('test:///default'), "The driver 'test' of 'test:///default' cannot host sandboxes");
test(refuses, () => parseUri('constructor:///'), "'constructor:///' names no driver of libvirt: 'constructor'");
test(refuses, () => parseUri('lcx:///'), "'lcx:///' names no driver of libvirt: 'lcx'");
test(refuses, () => parseUri(''), 'The URI is empty');
test(refuses, () => parseUri('lxc'), "'lxc' is not a libvirt URI");
test(refuses, () => parseUri('lxc:///\u0007'), "The URI 'lxc:///\u0007' holds a control character");
test(refuses, () => parseUri('lxc:/// system'), "The URI 'lxc:/// system' holds a blank");
test(refuses, () => parseUri('qemu+shh://h/system'), "The URI 'qemu+shh://h/system' has the unknown transport 'shh'");
test(refuses, () => parseUri('qemu+ssh:///system'), "The URI 'qemu+ssh:///system' names no host");

test('says which drivers can, where one cannot', (t) => {
	t.like(
		t.throws(() => parseUri('vbox:///')),
		{hint: 'The drivers lxc, qemu and xen can. Use lxc:///system, qemu:///system or xen:///system.'},
	);
	t.like(
		t.throws(() => parseUri('lcx:///')),
		{hint: "Did you mean 'lxc'?"},
	);
});

test('reads limits over those given, and writes them back', (t) => {
	const words = {memory: '1G', swap: '0', vcpus: '2', 'cpu-shares': '512', 'cpu-quota': '150%', 'io-weight': '200', pids: '99', timeout: '1.5'};
	const {limits} = Object.entries(words).reduce((spec, [name, word]) => findKey(name).set(spec, [word], '/'), defaultSpec);
	t.deepEqual(limits, {memoryKiB: 1048576, swapKiB: 0, vcpus: 2, cpuShares: 512, cpuQuotaPercent: 150, ioWeight: 200, pids: 99, timeoutMs: 1500});
	const spec = {...defaultSpec, limits};
	t.deepEqual(readSpecWords(writeSpecWords(spec)), spec);
	t.deepEqual(
		Object.keys(words).reduce((each, name) => findKey(name).unset(each), spec),
		defaultSpec,
	);
});
test(refuses, () => findKey('vcpus').set(defaultSpec, ['0'], '/'), "The number of CPUs '0' is not a whole number from 1 to 4096");
test(refuses, () => findKey('memory').set(defaultSpec, ['0'], '/'), "The memory '0' is zero");
test(refuses, () => findKey('io-weight').set(defaultSpec, ['99'], '/'), "The I/O weight '99' is not a whole number from 100 to 1000");
test(refuses, () => findKey('timeout').set(defaultSpec, ['0'], '/'), "The timeout '0' is zero");

test('reads ranges of ids', (t) => {
	t.deepEqual(parseIdmap('100000:65536'), {start: 100_000, count: 65_536});
	t.is(formatIdmap(parseIdmap('1:4294967294')), '1:4294967294');
});
test(refuses, () => parseIdmap('100000'), "'100000' is not a range of ids");
test(refuses, () => parseIdmap('0:10'), 'Mapped ids cannot begin with 0, which is root itself');
test(refuses, () => parseIdmap('1:4294967295'), "The range '1:4294967295' is empty or goes beyond the largest id");
test(refuses, () => parseIdmap('5:0'), "The range '5:0' is empty or goes beyond the largest id");

test('where a command is to start may be above the directory that it is taken from', (t) => {
	for (const [text, directory] of [
		['..', '/a'],
		['../', '/a'],
		['../x', '/a/x'],
		['..//x', '/a/x'],
		['../../../x', '/x'],
		['../..', '/'],
		['x/.', '/a/b/x'],
	] as const)
		t.is(parseGuestDirectory(text, 'directory', '/a/b'), directory, text);
	t.throws(() => parseGuestDirectory('x/../y', 'directory', '/a/b'), {message: "The directory 'x/../y' holds '..'"});
});
