import test from 'ava';
import {startRefusal} from '../../../src/backend/domain/start-refusal.ts';
import {planSandbox} from '../../../src/backend/sandbox.ts';
import {defaultSpec} from '../../../src/spec/default-spec.ts';

const starts = test.macro({
	exec(t, uri: string) {
		t.is(startRefusal(uri, {name: undefined}), undefined);
	},
	title: (_title, uri: string) => `a sandbox can be started at ${uri}`,
});

test(starts, 'lxc:///system');
test(starts, 'qemu:///session');
test(starts, 'lxc+unix:///system?socket=/s');
test(starts, 'lxc:///system?socket=/a//b');

const refused = test.macro({
	exec(t, uri: string, name: string | undefined, message: string, hint: string) {
		t.like(startRefusal(uri, {name}), {code: 'refused', message, hint});
	},
	title: (_title, uri: string) => `a sandbox cannot be started at ${uri}`,
});

test(
	refused,
	'lxc+ssh://me@far:2222/system',
	'web',
	"The sandbox 'web' cannot be started at lxc+ssh://me@far:2222/system: the init and pipes of its command lie in a directory of this host, which far does not see",
	'Run virt-sandbox on far itself; from here list, info, xml and capabilities can be used.',
);
test(
	refused,
	'qemu://[::1]/system',
	undefined,
	'A sandbox cannot be started at qemu://[::1]/system: the init and pipes of its command lie in a directory of this host, which [::1] does not see',
	'Run virt-sandbox on [::1] itself; from here list, info, xml and capabilities can be used.',
);
test(
	refused,
	'qemu+tcp:///system',
	undefined,
	'A sandbox cannot be started at qemu+tcp:///system: the init and pipes of its command lie in a directory of this host, which the other host does not see',
	'Run virt-sandbox on the other host itself; from here list, info, xml and capabilities can be used.',
);

for (const uri of ['lxc+ssh://far/system', 'qemu+ssh://far/system']) {
	test(`a start at ${uri} is refused before anything is connected`, async (t) => {
		const spec = {...defaultSpec, backend: undefined, uri, command: ['true']};
		const voice = {notice: () => undefined, phase: () => undefined};
		const caller = {uid: 0, gid: 0, groups: [], cwd: '/', environment: {}, pid: process.pid};
		const error = await t.throwsAsync(planSandbox(spec, {voice, caller}));
		t.like(error, {code: 'refused'});
	});
}
