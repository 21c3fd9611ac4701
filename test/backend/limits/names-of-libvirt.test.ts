import test from 'ava';
import {machineName} from '../../../src/backend/limits/domain-cgroups.ts';

test('the names of machines are those that libvirt 11.3 was seen to make', (t) => {
	const long = 'a_name-of--more.than_twenty-letters_and-on-and-on-until-it-is-longer-than-sixty-four-letters';
	t.is(machineName('qemu', 1, long), 'qemu-1-aname-of-more.thantwenty-lettersand-on-and-on-until-it-is');
	t.is(machineName('lxc', 253, 'web_2'), 'lxc-253-web2');
	t.is(machineName('lxc', 326, 'u-_-x.'), 'lxc-326-u-x');
	t.is(machineName('qemu', 4, 'grün'), 'qemu-4-grn');
});
