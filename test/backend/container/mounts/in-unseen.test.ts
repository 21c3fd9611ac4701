import test from 'ava';
import {requireNothingInUnseen} from '../../../../src/backend/container/mounts/refused-mounts.ts';
import {planRoot} from '../../../../src/backend/guest/root/plan-root.ts';
import {defaultSpec} from '../../../../src/spec/default-spec.ts';
import {parseMount} from '../../../../src/spec/parse/parse-mount.ts';
import {ShellError} from '../../../../src/core/errors.ts';

function messageOf(...mounts: readonly string[]): string | undefined {
	const plan = planRoot({...defaultSpec, mounts: mounts.map((text) => parseMount(text, '/'))}, [], () => '/var/tmp/x');
	try {
		requireNothingInUnseen(plan);
		return undefined;
	} catch (error) {
		return error instanceof ShellError ? `${error.message} | ${error.hint}` : String(error);
	}
}

const shown = 'guest-bind:/shown=/usr/share';

test('what no plan looks into takes no mount', (t) => {
	t.is(
		messageOf(shown, 'ram:/shown/doc=1M'),
		'/shown/doc lies in the guest-bind at /shown, whose links could lead elsewhere what is mounted by that name | Choose a place outside /shown, or a machine (--backend machine)',
	);
});

test('a mount itself is shown at other places, and what lies in a directory of the host', (t) => {
	t.is(messageOf(shown, 'guest-bind:/y=/usr/share/doc'), undefined);
	t.is(messageOf('ram:/r=1M', 'ram:/r/s=1M', 'host-bind:/srv=/usr/share', 'ram:/srv/doc=1M'), undefined);
});
