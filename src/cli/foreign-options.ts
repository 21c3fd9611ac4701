/** Options that people bring along from docker, podman, bubblewrap and firejail, and what does that here. */
export const foreignOptions: Readonly<Record<string, string>> = {
	'-it': 'A command has a terminal where you have one: leave -it out. A file t is included by -i t.',
	'--rm': 'Nothing stays of a sandbox whose command has ended: leave it out.',
	'--detach': 'One that stays is started with --keep.',
	'--read-only': 'The files of the host are read-only already: leave it out.',
	'--user': 'Write -S USER.',
	'-u': 'Write -S USER.',
	'--volume': 'Write -m host-bind:TARGET=SOURCE.',
	'--workdir': 'Write --cwd DIRECTORY.',
	'-w': 'Write --cwd DIRECTORY.',
	'--net': 'Write -N dhcp, or -N source=NETWORK; without it there is no network.',
	'--publish': 'A machine has a port of the host with -N forward=PORT:GUESTPORT.',
	'--bind': 'Write -m host-bind:TARGET=SOURCE.',
	'--ro-bind': 'Write -m host-bind:TARGET=SOURCE,ro.',
	'--tmpfs': 'Write -m ram:TARGET=SIZE.',
	'--private': 'Write -m ram:$HOME=SIZE, or -m host-bind:$HOME= for a temporary directory.',
};
