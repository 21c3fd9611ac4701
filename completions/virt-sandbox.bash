# Completion of virt-sandbox for bash. Lies in /usr/share/bash-completion/completions/virt-sandbox, or is sourced.
_virt_sandbox() {
	local cur prev words cword split
	_init_completion -s -n : 2>/dev/null || {
		cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	}
	local with_value=' -n -S -e -m -c -s --name --backend --timeout --env --cwd --switchto --escape --mount --security --memory --output --connect '
	local index word
	for ((index = 1; index < COMP_CWORD; index++)); do
		word=${COMP_WORDS[index]}
		case $word in
		--) index=$((index + 1)) && break ;;
		-*) [[ $with_value == *" $word "* ]] && index=$((index + 1)) ;;
		*) break ;;
		esac
	done
	if ((index < COMP_CWORD)) || [[ ${COMP_WORDS[index - 1]} == -- && $index -eq $COMP_CWORD ]] || { ((index == COMP_CWORD)) && [[ $cur != -* ]]; }; then
		if declare -F _command_offset >/dev/null; then
			_command_offset "$index"
		else
			mapfile -t COMPREPLY < <(compgen -c -- "$cur")
		fi
		return
	fi
	case $prev in
	--backend) mapfile -t COMPREPLY < <(compgen -W 'container machine' -- "$cur") ;;
	--output) mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$cur") ;;
	-c | --connect) mapfile -t COMPREPLY < <(compgen -W 'lxc:///system qemu:///system qemu:///session' -- "$cur") ;;
	-S | --switchto) mapfile -t COMPREPLY < <(compgen -u -- "$cur") ;;
	--cwd) mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
	-m | --mount) mapfile -t COMPREPLY < <(compgen -W 'host-bind: ram:' -- "$cur") && compopt -o nospace 2>/dev/null ;;
	-s | --security) mapfile -t COMPREPLY < <(compgen -W 'dynamic static,label= inherit none' -- "$cur") && compopt -o nospace 2>/dev/null ;;
	-n | --name | --timeout | --env | -e | --escape | --memory) ;;
	*) mapfile -t COMPREPLY < <(compgen -W '--name --backend --timeout --env --cwd --privileged --switchto --escape --mount --security --accept --memory --dry-run --print-xml --output --quiet --verbose --debug --timing --version --help --connect' -- "$cur") ;;
	esac
}
complete -F _virt_sandbox virt-sandbox
