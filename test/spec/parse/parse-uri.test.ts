import test from 'ava';
import {requireNoProgram} from '../../../src/spec/parse/parse-uri.ts';

test('a URI that has a program run is refused, however that is written', (t) => {
	for (const query of ['command=/x', 'socket=/s&command=/x', 'socket=/s;c%6fmmand=/x', 'command', 'a=?&command=x']) {
		t.throws(() => requireNoProgram(`lxc+ssh://host/system?${query}`), {message: /names a program to be run \(command=\)/}, query);
	}
	for (const uri of ['lxc:///system', 'lxc+ssh://command/system', 'lxc:///system?socket=/command=', 'lxc:///system?name=%zz&commands=x']) {
		t.is(requireNoProgram(uri), uri);
	}
});
