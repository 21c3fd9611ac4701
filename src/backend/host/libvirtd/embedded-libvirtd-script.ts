import {fillScript} from '../../../core/fill-script.ts';
import {encodeFrame, programs, statuses, types} from '../../libvirt/frames.ts';
import {procedures, type Procedure} from '../../libvirt/procedures.ts';
import {XdrWriter} from '../../libvirt/xdr.ts';
import daemon from './embedded-libvirtd.sh';
import parent from './embedded-libvirtd.pl';
import limits from './embedded-limits.sh';

/** Of a network that is always the same, so that a call can name it without asking for it. */
const network = {name: 'default', uuid: '6a1d5c1e-0f5a-4c0e-9d53-76697274626f'};

/** A shell script that becomes the embedded libvirtd. */
export const embeddedLibvirtdScript = fillScript(daemon, {limits: fillScript(limits), network: network.name, uuid: network.uuid});

/** What a parent of libvirtd does besides, in Perl, with the frames that it sends: a question, what opens a connection, and what ends the network. */
export const embeddedParentScript = fillScript(parent, {
	asking: frameFor(1, procedures.authList),
	opening: frameFor(1, procedures.authList) + frameFor(2, procedures.open, 'network:///system', 0),
	ending: frameFor(3, procedures.networkDestroy, network),
});

/** A call of libvirtd as it is sent, in hexadecimal. */
function frameFor<Args extends readonly unknown[]>(serial: number, {number, write}: Procedure<Args, unknown>, ...args: Args): string {
	const writer = new XdrWriter();
	write(writer, ...args);
	return encodeFrame({program: programs.remote, procedure: number, type: types.call, serial, status: statuses.ok}, writer.finish()).toString('hex');
}
