import type {Probe} from '../probe.ts';
import {findSecret, putBehindShares, startOther} from '../host-view.ts';

const noMachine = {notApplicable: 'it is about what is behind the shares of a machine'};
const ofMachines = {container: noMachine, idmap: noMachine, root: noMachine};
const noState = {notApplicable: 'the directory of a machine’s init is memory of the machine'};

/** State and secrets of others. */
export const stateProbes: readonly Probe[] = [
	{
		id: 'state',
		wall: 'The directory of the pipes is read-only',
		script: `cd /run/sandbox || exit 9
			for name in 0.in 0.out 0.err init 0.cmd pump hangup busybox port; do
				[ -e $name ] && rm -f $name 2>/dev/null && echo "open: removed $name"
				ln -sf /etc/passwd $name 2>/dev/null && echo "open: linked $name"
				mv $name other 2>/dev/null && echo "open: moved $name"
				(echo x >>init) 2>/dev/null && echo 'open: wrote the init'
			done
			(: >made) 2>/dev/null && echo 'open: made a file'
			mount -o remount,rw /run/sandbox 2>/dev/null && echo 'open: mounted it anew'
			echo held`,
		onlyOurs: 'it is about files of ours',
		alone: true,
	},
	{
		id: 'control-names',
		wall: 'The control pipes have no names',
		script: `for name in ctl.in ctl.out; do [ -e /run/sandbox/$name ] && echo "open: there is $name"; done; echo held`,
		onlyOurs: 'it is about files of ours',
		single: true,
		ways: {machine: noState, session: noState},
	},
	{
		id: 'other-sandbox',
		wall: "Another sandbox's state and environment cannot be reached",
		script: `for at in /run/virt-sandbox $RUNTIME /proc/1/root/run/virt-sandbox /var/run/virt-sandbox; do
				[ -e $at/$ID ] && echo "open: $at/$ID is there"
				grep -rqs "$WORD-of-other" $at/ 2>/dev/null && echo "open: the secret is in $at"
			done; echo held`,
		onlyOurs: 'the other sandbox is one of ours',
		set: startOther,
	},
	{
		id: 'libvirt',
		wall: "Libvirt's own files, and the sockets of its machines and daemons, are out of sight",
		script: `for at in /var/lib/libvirt ~/.config/libvirt ~/.cache/libvirt; do
				[ -n "$(ls -A $at 2>/dev/null)" ] && echo "open: $at is there"
			done; echo held`,
		onlyOurs: 'others cover none of them',
		ways: {session: {notApplicable: 'nothing that listens there answers a machine'}},
	},
	{
		id: 'behind-shares',
		wall: 'Nothing of /proc, /sys, /dev, /run and /tmp of the host, nor what a mount hides, lies behind a share',
		script: 'echo ready; read go; echo held',
		onlyOurs: 'only machines of ours have shares',
		ways: ofMachines,
		set: (scene) => putBehindShares(scene),
	},
	{
		id: 'caller-environment',
		wall: "The caller's environment stays outside",
		script: `env | grep -q "$WORD-of-caller" && echo 'open: a variable of the caller is there'; echo held`,
		set: ({marker}) => ({variables: {WORD: marker}, environment: {WALL_SECRET: `${marker}-of-caller`}}),
	},
	{
		id: 'environment-in-ps',
		wall: 'A value that --env NAME takes from the caller is seen neither in ps, nor in the XML, nor in a log',
		script: `[ "$WALL_SECRET" = "$WORD-of-caller" ] || echo 'open: the command does not get it'; echo ready; read go; echo held`,
		onlyOurs: 'the others have their own options for it',
		set: ({marker}) => ({
			variables: {WORD: marker},
			options: ['--env', 'WALL_SECRET'],
			environment: {WALL_SECRET: `${marker}-of-caller`},
			during: (host) => findSecret(`${marker}-of-caller`, host),
		}),
	},
	{
		id: 'environment-of-init',
		wall: "A value of --env is not in the environment of the init's own processes",
		script: `for file in /proc/[0-9]*/environ; do
				case $file in /proc/$$/*) continue ;; esac
				tr '\\0' '\\n' <$file 2>/dev/null | grep -q "^SECRET_OF_WALL=$WORD" && echo "open: $file holds it"
			done; echo held`,
		onlyOurs: 'the others have their own options for it',
		set: ({marker}) => ({variables: {WORD: marker}, options: ['--env', `SECRET_OF_WALL=${marker}`]}),
	},
];
