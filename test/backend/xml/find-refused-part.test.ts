import test from 'ava';
import {findRefusedPart, type AskLibvirt} from '../../../src/backend/xml/find-refused-part.ts';

/** What libvirt would say. */
const asking =
	(say: (text: string) => string | undefined, isVerdict = true): AskLibvirt =>
	(each) => {
		const said = say(each);
		return Promise.resolve(said === undefined ? undefined : {text: said, isVerdict});
	};

const text = `<domain type='qemu'>
  <name>web</name>
  <os>
    <type machine='old'>hvm</type>
  </os>
  <cpu mode='custom'>
    <model>one</model>
    <feature policy='require' name='wrong'/>
  </cpu>
  <devices>
    <disk/>
  </devices>
</domain>
`;

test('what libvirt refuses is at the smallest part without which it says nothing', async (t) => {
	const ask = asking((each) => {
		const isModelled = each.includes('<model>') || !each.includes('<feature');
		return isModelled ? (each.includes("name='wrong'") ? 'unknown feature' : undefined) : 'no model';
	});
	t.like(await findRefusedPart(text, ask), {
		source: 'libvirt',
		level: 'error',
		path: '/domain/cpu/feature',
		culprit: 'wrong',
		start: text.indexOf("name='wrong'"),
		message: 'libvirt refuses it: unknown feature',
	});
});

test('what every document needs is looked into, and not taken out as a whole', async (t) => {
	const ask = asking((each) => (each.includes('<os>') ? (each.includes("machine='old'") ? 'no machine' : undefined) : 'no os'));
	t.like(await findRefusedPart(text, ask), {path: '/domain/os/type', culprit: 'old'});
});

test('where no part of it is the reason, it is the whole, and where there is nothing to say nothing is said', async (t) => {
	t.like(
		await findRefusedPart(
			text,
			asking(() => 'no'),
		),
		{path: '/domain', culprit: 'domain'},
	);
	t.is(
		await findRefusedPart(
			text,
			asking(() => undefined),
		),
		undefined,
	);
	t.is(
		await findRefusedPart(
			text,
			asking(() => 'you may only look', false),
		),
		undefined,
	);
});

test('a large document does not ask without end', async (t) => {
	let asked = 0;
	const large = text.replace('<disk/>', '<disk/>'.repeat(5000));
	const ask = asking(() => {
		asked++;
		return 'no';
	});
	t.truthy(await findRefusedPart(large, ask));
	t.true(asked <= 121, String(asked));
});
