import test from 'ava';
import {requirePlainUri} from '../../../src/spec/parse/parse-uri.ts';

test('a URI that has a program run, or takes any host, is refused, however that is written', (t) => {
	for (const query of ['command=/x', 'socket=/s&command=/x', 'socket=/s;c%6fmmand=/x', 'command', 'a=?&command=x']) {
		t.throws(() => requirePlainUri(`lxc+ssh://host/system?${query}`), {message: /has command=, which is not allowed in a profile/}, query);
	}
	for (const name of ['netcat', 'keyfile', 'no_verify']) {
		t.throws(() => requirePlainUri(`lxc+ssh://host/system?mode=auto&${name}=1`), {message: new RegExp(`has ${name}=`)}, name);
	}
	for (const uri of ['lxc:///system', 'lxc+ssh://command/system', 'lxc:///system?socket=/command=', 'lxc:///system?name=%zz&commands=x']) {
		t.is(requirePlainUri(uri), uri);
	}
});
