import test from 'ava';
import {parseSeccomp} from '../../../src/spec/parse/parse-seccomp.ts';

test('a filter of system calls is a word or a file of the host', (t) => {
	t.deepEqual(
		['default', 'off', './off', 'filters/a.json', '/etc/a.json', 'constructor'].map((text) => parseSeccomp(text, '/home/me')),
		['default', 'off', '/home/me/off', '/home/me/filters/a.json', '/etc/a.json', '/home/me/constructor'],
	);
	t.throws(() => parseSeccomp(''), {message: /filter of system calls/});
	t.throws(() => parseSeccomp('a.json'), {message: "The filter of system calls 'a.json' is not an absolute path"});
});
