# Completion of virt-sandbox for bash. Lies in /usr/share/bash-completion/completions/virt-sandbox, or is sourced.
_virt_sandbox() {
	local cur prev words cword split
	_init_completion -s -n : 2>/dev/null || {
		cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	}
	local with_value=' -n -r -S -e -m -i -I -N -c -s -k -K --name --backend --root --hostname --idmap --consoles --timeout --env --env-file --cwd --switchto --escape --mount --include --includefile --disk --network --security --seccomp --memory --swap --vcpus --cpu-shares --cpu-quota --io-weight --pids --kernver --kernpath --kmodpath --accel --exec --output --connect --keepalive-interval --keepalive-count '
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
	--accel) mapfile -t COMPREPLY < <(compgen -W 'auto kvm tcg' -- "$cur") ;;
	-r | --root | --kmodpath) mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
	-I | --includefile | --env-file | --kernpath) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	--kernver) mapfile -t COMPREPLY < <(compgen -W "$(cd /lib/modules 2>/dev/null && echo *)" -- "$cur") ;;
	--exec) mapfile -t COMPREPLY < <(virt-sandbox-shell complete -- exec "$cur" 2>/dev/null | cut -f 1) ;;
	-N | --network) mapfile -t COMPREPLY < <(compgen -W 'dhcp user isolated source= address= mac= forward=' -- "$cur") && compopt -o nospace 2>/dev/null ;;
	--disk) mapfile -t COMPREPLY < <(compgen -W 'file:' -- "$cur") && compopt -o nospace 2>/dev/null ;;
	--cwd) mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
	-m | --mount) mapfile -t COMPREPLY < <(compgen -W 'host-bind: host-image: guest-bind: ram: overlay: hide:' -- "$cur") && compopt -o nospace 2>/dev/null ;;
	-s | --security) mapfile -t COMPREPLY < <(compgen -W 'dynamic static,label= inherit none' -- "$cur") && compopt -o nospace 2>/dev/null ;;
	--seccomp) mapfile -t COMPREPLY < <(compgen -W 'default off' -f -- "$cur") ;;
	-[niekK] | --name | --hostname | --idmap | --consoles | --timeout | --env | --escape | --include | --memory | --swap | --vcpus | --cpu-* | --io-weight | --keepalive-*) ;;
	*) mapfile -t COMPREPLY < <(compgen -W '--name --backend --root --hostname --idmap --consoles --keep --timeout --env --env-file --cwd --privileged --switchto --shell --escape --mount --include --includefile --disk --network --security --seccomp --accept --memory --swap --vcpus --cpu-shares --cpu-quota --io-weight --pids --kernver --kernpath --kmodpath --accel --exec --clean --dry-run --print-xml --output --quiet --verbose --debug --timing --version --help --connect --readonly --keepalive-interval --keepalive-count' -- "$cur") ;;
	esac
}
complete -F _virt_sandbox virt-sandbox
