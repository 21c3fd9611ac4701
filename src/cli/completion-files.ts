import {type OptionRow, optionTable} from './virt-sandbox-options.ts';

const rows: readonly OptionRow[] = optionTable;

/** What stands after an option, in the words of zsh and of fish; a word more for what is none of these. */
const valueKinds: Readonly<Record<string, {readonly zsh: string; readonly fish: string}>> = {
	connect: {zsh: String.raw`(lxc\:///system qemu\:///system qemu\:///session)`, fish: 'lxc:///system qemu:///system qemu:///session'},
	switchto: {zsh: '_users', fish: '(__fish_complete_users)'},
	root: {zsh: '_directories', fish: '(__fish_complete_directories)'},
	cwd: {zsh: '_directories', fish: '(__fish_complete_directories)'},
	kmodpath: {zsh: '_directories', fish: '(__fish_complete_directories)'},
	'env-file': {zsh: '_files', fish: '(__fish_complete_path)'},
	includefile: {zsh: '_files', fish: '(__fish_complete_path)'},
	kernpath: {zsh: '_files', fish: '(__fish_complete_path)'},
	mount: {zsh: '(host-bind\\: host-image\\: guest-bind\\: ram\\: overlay\\: hide\\:)', fish: 'host-bind: host-image: guest-bind: ram: overlay: hide:'},
	network: {zsh: '(dhcp user isolated source= address= mac= forward=)', fish: 'dhcp user isolated source= address= mac= forward='},
	security: {zsh: '(dynamic static,label= inherit none)', fish: 'dynamic static,label= inherit none'},
	seccomp: {zsh: '{compadd default off; _files}', fish: 'default off (__fish_complete_path)'},
	exec: {
		zsh: '{compadd -- ${(f)"$(virt-sandbox-shell complete -- exec "" 2>/dev/null | cut -f 1)"}}',
		fish: '(virt-sandbox-shell complete -- exec "" 2>/dev/null)',
	},
};

/** completions/_virt-sandbox, for zsh. */
export function zshCompletion(): string {
	const lines = rows.map((row) => {
		const {long, short, value, repeat, help} = row;
		const names = short === undefined ? `--${long}` : `-${short} --${long}`;
		const guard = repeat === true ? '*' : short === undefined ? '' : `(${names})`;
		const spelled =
			short === undefined
				? `--${long}${value === undefined ? '' : '='}`
				: `{-${short}${value === undefined ? '' : '+'},--${long}${value === undefined ? '' : '='}}`;
		const rest = `[${help.replaceAll(/[[\]:]/g, '\\$&')}]${value === undefined ? '' : `:${value.replaceAll(':', '\\:')}:${zshValue(row)}`}`;
		return short === undefined ? `\t${quote(`${guard}${spelled}${rest}`)}` : `\t${guard === '' ? '' : quote(guard)}${spelled}${quote(rest)}`;
	});
	return [
		'#compdef virt-sandbox',
		'# Made by scripts/make-completions.ts.',
		'',
		"_arguments -s -S '*::command:_normal' \\",
		`${lines.join(' \\\n')}`,
		'',
	].join('\n');
}

function zshValue({long, choices}: OptionRow): string {
	return choices === undefined ? (valueKinds[long]?.zsh ?? ' ') : `(${choices.join(' ')})`;
}

/** completions/virt-sandbox.fish. */
export function fishCompletion(): string {
	const lines = rows.map(({long, short, value, choices, help}) => {
		const candidates = choices?.join(' ') ?? valueKinds[long]?.fish;
		const parts = [
			'complete -c virt-sandbox -n __virt_sandbox_in_options',
			short === undefined ? '' : `-s ${short}`,
			`-l ${long}`,
			value === undefined ? '' : '-x',
			candidates === undefined ? '' : `-a ${quote(candidates)}`,
			`-d ${quote(help)}`,
		];
		return parts.filter((part) => part !== '').join(' ');
	});
	const withValue = rows
		.filter(({value}) => value !== undefined)
		.flatMap(({long, short}) => (short === undefined ? [`--${long}`] : [`-${short}`, `--${long}`]));
	return `# Made by scripts/make-completions.ts.

# Whether the cursor is before the command.
function __virt_sandbox_in_options
	set -l words (commandline -opc)[2..]
	while set -q words[1]
		switch $words[1]
			case --
				return 1
			case ${withValue.join(' ')}
				set -e words[1]
			case '-*'
			case '*'
				return 1
		end
		set -e words[1]
	end
end

complete -c virt-sandbox -f -n 'not __virt_sandbox_in_options' -a '(__fish_complete_subcommand ${withValue.join(' ')})'
complete -c virt-sandbox -n __virt_sandbox_in_options -a '(__fish_complete_command)'
${lines.join('\n')}
`;
}

function quote(text: string): string {
	return `'${text.replaceAll("'", "'\\''")}'`;
}
